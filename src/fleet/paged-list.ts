/** A list that is kept in pages. */
export interface PagedList<T> extends Iterable<T> {
  readonly length: number;
  readonly push: (item: T) => void;
  /** Takes the last one out. */
  readonly pop: () => T | undefined;
  /** Puts another thing where one is. */
  readonly set: (index: number, item: T) => void;
}

/** Items on a page: two to the power of this. */
const PAGE_BITS = 7;
const IN_PAGE = (1 << PAGE_BITS) - 1;

/** Creates an empty list. After a change of an old array, the collector looks at all of it again: of this, at one page. */
export function createPagedList<T>(): PagedList<T> {
  const pages: T[][] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(item) {
      const page = pages[length++ >> PAGE_BITS];
      if (page) page.push(item);
      else pages.push([item]);
    },
    pop() {
      const page = pages.at(-1);
      const item = page?.pop();
      if (page?.length === 0) pages.pop();
      length = Math.max(0, length - 1);
      return item;
    },
    set(index, item) {
      const page = pages[index >> PAGE_BITS];
      if (page) page[index & IN_PAGE] = item;
    },
    *[Symbol.iterator]() {
      for (const page of pages) yield* page;
    },
  };
}

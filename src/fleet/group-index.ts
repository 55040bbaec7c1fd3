import type { Group, Space } from "./room.ts";

/** Groups by namespace and hash tag. */
export interface GroupIndex {
  readonly size: number;
  readonly find: (space: Space, tag: string) => Group | undefined;
  /** Enters a group whose tag its namespace does not have yet. */
  readonly add: (group: Group) => void;
  /** Takes a group out, and says whether it was there. */
  readonly remove: (group: Group) => boolean;
  /** Makes place for so many while there is nothing yet: what is to come does not have to be spread anew again and again. */
  readonly reserve: (groups: number) => void;
  /** What a namespace's groups are hashed from. */
  readonly toHash: (pool: string, namespace: string) => number;
}

/** Buckets on a page: two to the power of this. */
const PAGE_BITS = 7;
const PAGE = 1 << PAGE_BITS;
const IN_PAGE = PAGE - 1;
/** FNV-1a: multiplier of its 32-bit form (Fowler, Noll and Vo, draft-eastlake-fnv). */
const FNV_PRIME = 0x01000193;

/**
 * Creates an empty index. It is a hash table that grows bucket by bucket (linear hashing, Litwin 1980), its buckets on pages,
 * and each group knows the next one in its bucket. A `Map` is one piece of memory: with a million groups the collector needs
 * 12 ms to look through it again whenever a single one has been added. `seed` is any 32 bits, so that nobody can choose names
 * that all share a bucket.
 */
export function createGroupIndex(seed: number): GroupIndex {
  const pages: (Group | undefined)[][] = [[undefined]];
  let buckets = 1;
  /** The lowest power of two that is not below `buckets`, less one. */
  let mask = 0;
  let size = 0;

  const hashOf = ({ space, tag }: Pick<Group, "space" | "tag">): number => hashText(tag, space.hash);

  function bucketOf(hash: number): number {
    const bucket = hash & mask;
    return bucket < buckets ? bucket : bucket & (mask >> 1);
  }

  const firstOf = (bucket: number): Group | undefined => pages[bucket >> PAGE_BITS]?.[bucket & IN_PAGE];

  function setFirst(bucket: number, group: Group | undefined): void {
    const page = pages[bucket >> PAGE_BITS];
    if (page) page[bucket & IN_PAGE] = group;
    else pages.push([group]);
  }

  /**
   * Adds a bucket, and moves to it what belongs there from the one that had it until now. Both stay in order, so that few
   * groups are changed: each one that is, the collector looks at again.
   */
  function split(): void {
    const added = buckets++;
    if (added > mask) mask = 2 * mask + 1;
    const old = added & (mask >> 1);
    const ends: [Group | undefined, Group | undefined] = [undefined, undefined];
    for (let group = firstOf(old), next = group?.next; group; group = next, next = group?.next) {
      const goes = (hashOf(group) & mask) === added ? 1 : 0;
      link(ends[goes], goes ? added : old, group);
      ends[goes] = group;
    }
    link(ends[0], old, undefined);
    link(ends[1], added, undefined);
  }

  /** Has a group follow `before`, or be the first one of the bucket. */
  function link(before: Group | undefined, bucket: number, group: Group | undefined): void {
    if (!before) setFirst(bucket, group);
    else if (before.next !== group) before.next = group;
  }

  return {
    get size() {
      return size;
    },
    reserve(groups) {
      if (size > 0 || groups <= buckets) return;
      buckets = groups;
      while (mask < buckets - 1) mask = 2 * mask + 1;
      pages.length = 0;
      for (let first = 0; first < buckets; first += PAGE) pages.push(createPage(Math.min(PAGE, buckets - first)));
    },
    toHash: (pool, namespace) => hashText(namespace, hashText(pool, seed)),
    find(space, tag) {
      let group = firstOf(bucketOf(hashText(tag, space.hash)));
      while (group && !(group.space === space && group.tag === tag)) group = group.next;
      return group;
    },
    add(group) {
      if (size++ >= buckets) split();
      const bucket = bucketOf(hashOf(group));
      group.next = firstOf(bucket);
      setFirst(bucket, group);
    },
    remove(group) {
      const bucket = bucketOf(hashOf(group));
      const first = firstOf(bucket);
      if (first === group) setFirst(bucket, group.next);
      else {
        let before = first;
        while (before && before.next !== group) before = before.next;
        if (!before) return false;
        before.next = group.next;
      }
      group.next = undefined;
      size--;
      return true;
    },
  };
}

function createPage(buckets: number): (Group | undefined)[] {
  return new Array<Group | undefined>(buckets).fill(undefined);
}

/** FNV-1a over the units of a text, from `seed` on, with the bits mixed so that the lowest tell as much as any (the finalizer of MurmurHash3). */
function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

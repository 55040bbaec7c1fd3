import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { toMessage } from "../model/rpc.ts";
import { useLive } from "./context.tsx";

/** A part of a list, and where the next one begins; undefined after the last. */
export interface Part<T, C> {
  readonly items: readonly T[];
  readonly next: C | undefined;
}

/** A list that is read page by page. */
export interface Pages<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  /** Whether it was read at least once. */
  readonly isLoaded: boolean;
  readonly isLoading: boolean;
  readonly error: string | undefined;
  readonly showMore: () => void;
  readonly refresh: () => void;
}

/** Rows that are read at a time. */
export const PAGE_SIZE = 100;
const REFRESH_MS = 5_000;
/** A page may come empty although there are more: so many are read in a row. */
const MAX_EMPTY_PAGES = 30;

interface Listing<T, C> extends Part<T, C> {
  readonly key: string;
}

/**
 * Reads a list page by page, again when `key` changes (what is looked for), when somebody has done something, when
 * `occasion` changes, and every five seconds while it is looked at.
 */
export function usePages<T, C>(
  key: string,
  read: (cursor: C | undefined, limit: number, signal: AbortSignal) => Promise<Part<T, C>>,
  occasion = "",
): Pages<T> {
  const [listing, setListing] = useState<Listing<T, C> | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const [isLoading, setLoading] = useState(true);
  const running = useRef<AbortController | undefined>(undefined);
  const auditSeq = useLive(({ fleet }) => fleet?.auditSeq);
  const current = listing?.key === key ? listing : undefined;

  const load = useCallback(
    async (from: C | undefined, before: readonly T[], wanted: number) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      setLoading(true);
      try {
        const items = [...before];
        let next = from;
        for (let page = 0; page < MAX_EMPTY_PAGES; page++) {
          const part = await read(next, wanted - items.length, controller.signal);
          items.push(...part.items);
          next = part.next;
          if (next === undefined || items.length >= wanted) break;
        }
        if (controller.signal.aborted) return;
        setListing({ key, items, next });
        setError(undefined);
      } catch (thrown) {
        if (!controller.signal.aborted) setError(toMessage(thrown));
      } finally {
        if (running.current === controller) setLoading(false);
      }
    },
    [key],
  );

  const refresh = useCallback(
    () =>
      void load(undefined, [], Math.max(PAGE_SIZE, Math.ceil((current?.items.length ?? 0) / PAGE_SIZE) * PAGE_SIZE)),
    [load, current?.items.length],
  );
  const latest = useRef(refresh);
  latest.current = refresh;

  useEffect(() => {
    latest.current();
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [key, auditSeq, occasion]);
  useEffect(() => () => running.current?.abort(), []);

  return {
    items: current?.items ?? [],
    hasMore: current?.next !== undefined,
    isLoaded: current !== undefined,
    isLoading,
    error,
    showMore: () => void load(current?.next, current?.items ?? [], (current?.items.length ?? 0) + PAGE_SIZE),
    refresh,
  };
}

/** The result of one call, made again when `key` changes or somebody has done something. */
export function useAnswer<T>(key: string, read: (signal: AbortSignal) => Promise<T>) {
  const pages = usePages<T, undefined>(key, async (_cursor, _limit, signal) => ({
    items: [await read(signal)],
    next: undefined,
  }));
  return { ...pages, value: pages.items[0] };
}

/** Which bans are in force for sure, as far as those can tell who asked for them. */
export interface BanRecord {
  /** Asks for a ban of so many seconds; `call` says whether it was done. */
  readonly ask: (key: string, seconds: number, call: () => Promise<boolean>) => Promise<void>;
  /** Says whether a ban is in force for sure. */
  readonly isInForce: (key: string) => boolean;
  /** To be called when all that was asked for at once is answered. */
  readonly endStep: () => void;
}

/** Creates a record without bans; `now` gives epoch milliseconds. */
export function createBanRecord(now: () => number): BanRecord {
  const ends = new Map<string, number>();
  /** The ends of all bans that are asked for at once: nobody can say which of them is the last. */
  const atOnce = new Map<string, number[]>();

  return {
    async ask(key, seconds, call) {
      const until = now() + seconds * 1_000;
      atOnce.set(key, [...(atOnce.get(key) ?? []), until]);
      // One that ends sooner than the one before may do so before its call is answered.
      if (until < (ends.get(key) ?? 0)) ends.set(key, until);
      if (!(await call()) && seconds > 0) return;
      ends.set(key, Math.min(...(atOnce.get(key) ?? [until])));
    },
    isInForce: (key) => (ends.get(key) ?? 0) > now(),
    endStep: () => atOnce.clear(),
  };
}

import type { EndedCall } from "./method.ts";

/** How often a method was called, by outcome. */
export interface CallStat {
  readonly name: string;
  readonly success: number;
  readonly failure: number;
  readonly rejected: number;
}

/** Counters of calls by method. */
export interface CallStats {
  readonly count: (call: EndedCall) => void;
  readonly list: () => CallStat[];
}

/** Creates counters that stand at zero. */
export function createCallStats(): CallStats {
  const stats = new Map<string, { success: number; failure: number; rejected: number }>();
  return {
    count({ method, outcome }) {
      const stat = stats.get(method) ?? { success: 0, failure: 0, rejected: 0 };
      stat[outcome]++;
      stats.set(method, stat);
    },
    list: () => [...stats].map(([name, stat]) => ({ name, ...stat })),
  };
}

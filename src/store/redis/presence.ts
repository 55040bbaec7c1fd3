/** Which gateways share the state, by what they tell of themselves. */
export interface Presence {
  /** Takes note that a gateway is there. */
  readonly note: (gateway: string) => void;
  /** How many there are, this one among them; those that were there before an outage count during it. */
  readonly count: () => number;
  /** Whether this gateway is the one that speaks for all of what happens by itself, such as the end of a ban. */
  readonly isLead: () => boolean;
}

/** A gateway that has said nothing for so long is gone. */
const ABSENT_MS = 3_000;

/** Creates the presence of a gateway. While `isCutOff`, nobody is heard, so nobody is taken for gone, and everyone leads. */
export function createPresence(gateway: string, now: () => number, isCutOff: () => boolean): Presence {
  const seen = new Map<string, number>();
  const others = (): string[] => {
    if (!isCutOff()) for (const [other, at] of seen) if (now() - at > ABSENT_MS) seen.delete(other);
    return [...seen.keys()];
  };
  return {
    note(other) {
      if (other !== gateway) seen.set(other, now());
    },
    count: () => others().length + 1,
    isLead: () => isCutOff() || others().every((other) => gateway < other),
  };
}

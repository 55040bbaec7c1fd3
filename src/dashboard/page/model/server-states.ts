import type { ServerState } from "../../../fleet/census.ts";

/** How much a state asks for: `bad` is out of service, `warn` is to be watched, `idle` waits, `good` is as it should be. */
export type Tone = "bad" | "warn" | "busy" | "idle" | "good";

/** How a state of a server is shown. */
export interface StateLook {
  /** The word that people read: a disabled server is one that is silent. */
  readonly word: string;
  readonly tone: Tone;
  /** Place in a list that has what is wrong first. */
  readonly rank: number;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

/** The look of each state, what is wrong first. */
export const STATE_LOOKS: Readonly<Record<ServerState, StateLook>> = {
  disabled: { word: "silent", tone: "bad", rank: 0, meaning: "has stopped to report, and gets no players" },
  keyless: { word: "keyless", tone: "bad", rank: 1, meaning: "holds no key in force, and gets no players" },
  full: { word: "full", tone: "warn", rank: 2, meaning: "is too loaded for new rooms" },
  registered: { word: "starting", tone: "idle", rank: 3, meaning: "has asked for its config and not reported yet" },
  draining: { word: "draining", tone: "busy", rank: 4, meaning: "gets no new rooms, as somebody wants it empty" },
  enabled: { word: "enabled", tone: "good", rank: 5, meaning: "gets new rooms" },
};

/** All states, what is wrong first. */
export const STATES: readonly ServerState[] = ["disabled", "keyless", "full", "registered", "draining", "enabled"];

/** Says whether somebody should look at a server in this state. */
export function isProblem(state: ServerState): boolean {
  const { tone } = STATE_LOOKS[state];
  return tone === "bad" || tone === "warn";
}

/** Reads a state as the address of the page may hold it. */
export function parseState(text: string | undefined): ServerState | undefined {
  return STATES.find((state) => state === text);
}

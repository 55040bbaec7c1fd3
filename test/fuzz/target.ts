import type { Shape } from "./mutate.ts";

/** What a parser made of an input. */
export type Outcome = "accepted" | "refused";

/** What can be wrong with what a parser did. */
export type FaultKind = "wrongly accepted" | "5xx" | "crash" | "hang" | "leak" | "pollution" | "mismatch";

/** Thrown by a target that finds something wrong; whatever else it throws is a crash. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Gives an input to a parser and judges what comes of it. */
export type Attempt = (input: Buffer) => Outcome | Promise<Outcome>;

/** A parser that is driven with inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly shape: Shape;
  /** Good inputs, which the others are made of. */
  readonly seeds: readonly string[];
  /** Makes what an input is given to; nothing of it may depend on chance. */
  readonly create: () => Attempt;
}

/** Runs what may refuse by throwing one of the declared errors; everything else that it throws goes on. */
export function attempt<T>(
  run: () => T,
  isDeclared: (error: unknown) => error is Error,
): { value: T } | { refusal: Error } {
  try {
    return { value: run() };
  } catch (error) {
    if (isDeclared(error)) return { refusal: error };
    throw error;
  }
}

/** The shortest part of a secret that counts as one. */
const PART = 8;

/** Throws a Fault if a message shows a part of a secret that does not stand in `open`, which anybody may know. */
export function checkNoLeak(message: string, secret: string, open: string): void {
  for (let at = 0; at + PART <= secret.length; at++) {
    const part = secret.slice(at, at + PART);
    if (message.includes(part) && !open.includes(part))
      throw new Fault("leak", `the message shows ${JSON.stringify(part)}: ${message.slice(0, 300)}`);
  }
}

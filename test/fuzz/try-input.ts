import { createSeededRandom } from "../../src/sim/random.ts";
import { mutate } from "./mutate.ts";
import { type Attempt, Fault, type FaultKind, type FuzzTarget, type Outcome } from "./target.ts";

/** What was wrong with what a target did. */
export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly kind: FaultKind;
  readonly message: string;
  /** Base64. */
  readonly input: string;
}

/** The input with that number: the same for the same target and seed. The first ones are the good inputs themselves. */
export function makeInput({ name, seeds, shape }: FuzzTarget, seed: number, index: number): Buffer {
  const good = seeds[index];
  if (good !== undefined) return Buffer.from(good);
  return mutate(
    seeds,
    shape,
    createSeededRandom(Number(BigInt.asIntN(32, Bun.hash.wyhash(`${seed} ${name} ${index}`)))),
  );
}

const BUILT_IN = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const countKeys = (): number => BUILT_IN.reduce<number>((sum, each) => sum + Reflect.ownKeys(each).length, 0);
const KEYS = countKeys();

/** Gives an input to a target, and says what came of it, or what was wrong. */
export async function tryInput(run: Attempt, input: Buffer): Promise<Outcome | Pick<Finding, "kind" | "message">> {
  try {
    const outcome = await run(input);
    return countKeys() === KEYS ? outcome : { kind: "pollution", message: "a built-in prototype has another key" };
  } catch (error) {
    if (error instanceof Fault) return { kind: error.kind, message: error.message };
    return { kind: "crash", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

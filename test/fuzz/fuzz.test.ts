import { describe, expect, test } from "bun:test";
import { formatFinding, formatResults } from "./output.ts";
import { runTarget } from "./run-target.ts";
import { Fault, type FuzzTarget } from "./target.ts";
import { findTarget, TARGETS } from "./targets.ts";
import { makeInput, tryInput } from "./try-input.ts";

const INPUTS = 150;
const STUCK = new URL("../fixtures/fuzz/stuck.ts", import.meta.url).pathname;
const names = TARGETS.map(({ name }) => name);

describe("every parser", () => {
  test.each(names)("takes good inputs and survives changed ones: %s", async (name) => {
    const target = findTarget(name);
    const run = target.create();
    const counts = { accepted: 0, refused: 0 };
    for (let index = 0; index < INPUTS; index++) {
      const outcome = await tryInput(run, makeInput(target, 1, index));
      expect([index, outcome]).toEqual([index, expect.stringMatching(/^(accepted|refused)$/)]);
      if (typeof outcome === "string") counts[outcome]++;
    }
    expect(counts.accepted).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });
});

describe("the fuzzer", () => {
  test("gives the same inputs for a seed, and others for another one", () => {
    const target = findTarget("token");
    const inputs = (seed: number) =>
      Array.from({ length: 50 }, (_, index) => makeInput(target, seed, index).toString());
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
    expect(new Set(inputs(1)).size).toBeGreaterThan(40);
  });

  test("finds a parser that throws, pollutes a prototype, leaks or accepts what is wrong", async () => {
    const kindOf = async (run: ReturnType<FuzzTarget["create"]>) => {
      const outcome = await tryInput(run, Buffer.from("x"));
      return typeof outcome === "string" ? outcome : outcome.kind;
    };
    expect(await kindOf(() => JSON.parse("{"))).toBe("crash");
    expect(await kindOf(() => Promise.reject(new TypeError("later")))).toBe("crash");
    expect(
      await kindOf(() => {
        throw new Fault("leak", "a password");
      }),
    ).toBe("leak");
    const polluted = await tryInput(() => {
      Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true });
      return "accepted";
    }, Buffer.from("x"));
    Reflect.deleteProperty(Object.prototype, "polluted");
    expect(polluted).toMatchObject({ kind: "pollution" });
  });

  test.concurrent("names the inputs at which a process dies or hangs, goes on behind them, and says how to see them again", async () => {
    const order = { target: "token", seed: 4, forMs: 30_000, program: STUCK, deadlineMs: 500 };
    const result = await runTarget(order);
    expect(result.findings.map(({ kind, index }) => [kind, index])).toEqual([
      ["crash", 3],
      ["hang", 5],
    ]);
    const input = makeInput(findTarget("token"), 4, 5).toString("base64");
    expect(result.findings.map(formatFinding).at(1)).toContain(`bun run fuzz --target "token" --replay ${input}`);
    expect(formatResults([result])).toMatch(/^token +2 .* 2 +0 +0$/m);
  });

  test.concurrent("drives a parser in a process of its own", async () => {
    const result = await runTarget({ target: "JSON-RPC message", seed: 1, forMs: 1_000 });
    expect(result).toMatchObject({ findings: [] });
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.inputs).toBe(result.accepted + result.refused);
  });
});

import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { createAdaptiveSignatures } from "../../src/auth/signatures.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const data = new TextEncoder().encode("data");

/** An event loop that turns when it is told to. */
function createLoop() {
  const waiting: (() => void)[] = [];
  return {
    onNextTurn: (callback: () => void) => void waiting.push(callback),
    turn: () => waiting.splice(0).map((f) => f()),
  };
}

describe("adaptive signatures", () => {
  test("are worked out at once, one in each turn of the event loop", () => {
    const loop = createLoop();
    const { sign, verify } = createAdaptiveSignatures(loop.onNextTurn);
    for (let i = 0; i < 3; i++) {
      const signature = sign(data, privateKey);
      if (signature instanceof Promise) throw new Error("signed elsewhere");
      expect(verify(data, publicKey, signature)).toBe(true);
      loop.turn();
    }
  });

  test("go to other threads when one turn brings several, and as long as any is there", async () => {
    const loop = createLoop();
    const { sign, verify } = createAdaptiveSignatures(loop.onNextTurn);
    const signature = await sign(data, privateKey);
    expect(verify(data, publicKey, signature)).toBe(true);
    const second = verify(data, publicKey, signature);
    expect(second).toBeInstanceOf(Promise);
    loop.turn();
    const third = verify(data, publicKey, signature);
    const signed = sign(data, privateKey);
    expect([third, signed]).toEqual([expect.any(Promise), expect.any(Promise)]);
    expect(await Promise.all([second, third, signed])).toEqual([true, true, signature]);
    expect(verify(data, publicKey, signature)).toBe(true);
  });

  test("find out the same wherever they are worked out", async () => {
    const { sign, verify } = createAdaptiveSignatures(() => {});
    const signature = await sign(data, privateKey);
    const wrong = signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    expect(verify(data, publicKey, wrong)).toBe(false);
    expect(await Promise.all([verify(data, publicKey, wrong), verify(data, publicKey, signature)])).toEqual([
      false,
      true,
    ]);
  });

  test("that cannot be worked out elsewhere say so, and hold up nothing", async () => {
    const loop = createLoop();
    const { sign, verify } = createAdaptiveSignatures(loop.onNextTurn);
    const signature = await sign(data, privateKey);
    expect(verify(data, publicKey, signature)).toBe(true);
    const { privateKey: noSigner } = generateKeyPairSync("x25519");
    const settled = await Promise.allSettled([verify(data, publicKey, signature), sign(data, noSigner)]);
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    loop.turn();
    expect(verify(data, publicKey, signature)).toBe(true);
  });
});

import { describe, expect, test } from "bun:test";
import { createWeightTree } from "../../src/fleet/weight-tree.ts";
import { createSeededRandom } from "../../src/sim/random.ts";

describe("a weight tree", () => {
  test("draws each slot in proportion, and never one without weight", () => {
    const tree = createWeightTree();
    const weights = [0, 1, 0, 3, 0.5, 0, 0];
    for (const [slot, weight] of weights.entries()) tree.set(slot, weight);
    expect(tree.total()).toBe(4.5);
    const random = createSeededRandom(3);
    const counts = weights.map(() => 0);
    for (let i = 0; i < 9_000; i++) {
      const slot = tree.find(tree.total() * random());
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const [slot, weight] of weights.entries())
      expect(Math.abs((counts[slot] ?? 0) - 2_000 * weight)).toBeLessThan(150);
    expect(tree.find(4.5)).toBe(4);
    tree.set(3, 0);
    expect(tree.total()).toBe(1.5);
  });
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { createGroupIndex } from "../../src/fleet/group-index.ts";
import type { Group, Space } from "../../src/fleet/room.ts";
import { findOrCreateServer } from "../../src/fleet/servers.ts";
import { createTestFleet } from "./fixture.ts";

const server = findOrCreateServer(createTestFleet(), "default", "s1", 0);

function createGroup(space: Space, tag: string): Group {
  return { space, tag, server, slot: 0, rooms: undefined, tokens: undefined, next: undefined, kept: undefined };
}

test("finds what was added and not removed, of each namespace by itself, however much there is", () => {
  const steps = fc.array(
    fc.record({ namespace: fc.nat(2), tag: fc.nat(400), adds: fc.integer({ min: 0, max: 2 }).map(Boolean) }),
    { maxLength: 2_000, size: "max" },
  );
  fc.assert(
    fc.property(steps, fc.integer(), fc.nat(500), (run, seed, reserved) => {
      const index = createGroupIndex(seed);
      index.reserve(reserved);
      const spaces = [0, 1, 2].map((n) => ({
        pool: "p",
        namespace: `${n}`,
        hash: index.toHash("p", `${n}`),
        groups: 0,
      }));
      const expected = new Map<string, Group>();
      for (const { namespace, tag, adds } of run) {
        const space = spaces[namespace];
        if (!space) continue;
        const key = `${namespace} ${tag}`;
        const known = expected.get(key);
        expect(index.find(space, String(tag))).toBe(known);
        if (known && !adds) {
          expect(index.remove(known)).toBe(true);
          expected.delete(key);
        } else if (!known && adds) {
          const group = createGroup(space, String(tag));
          index.add(group);
          expected.set(key, group);
        }
        expect(index.size).toBe(expected.size);
      }
      for (const group of expected.values()) expect(index.find(group.space, group.tag)).toBe(group);
    }),
    { numRuns: 50 },
  );
});

test("is laid out for many only while it is empty", () => {
  const index = createGroupIndex(1);
  const space = { pool: "p", namespace: "n", hash: index.toHash("p", "n"), groups: 0 };
  const group = createGroup(space, "a");
  index.add(group);
  index.reserve(1_000);
  expect(index.find(space, "a")).toBe(group);
});

test("does not take out a group that is not in it", () => {
  const index = createGroupIndex(1);
  const space = { pool: "p", namespace: "n", hash: index.toHash("p", "n"), groups: 0 };
  index.add(createGroup(space, "a"));
  expect(index.remove(createGroup(space, "a"))).toBe(false);
  expect(index.size).toBe(1);
});

test("spreads names that are alike, and the same name of many namespaces", () => {
  const index = createGroupIndex(-123_456_789);
  const space = { pool: "p", namespace: "n", hash: index.toHash("p", "n"), groups: 0 };
  const groups = Array.from({ length: 20_000 }, (_, i) => {
    const other = { pool: "p", namespace: `customer-${i}`, hash: index.toHash("p", `customer-${i}`), groups: 0 };
    return i % 2 === 0 ? createGroup(space, `room-${i}`) : createGroup(other, "lobby");
  });
  for (const group of groups) index.add(group);
  const longest = Math.max(...groups.map(chainLength));
  expect(longest).toBeGreaterThan(1);
  expect(longest).toBeLessThan(20);
});

function chainLength(group: Group): number {
  let length = 0;
  for (let next: Group | undefined = group; next; next = next.next) length++;
  return length;
}

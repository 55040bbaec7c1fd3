import { describe, expect, test } from "bun:test";
import {
  applyEvent,
  countOthers,
  type FleetState,
  findServer,
  MAX_LOADS,
  MAX_TICKS,
} from "../../../src/dashboard/page/model/fleet-state.ts";
import { createDelta, createFeedServer, createFull, createTick, NOW } from "./feed-fixture.ts";

const one = createFeedServer({ endpoint: "sfu1:4433" });
const two = createFeedServer({ endpoint: "sfu2:4433" });

function apply(...events: Parameters<typeof applyEvent>[1][]): FleetState {
  const state = events.reduce(applyEvent, undefined);
  if (!state) throw new Error("there was no full event");
  return state;
}

describe("the fleet on the page", () => {
  test("is unknown until a full event has come", () => {
    expect(applyEvent(undefined, createDelta([one]))).toBeUndefined();
    expect(apply(createFull([one])).servers.get(one.id)).toEqual(one);
  });

  test("takes over what has changed, and keeps the objects of what has not", () => {
    const before = apply(createFull([one, two]));
    const after = applyEvent(before, createDelta([{ ...two, load: 0.9, lastSeenMs: NOW }], { auditSeq: 7 }));
    expect(after?.servers.get(one.id)).toBe(before.servers.get(one.id));
    expect(after?.servers.get(two.id)).toMatchObject({ load: 0.9, loads: [0.3, 0.9] });
    expect(after).toMatchObject({ auditSeq: 7, version: "1.0.0", user: "op" });
  });

  test("keeps the list itself if no server has changed", () => {
    const before = apply(createFull([one]));
    expect(applyEvent(before, createDelta([]))?.servers).toBe(before.servers);
  });

  test("adds a load to a server's curve only with a report, and keeps the last ones", () => {
    const full = createFull([one]);
    const isFull = { ...one, state: "full" as const };
    expect(apply(full, createDelta([isFull])).servers.get(one.id)?.loads).toBe(one.loads);
    const reports = Array.from({ length: 100 }, (_, index) =>
      createDelta([{ ...one, load: index / 100, lastSeenMs: NOW + index }]),
    );
    const loads = apply(full, ...reports).servers.get(one.id)?.loads ?? [];
    expect(loads).toHaveLength(MAX_LOADS);
    expect(loads.at(-1)).toBe(0.99);
  });

  test("lists who is new, and no longer lists who is gone", () => {
    const { servers } = apply(createFull([one]), createDelta([two], { gone: [one.id] }));
    expect([...servers.keys()]).toEqual([two.id]);
    expect(servers.get(two.id)?.loads).toEqual([0.3]);
  });

  test("keeps five minutes", () => {
    const ticks = Array.from({ length: MAX_TICKS }, (_, index) => createTick({ joins: index }));
    const state = apply(createFull([], { ticks }), createDelta([], { tick: createTick({ joins: 1_000 }) }));
    expect(state.ticks).toHaveLength(MAX_TICKS);
    expect([state.ticks.at(0)?.joins, state.ticks.at(-1)?.joins]).toEqual([1, 1_000]);
  });

  test("begins anew with another full event", () => {
    expect([...apply(createFull([one]), createFull([two])).servers.keys()]).toEqual([two.id]);
  });

  test("finds a server by its pool and address, and counts who else of its pool takes rooms", () => {
    const others = [
      two,
      createFeedServer({ endpoint: "sfu3:4433", state: "full" }),
      createFeedServer({ pool: "premium", endpoint: "sfu4:4433" }),
    ];
    const state = apply(createFull([one, ...others]));
    expect(findServer(state, "default/sfu1:4433")).toBe(one);
    expect(findServer(state, "premium/sfu1:4433")).toBeUndefined();
    expect(countOthers(state, one)).toBe(1);
  });
});

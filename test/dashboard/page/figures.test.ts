import { describe, expect, test } from "bun:test";
import type { UsageEntry } from "../../../src/dashboard/page/model/methods.ts";
import {
  type PartSource,
  rankCandidates,
  tellLeftOut,
  tellNoneDrawn,
  tellParts,
  toParts,
} from "../../../src/dashboard/page/model/placement-parts.ts";
import { countRefusals, listReasons, meanOf, tellReason, worstP99 } from "../../../src/dashboard/page/model/ticks.ts";
import { pressureOf, sortUsage } from "../../../src/dashboard/page/model/usage-list.ts";
import { createTick } from "./feed-fixture.ts";

describe("seconds", () => {
  const ticks = [
    createTick({ joins: 100, p99Ms: 50 }),
    createTick({ joins: 2, refusals: { peerLimit: 1, noServer: 2 }, p99Ms: 3 }),
    createTick({ joins: 4, refusals: { peerLimit: 5 } }),
  ];

  test("are meant over the last ones only", () => {
    expect(meanOf(ticks, 2, ({ joins }) => joins)).toBe(3);
    expect(meanOf([], 2, ({ joins }) => joins)).toBe(0);
  });

  test("count refusals over all reasons, and list the reasons by how often they were given", () => {
    expect(ticks.map(countRefusals)).toEqual([0, 3, 5]);
    expect(listReasons(ticks)).toEqual(["peerLimit", "noServer"]);
    expect([tellReason("peerLimit"), tellReason("brandNew")]).toEqual(["customer's peer limit", "brandNew"]);
  });

  test("have the worst latency of those in which somebody came", () => {
    expect([worstP99(ticks, 2), worstP99(ticks, 3), worstP99(ticks, 1)]).toEqual([3, 50, null]);
  });
});

describe("the parts of an estimate", () => {
  const source = (given: Partial<PartSource>): PartSource => ({
    reportedLoad: 0.5,
    cost: 0.01,
    pending: 0,
    residue: 0,
    growth: 0,
    estimate: 0.5,
    ...given,
  });
  const sizes = (given: Partial<PartSource>) =>
    toParts(source(given)).map(({ kind, from, to }) => `${kind} ${from.toFixed(2)}-${to.toFixed(2)}`);

  test("stand one behind the other, up to the estimate", () => {
    expect(sizes({ pending: 10, residue: 5, growth: 5, estimate: 0.7 })).toEqual([
      "load 0.00-0.50",
      "residue 0.50-0.55",
      "pending 0.55-0.65",
      "growth 0.65-0.70",
    ]);
  });

  test("have what comes from elsewhere as their last", () => {
    expect(sizes({ pending: 10, estimate: 0.8 })).toEqual(["load 0.00-0.50", "pending 0.50-0.60", "other 0.60-0.80"]);
  });

  test("are taken away from the load where that lags behind", () => {
    expect(sizes({ residue: -10, estimate: 0.4 })).toEqual(["load 0.00-0.40"]);
  });

  test("are told in words, but for those too small", () => {
    expect(tellParts(source({ pending: 10, growth: 0.1, estimate: 0.6 }))).toBe(
      "reported load 0.50, players on their way 0.10",
    );
    expect(tellParts(source({ reportedLoad: 0, estimate: 0 }))).toBe("nothing");
  });

  test("say why none can be drawn: full ones may take a room all the same, others take none", () => {
    const draining = { leftOut: "draining" as const };
    expect(tellNoneDrawn(Array.from({ length: 8 }, () => draining))).toBe(
      "has no server to go to, as none takes new rooms: 8 drain.",
    );
    expect(tellNoneDrawn([{ leftOut: "keyless" }, { leftOut: "disabled" }, draining, { leftOut: "tags" }])).toBe(
      "has no server to go to, as none takes new rooms: 1 drains, 1 is silent, 1 holds no key in force, 1 does not carry the customer's tags.",
    );
    expect(tellNoneDrawn([draining, { leftOut: "load" }, {}])).toBe(
      "goes to the server with the lowest estimate, if any may take it: none has room left (2 are full, 1 drains).",
    );
  });

  test("rank servers by their chance, then those that have none by how empty they are", () => {
    const out = { estimate: 0.1, weight: 0, leftOut: "draining" as const };
    const candidates = [out, { estimate: 0.9, weight: 0 }, { estimate: 0.5, weight: 1 }, { estimate: 0.2, weight: 3 }];
    expect(rankCandidates(candidates).map(({ share, candidate }) => [candidate.estimate, share])).toEqual([
      [0.2, 0.75],
      [0.5, 0.25],
      [0.9, 0],
      [0.1, 0],
    ]);
    expect([tellLeftOut(out), tellLeftOut({})]).toEqual(["is drained, so it gets no new rooms", undefined]);
  });
});

describe("customers", () => {
  const customer = (id: string, given: Partial<UsageEntry> = {}): UsageEntry => ({
    customer: id,
    peers: 10,
    reserved: 0,
    rooms: 1,
    bans: 0,
    maxPeers: null,
    maxRooms: null,
    maxBans: null,
    ...given,
  });

  test("are as near to a limit as to the nearest of theirs, with what is reserved", () => {
    expect(pressureOf(customer("a"))).toBe(0);
    expect(pressureOf(customer("a", { maxPeers: 20, reserved: 6, maxRooms: 10 }))).toBe(0.8);
    expect([pressureOf(customer("a", { maxRooms: 0 })), pressureOf(customer("a", { maxBans: 0 }))]).toEqual([1, 0]);
  });

  test("stand with those first who are at a limit, then by what they use", () => {
    const list = [customer("b"), customer("a"), customer("c", { peers: 99 }), customer("d", { maxRooms: 1 })];
    expect(sortUsage(list).map((entry) => entry.customer)).toEqual(["d", "c", "a", "b"]);
  });
});

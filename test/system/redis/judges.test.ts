import { describe, expect, test } from "bun:test";
import { planFaults } from "./faults.ts";
import { isDegraded } from "./gateway-group.ts";
import { type Attempt, type BackendCall, createHistory, noteStatus, type Slot } from "./history.ts";
import { judgeAdmissions } from "./judge-admissions.ts";
import { type GatewayTimes, judgeAvailability, judgeBans, judgeListedBans, judgeTasks } from "./judge-calls.ts";
import { judgeRefusals } from "./judge-refusals.ts";
import { judgeBindings, judgeSplits } from "./judge-rooms.ts";
import { judgeLogs, judgeSecrets, judgeStatuses } from "./judge-traces.ts";
import { readSettings } from "./settings.ts";
import { createSpans, findGaps } from "./spans.ts";
import { isKept, toTable } from "./verdict.ts";

/** Each test forges what a gateway that is wrong would have left behind. */

const RESERVATION_MS = 9_000;
const QUIET = [{ from: 10_000, to: 60_000 }];
const UP: GatewayTimes = { down: [], alone: [] };

function attempt(sentAt: number, more: Partial<Attempt> = {}): Attempt {
  const place = { gateway: 0, customer: "c", room: "r", user: `u${sentAt}` };
  return { ...place, sentAt, answeredAt: sentAt + 1, status: 200, code: 0, address: "sfu1", ...more };
}

function call(sentAt: number, more: Partial<BackendCall> = {}): BackendCall {
  const place = { kind: "RoomUpdate" as const, id: 1, gateway: 0, customer: "c", room: "r", user: undefined };
  return { ...place, banSec: 0, sentAt, answeredAt: sentAt + 1, isAcknowledged: true, receivedBy: new Set(), ...more };
}

describe("admissions", () => {
  const judge = (slots: Slot[], limits: { maxPeers?: number; maxRooms?: number }) => {
    const { maxPeers = Number.POSITIVE_INFINITY, maxRooms = Number.POSITIVE_INFINITY } = limits;
    const limited = [{ id: "c", maxPeers, maxRooms }];
    const verdicts = judgeAdmissions({ slots, limits: limited, quiet: QUIET, reservationMs: RESERVATION_MS });
    return verdicts.map(({ violations }) => violations.length);
  };

  test("one peer too many is found, and one who came when another had left is none", () => {
    const two = [attempt(20_000), attempt(20_100)].map((each) => ({ attempt: each }));
    expect(judge([...two, { attempt: attempt(20_200) }], { maxPeers: 2 })).toEqual([1, 0]);
    expect(judge([...two, { attempt: attempt(20_000 + RESERVATION_MS) }], { maxPeers: 2 })).toEqual([0, 0]);
  });

  test("a peer counts until a report no longer shows them", () => {
    const first = { attempt: attempt(20_000), joinedAt: 20_500, shownAt: 21_000, leftAt: 40_000, goneAt: 41_000 };
    expect(judge([first, { attempt: attempt(40_500) }], { maxPeers: 1 })).toEqual([1, 0]);
    expect(judge([first, { attempt: attempt(41_001) }], { maxPeers: 1 })).toEqual([0, 0]);
  });

  test("those whom a fault let in may stay, but nobody may come to them", () => {
    const stayed = [1_000, 2_000, 3_000].map((at) => ({ attempt: attempt(at), joinedAt: at + 1, shownAt: at + 2 }));
    expect(judge(stayed, { maxPeers: 2 })).toEqual([0, 0]);
    expect(judge([...stayed, { attempt: attempt(20_000) }], { maxPeers: 2 })).toEqual([1, 0]);
  });

  test("one room too many is found, and another user in one of the rooms is none", () => {
    const inRoom = (at: number, room: string) => ({ attempt: attempt(at, { room }) });
    expect(judge([inRoom(20_000, "a"), inRoom(20_100, "b")], { maxRooms: 1 })).toEqual([0, 1]);
    expect(judge([inRoom(20_000, "a"), inRoom(20_100, "a")], { maxRooms: 1 })).toEqual([0, 0]);
  });
});

test("a refusal is found that comes before the limit can have been reached", () => {
  const judge = (held: number[], code: number) => {
    const slots = held.map((at) => ({ attempt: attempt(at, { room: `r${at}` }) }));
    const refused = attempt(30_000, { address: "", code });
    const limits = [{ id: "c", maxPeers: 2, maxRooms: 2 }];
    return judgeRefusals({ attempts: [refused], slots, limits, quiet: QUIET, reservationMs: RESERVATION_MS })
      .violations;
  };
  expect(judge([29_000], -32010)).toHaveLength(1);
  expect(judge([29_000], -32011)).toHaveLength(1);
  expect(judge([10_000, 29_000], -32010)).toHaveLength(1);
  expect(judge([28_000, 29_000], -32010)).toEqual([]);
  expect(judge([28_000, 29_000], -32011)).toEqual([]);
});

test("answers of 500 are found, and lines of a log that tell of a failed call or a secret", () => {
  const history = createHistory();
  for (const status of [200, 401, 500, 503]) noteStatus(history, "Connect", status);
  expect(judgeStatuses(history).violations).toEqual(["Connect 500: 1 times"]);
  const logs = new Map([["gateway-0-1.log", '{"msg":"listening"}\n{"msg":"a call failed"}\n']]);
  expect(judgeLogs(logs).violations).toHaveLength(1);
  expect(judgeSecrets(logs).violations).toEqual([]);
  expect(judgeSecrets(logs.set("gateway-1-1.log", "redis://default:hunter2@host")).violations).toEqual([
    "gateway-1-1.log",
  ]);
});

describe("bans", () => {
  const ban = call(20_000, { kind: "RoomBanClient", user: "u", banSec: 60 });
  const judge = (attempts: Attempt[], times = UP, calls = [ban]) =>
    judgeBans({ attempts, calls, gateways: [times], quiet: QUIET }).map(({ violations }) => violations.length);
  const entry = (at: number) => attempt(at, { user: "u" });

  test("somebody who gets in after the ban was acknowledged is found", () => {
    expect(judge([entry(20_002)])).toEqual([1, 0]);
    expect(judge([entry(19_999)])).toEqual([0, 0]);
    expect(judge([attempt(20_002, { user: "u", address: "", code: -32014 })])).toEqual([0, 0]);
  });

  test("a gateway that is on its own is excused, and one that just woke up is told apart", () => {
    expect(judge([entry(20_002)], { down: [], alone: [{ from: 20_001, to: 21_000 }] })).toEqual([0, 0]);
    expect(judge([entry(20_002)], { down: [{ from: 15_000, to: 20_001 }], alone: [] })).toEqual([0, 1]);
  });

  test("a ban that is missing from one gateway's list is found", () => {
    expect(judgeListedBans([ban], [new Set(["c/r/u"]), new Set()], 30_000).violations).toHaveLength(1);
  });
});

describe("tasks", () => {
  const judge = (task: BackendCall, homes: string[], emptiedAt = 0) =>
    judgeTasks(
      [task],
      () => new Set(homes),
      () => emptiedAt,
    ).violations.length;

  test("one that nobody got is found, and one that only a stranger got", () => {
    expect(judge(call(20_000), ["sfu1"])).toBe(1);
    expect(judge(call(20_000, { receivedBy: new Set(["sfu2"]) }), ["sfu1"])).toBe(1);
    expect(judge(call(20_000, { receivedBy: new Set(["sfu1"]) }), ["sfu1"])).toBe(0);
  });

  test("one for a room that has ended is excused, and so is a closing of one that moved", () => {
    expect(judge(call(20_000), ["sfu1"], 20_001)).toBe(0);
    expect(judge(call(20_000), ["sfu1"], 19_999)).toBe(1);
    expect(judge(call(20_000, { kind: "RoomClose" }), ["sfu1", "sfu2"])).toBe(0);
    expect(judge(call(20_000), ["sfu1", "sfu2"])).toBe(1);
  });
});

describe("rooms", () => {
  test("a room on two servers is found, and a gateway that leads astray", () => {
    const judge = (listedBy: string[], answers: string[]) =>
      judgeSplits([{ room: "c/r", listedBy, answers }]).map(({ violations }) => violations.length);
    expect(judge(["sfu1", "sfu2"], ["sfu1", "sfu1"])).toEqual([1, 0]);
    expect(judge(["sfu1"], ["sfu1", "sfu2"])).toEqual([0, 1]);
    expect(judge(["sfu1"], ["sfu1", ""])).toEqual([0, 0]);
  });

  test("a new room that two gateways gave to two servers is found, unless there was a fault", () => {
    const judge = (at: number) =>
      judgeBindings([attempt(at), attempt(at + 1, { gateway: 1, address: "sfu2" })], QUIET).violations.length;
    expect(judge(20_000)).toBe(1);
    expect(judge(5_000)).toBe(0);
  });
});

describe("availability", () => {
  const rights = { hasLimit: () => false, mayBeBanned: () => true, mayBeClosed: () => false };
  const judge = (each: Attempt, times = UP) => judgeAvailability([each], [times], rights).violations.length;

  test("no answer, a late one and a refusal without a reason are found", () => {
    expect(judge(attempt(20_000, { status: 0, address: "" }))).toBe(1);
    expect(judge(attempt(20_000, { answeredAt: 26_000 }))).toBe(1);
    expect(judge(attempt(20_000, { address: "", code: -32010 }))).toBe(1);
    expect(judge(attempt(20_000, { address: "", code: -32014 }))).toBe(0);
  });

  test("a gateway that is down is excused", () => {
    const down = [{ from: 19_000, to: 21_000 }];
    expect(judge(attempt(20_000, { status: 0, address: "" }), { down, alone: [] })).toBe(0);
  });
});

test("gaps begin when the grace is over, and end where the next stretch begins", () => {
  const spans = [
    { from: 10, to: 20 },
    { from: 22, to: 30 },
  ];
  expect(findGaps(spans, { from: 0, to: 50 }, 5)).toEqual([
    { from: 0, to: 10 },
    { from: 35, to: 50 },
  ]);
});

test("a stretch that has not ended lasts on", () => {
  const spans = createSpans();
  spans.begin(1);
  spans.begin(2);
  expect(spans.all()).toEqual([{ from: 1, to: Number.POSITIVE_INFINITY }]);
  spans.end(3);
  expect(spans.all()).toEqual([{ from: 1, to: 3 }]);
});

test("the same seed plans the same faults, of every kind once before one comes again, and at a distance", () => {
  const plan = () => {
    let state = 7;
    const random = () => {
      state = (state * 16_807) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const { faults } = readSettings(() => undefined);
    return planFaults({ kinds: faults, gateways: 4, durationMs: 120_000, random });
  };
  expect(plan()).toEqual(plan());
  expect(
    new Set(
      plan()
        .slice(0, 5)
        .map(({ kind }) => kind),
    ).size,
  ).toBe(5);
  for (const [index, { atMs, lastsMs }] of plan().entries())
    expect(plan()[index + 1]?.atMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(atMs + lastsMs + 6_000);
});

test("a gateway is degraded if it says so, and not if it says that it is not", () => {
  expect(['{"degraded":true}', '{"reasons":["degraded: redis is away"]}'].map(isDegraded)).toEqual([true, true]);
  expect(['{"degraded": false}', '{"ready":true}'].map(isDegraded)).toEqual([false, false]);
});

test("settings that cannot be are named", () => {
  expect(() => readSettings((name) => (name === "rate" ? "fast" : undefined))).toThrow("rate must be an integer");
  expect(() => readSettings((name) => (name === "faults" ? "flood" : undefined))).toThrow("faults must be none");
});

test("a table says what is broken, and shows examples", () => {
  const good = { promise: "good", checked: 1_000, violations: ["once"], tolerated: 0.001 };
  const bad = { promise: "bad", checked: 1, violations: ["a", "b"] };
  const unseen = { promise: "unseen", checked: 0, violations: [] };
  expect(toTable([unseen])).toMatch(/unseen +unseen/);
  expect([isKept(good), isKept(bad)]).toEqual([true, false]);
  expect(toTable([good, bad])).toMatch(
    /ok +good +1000 +1\nBROKEN +bad +1 +2\n\ngood:\n {2}once\n\nbad:\n {2}a\n {2}b\n/,
  );
});

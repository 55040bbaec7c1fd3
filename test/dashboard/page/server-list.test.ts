import { describe, expect, test } from "bun:test";
import type { FeedServer } from "../../../src/dashboard/feed.ts";
import {
  chooseColumn,
  keepOrder,
  matchesServer,
  pickBest,
  type SortKey,
  sortServers,
} from "../../../src/dashboard/page/model/server-list.ts";
import { isProblem, parseState, STATE_LOOKS, STATES } from "../../../src/dashboard/page/model/server-states.ts";
import { createFeedServer, NOW } from "./feed-fixture.ts";

const server = (endpoint: string, given: Partial<FeedServer> = {}) => createFeedServer({ endpoint, ...given });
const endpoints = (servers: readonly FeedServer[]) => servers.map(({ endpoint }) => endpoint);
const sort = (servers: readonly FeedServer[], key: SortKey, isDescending = false) =>
  endpoints(sortServers(servers, { key, isDescending }));

describe("the list of servers", () => {
  test("has what is wrong first, then stands in the order in which people count", () => {
    const servers = STATES.map((state, index) => server(`sfu${20 - index}`, { state })).reverse();
    servers.push(server("sfu10"), server("sfu2"));
    expect(sort(servers, "state")).toEqual(["sfu20", "sfu19", "sfu18", "sfu17", "sfu16", "sfu2", "sfu10", "sfu15"]);
    expect(STATES.map((state) => STATE_LOOKS[state].rank)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(STATES.filter(isProblem)).toEqual(["disabled", "keyless", "full"]);
  });

  const low = server("b", {
    loads: [0.5, 0.1],
    load: 0.1,
    clients: 1,
    rooms: 1,
    pending: 1,
    lastSeenMs: NOW,
    tags: ["a"],
  });
  const high = server("a", {
    loads: [0.1, 0.5],
    load: 0.5,
    clients: 2,
    rooms: 2,
    pending: 2,
    tasksSent: 1,
    lastSeenMs: NOW - 1_000,
    version: "1.10.0",
    tags: ["b"],
    pool: "premium",
  });

  test.each(["load", "trend", "clients", "rooms", "pending", "tasks", "version", "tags", "pool"] as const)(
    "sorts by %s, both ways",
    (key) => {
      expect(sort([high, low], key)).toEqual(["b", "a"]);
      expect(sort([low, high], key, true)).toEqual(["a", "b"]);
    },
  );

  test("sorts by address, and by age: who has been silent for longest comes first when most is first", () => {
    expect(sort([low, high], "server")).toEqual(["a", "b"]);
    expect(sort([low, high], "seen", true)).toEqual(["a", "b"]);
    expect(sort([high, low], "seen")).toEqual(["b", "a"]);
  });

  test("turns round when its column is chosen again, and shows the most first where that is what one looks for", () => {
    const byLoad = chooseColumn({ key: "state", isDescending: false }, "load");
    expect(byLoad).toEqual({ key: "load", isDescending: true });
    expect(chooseColumn(byLoad, "load")).toEqual({ key: "load", isDescending: false });
    expect(chooseColumn(byLoad, "server")).toEqual({ key: "server", isDescending: false });
  });

  test("keeps its order while somebody is in it, with new servers at the end", () => {
    const [a, b, c] = [server("a"), server("b"), server("c")];
    expect(endpoints(keepOrder([a, b, c], [c.id, a.id]))).toEqual(["c", "a", "b"]);
  });

  test("takes the nearest name for what somebody means", () => {
    expect(pickBest([server("sfu17"), server("sfu7"), server("sfu8")])?.endpoint).toBe("sfu7");
    expect(pickBest([])).toBeUndefined();
  });
});

describe("a filter of servers", () => {
  const eu = server("sfu7.eu.example.com:4433", { tags: ["eu", "big"], version: "1.6.0", state: "full" });
  const matches = (text: string, more: { state?: string; pool?: string } = {}) =>
    matchesServer(eu, { text, state: parseState(more.state), pool: more.pool });

  test("looks for every word in address, pool and tags, whatever their case", () => {
    expect([matches(""), matches("SFU7"), matches(" big  default "), matches("sfu7 us")]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("takes what looks like a version for one", () => {
    expect([matches("1.6"), matches("1.7"), matches("6.0")]).toEqual([true, false, false]);
  });

  test("takes state and pool as they are", () => {
    expect([matches("", { state: "full" }), matches("", { state: "enabled" })]).toEqual([true, false]);
    expect([matches("", { pool: "default" }), matches("", { pool: "premium" })]).toEqual([true, false]);
    expect(parseState("no such state")).toBeUndefined();
  });
});

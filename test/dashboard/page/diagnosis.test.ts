import { describe, expect, test } from "bun:test";
import type { FeedServer } from "../../../src/dashboard/feed.ts";
import { diagnose } from "../../../src/dashboard/page/model/diagnosis.ts";
import { createFeedServer, NOW } from "./feed-fixture.ts";

const say = (given: Partial<FeedServer>) => diagnose(createFeedServer(given), NOW);
const MINUTE_MS = 60_000;

describe("the diagnosis of a server", () => {
  test("that is silent says for how long, and where its players go", () => {
    const { tone, headline, facts, advice } = say({ state: "disabled", lastSeenMs: NOW - 14_000 });
    expect(tone).toBe("bad");
    expect(headline).toBe(
      "Has been silent for 14 s: it gets no rooms, and players who ask for its rooms go elsewhere.",
    );
    expect(facts).toEqual([
      "Its last report came at 11:59.",
      "Of what it had, 40 rooms with 240 players have not moved yet: a room goes elsewhere when somebody asks for it.",
    ]);
    expect(advice).toContain("forget it");
  });

  test("that is full gives load and estimate", () => {
    const { tone, headline, advice } = say({ state: "full", load: 0.97, estimate: 1.02 });
    expect(tone).toBe("warn");
    expect(headline).toBe("Full: load 0.97, estimate 1.02.");
    expect(advice).toContain("move them off");
  });

  test("that drains says until when, and what happens then", () => {
    const { tone, headline, facts } = say({ state: "draining", drainUntilMs: NOW + 5 * MINUTE_MS, rooms: 1, peers: 1 });
    expect(tone).toBe("busy");
    expect(headline).toBe("Drains until 12:05, 5 min from now: it gets no new rooms.");
    expect(facts).toEqual(["Then its rooms are closed, so that they move to other servers: 1 room with 1 player."]);
  });

  test("that drains without a deadline says that its rooms stay", () => {
    const { headline, facts } = say({ state: "draining" });
    expect(headline).toBe("Drains without a deadline: it gets no new rooms.");
    expect(facts[0]).toStartWith("Its rooms stay until they end by themselves (40 rooms with 240 players)");
  });

  test("that was to be empty by now says what is left", () => {
    const { headline, facts } = say({ state: "draining", drainUntilMs: NOW - MINUTE_MS });
    expect(headline).toStartWith("Was to be empty by 11:59");
    expect(facts).toEqual(["Still there: 40 rooms with 240 players. Whoever asks for one of them goes elsewhere."]);
  });

  test("that is drained says that it can be stopped", () => {
    const { headline, advice } = say({ state: "draining", rooms: 0, peers: 0 });
    expect(headline).toBe("Drained: it has no rooms and gets none.");
    expect(advice).toStartWith("It can be stopped now");
  });

  test("that holds no key asks for a restart", () => {
    expect(say({ state: "keyless" })).toMatchObject({ tone: "bad", advice: expect.stringContaining("Restart it") });
  });

  test("that has not reported yet says since when it is waited for", () => {
    expect(say({ state: "registered", lastSeenMs: NOW - 90_000 }).headline).toStartWith(
      "Asked for its config 1 min ago",
    );
  });

  test("that is as it should be still tells how to get players off it", () => {
    const { tone, headline, advice } = say({});
    expect(tone).toBe("good");
    expect(headline).toStartWith("As it should be");
    expect(advice).toContain("Moving the 240 players in 40 rooms off");
  });

  test("that has no players speaks of nobody to be moved off", () => {
    const empty = { rooms: 0, peers: 0 };
    expect(say(empty).advice).toBe("It has no players now: there is nobody to move off.");
    expect(say({ ...empty, load: 0.9, estimate: 0.9 }).advice).toStartWith("It has no players: look what else");
  });

  test("that is busy says so", () => {
    expect(say({ load: 0.85, estimate: 0.86 }).headline).toStartWith("Busy: load 0.85.");
  });

  test("to which many are on the way says what they will make of it", () => {
    expect(say({ load: 0.3, estimate: 0.5, pending: 9 }).facts).toEqual([
      "Load 0.30, and 0.50 once those are there who are on the way: 9 players with a token.",
    ]);
    expect(say({ load: 0.3, estimate: 0.5, pending: 0 }).facts[0]).toEndWith("players of young rooms.");
    expect(say({ load: 0.3, estimate: 0.35 }).facts).toEqual([]);
  });

  test("with tasks says how many wait, and how many were not seen to arrive", () => {
    expect(say({ tasksWaiting: 1, tasksSent: 2 }).facts).toEqual([
      "1 task waits for its next report.",
      "2 went out to it and were not seen to arrive.",
    ]);
  });
});

import { describe, expect, test } from "bun:test";
import { createOutageLimits } from "../../../src/store/redis/outage.ts";
import { createPresence } from "../../../src/store/redis/presence.ts";
import { connect, createTestFleet, report } from "../../fleet/fixture.ts";

describe("limits during an outage", () => {
  test("leave each gateway its share of what was free when it began", () => {
    const fleet = createTestFleet();
    report(fleet, "one:1", { lobby: 20 }, 1_000);
    const outage = createOutageLimits(fleet);
    outage.begin();
    expect(outage.of("acme", { maxPeers: 100, maxRooms: 5 }, 4)).toEqual({ maxPeers: 40, maxRooms: 2 });
    connect(fleet, "lobby", "ann", 1_001);
    expect(outage.of("acme", { maxPeers: 100, maxRooms: 5 }, 4)).toEqual({ maxPeers: 40, maxRooms: 2 });
    outage.begin();
    expect(outage.of("acme", { maxPeers: 101, maxRooms: 5 }, 4)).toEqual({ maxPeers: 41, maxRooms: 2 });
  });

  test("are none where there are none", () => {
    const none = { maxPeers: Number.POSITIVE_INFINITY, maxRooms: Number.POSITIVE_INFINITY };
    expect(createOutageLimits(createTestFleet()).of("acme", none, 3)).toEqual(none);
  });

  test("never take away what is used already", () => {
    const fleet = createTestFleet();
    report(fleet, "one:1", { lobby: 20 }, 1_000);
    expect(createOutageLimits(fleet).of("acme", { maxPeers: 5, maxRooms: 1 }, 2)).toEqual({
      maxPeers: 20,
      maxRooms: 1,
    });
  });
});

describe("presence", () => {
  test("has one gateway lead, and another one when that is gone", () => {
    let now = 0;
    const presence = createPresence(
      "b",
      () => now,
      () => false,
    );
    expect(presence.isLead()).toBe(true);
    presence.note("a");
    presence.note("c");
    expect(presence.count()).toBe(3);
    expect(presence.isLead()).toBe(false);
    now = 2_000;
    presence.note("c");
    now = 4_000;
    expect(presence.count()).toBe(2);
    expect(presence.isLead()).toBe(true);
  });

  test("takes nobody for gone while nobody can be heard, and leads", () => {
    let now = 0;
    let isCutOff = false;
    const presence = createPresence(
      "b",
      () => now,
      () => isCutOff,
    );
    presence.note("a");
    isCutOff = true;
    now = 60_000;
    expect(presence.count()).toBe(2);
    expect(presence.isLead()).toBe(true);
  });
});

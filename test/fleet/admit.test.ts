import { describe, expect, test } from "bun:test";
import { connect, createTestFleet, report } from "./fixture.ts";

describe("admit", () => {
  test("refuses when no server has reported", () => {
    const fleet = createTestFleet();
    expect(() => connect(fleet, "a", "u", 0)).toThrow("no server available");
    expect(fleet.groups.size).toBe(0);
  });

  test("a server is eligible from its first report on", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 1_000);
    expect(connect(fleet, "a", "u", 1_000)).toEqual({ endpoint: "s1", rooms: ["a"], keys: undefined });
  });

  test("everybody of a room goes to its server, however loaded", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u0", 0);
    report(fleet, "s1", { a: 1 }, 5_000, { load: 3, clients: 1_500 });
    report(fleet, "s2", {}, 5_000);
    for (let i = 1; i < 20; i++) expect(connect(fleet, "a", `u${i}`, 5_000).endpoint).toBe("s1");
  });

  test("rooms of one hash tag share a server, in whatever order they come", () => {
    const fleet = createTestFleet();
    for (let i = 0; i < 20; i++) report(fleet, `s${i}`, {}, 0);
    const { endpoint } = connect(fleet, "{m}red", "u1", 0);
    expect(connect(fleet, "{m}blue", "u2", 0).endpoint).toBe(endpoint);
    expect(connect(fleet, ["{m}a", "m", "x{m}"], "u3", 0).endpoint).toBe(endpoint);
  });

  test("rooms that share no hash tag are invalid in one token", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    expect(() => connect(fleet, ["a", "b"], "u", 0)).toThrow("must share a hash tag");
    expect(fleet.roomCount).toBe(0);
  });

  test("two namespaces' rooms of one name are different rooms, and so are two pools'", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", {}, 0);
    report(fleet, "e1", {}, 0, { pool: "eu" });
    connect(fleet, "a", "u", 0);
    connect(fleet, "a", "u", 0, { namespace: "other", customer: "other" });
    expect(connect(fleet, "a", "u", 0, { pool: "eu" }).endpoint).toBe("e1");
    expect(fleet.roomCount).toBe(3);
  });

  test("the preferred server is taken for a room without one, if it is enabled and in the pool", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", {}, 0);
    report(fleet, "s2", {}, 0, { load: 0.99 });
    report(fleet, "e1", {}, 0, { pool: "eu" });
    for (let i = 0; i < 20; i++) expect(connect(fleet, `r${i}`, "u", 0, { preferredServer: "s2" }).endpoint).toBe("s2");
    expect(connect(fleet, "r0", "u", 0, { preferredServer: "s1" }).endpoint).toBe("s2");
    expect(connect(fleet, "x", "u", 0, { preferredServer: "e1" }).endpoint).not.toBe("e1");
    report(fleet, "s1", {}, 7_000);
    expect(connect(fleet, "y", "u", 8_000, { preferredServer: "s2" }).endpoint).toBe("s1");
  });
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { RpcError } from "../../src/errors.ts";
import { attributeRooms, parseReportedRooms, reportedRoomSchema } from "../../src/rpc/reported-rooms.ts";

const GOOD = { id: ["acme", "lobby"], customer: "acme", age: { secs: 1, nanos: 500_000_000 }, peers: 3 };

describe("parseReportedRooms", () => {
  test("reads a room, and ignores what it does not know", () => {
    expect(parseReportedRooms([{ ...GOOD, extra: 1 }], 10)).toEqual([
      { namespace: "acme", name: "lobby", customer: "acme", peers: 3, ageMs: 1_500 },
    ]);
  });

  test("has a limit", () => {
    expect(() => parseReportedRooms([GOOD, GOOD], 1)).toThrow("rooms: must be at most 1 rooms, found 2");
  });

  test("names the first room at fault", () => {
    expect(() => parseReportedRooms([GOOD, { ...GOOD, peers: -1 }], 10)).toThrow("rooms.1.peers: must be an integer");
  });

  test("takes exactly what the schema takes", () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        "",
        "a".repeat(256),
        "\ud800",
        2 ** 53,
        -1,
        1.5,
        [],
        ["a"],
        ["a", "b", "c"],
        1_000_000,
        1_000_001,
        315_360_000,
        315_360_001,
        999_999_999,
        1_000_000_000,
      ),
    );
    const either = <T>(good: T) =>
      fc.oneof({ weight: 6, arbitrary: fc.constant<unknown>(good) }, { weight: 1, arbitrary: junk });
    const room = fc.record({
      id: either(GOOD.id),
      customer: either(GOOD.customer),
      age: fc.oneof(fc.record({ secs: either(1), nanos: either(0) }), junk),
      peers: either(3),
    });
    fc.assert(
      fc.property(fc.oneof(room, junk), (value) => {
        let accepted = true;
        try {
          parseReportedRooms([value], 10);
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
          accepted = false;
        }
        expect(accepted).toBe(v.is(reportedRoomSchema, value));
      }),
      { numRuns: 3_000 },
    );
  });

  test("are those of the customer who owns the namespace, whatever the server says", () => {
    const room = (namespace: string, customer: string) => ({ namespace, name: "r", customer, peers: 1, ageMs: 0 });
    const owners = new Map([["acme-eu", "acme"]]);
    const rooms = [room("acme-eu", "victim"), room("acme-eu", "acme"), room("gone", "former")];
    const attributed = attributeRooms(rooms, (namespace) => owners.get(namespace));
    expect(attributed.map(({ customer }) => customer)).toEqual(["acme", "acme", "former"]);
  });
});

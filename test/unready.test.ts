import { describe, expect, test } from "bun:test";
import type { Sharing } from "../src/store/redis/sharing.ts";
import { findDegradedReason, findSharingReasons } from "../src/unready.ts";

const of = (mode: Sharing["mode"]): Sharing => ({ mode, reason: "no answer", gateways: 2 });

describe("a gateway that shares its fleet", () => {
  test("is not ready before it has joined the others", () => {
    expect(findSharingReasons("degrade", of("joining"))).toEqual(["the shared state is being joined"]);
  });

  test("stays ready while it looks for a connection that it lost a moment ago", () => {
    expect(findSharingReasons("refuse", of("rejoining"))).toEqual([]);
    expect(findDegradedReason(of("rejoining"))).toBeUndefined();
  });

  test("is ready and degraded while it is alone, unless it is to refuse then", () => {
    expect(findSharingReasons("degrade", of("alone"))).toEqual([]);
    expect(findSharingReasons("refuse", of("alone"))).toEqual(["the shared state cannot be reached"]);
    expect(findDegradedReason(of("alone"))).toBe("the shared state cannot be reached: no answer");
  });

  test("has nothing to say of it once it has joined, and where nothing is shared", () => {
    for (const sharing of [of("joined"), undefined]) {
      expect(findSharingReasons("refuse", sharing)).toEqual([]);
      expect(findDegradedReason(sharing)).toBeUndefined();
    }
  });
});

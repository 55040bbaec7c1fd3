import { expect, test } from "bun:test";
import { toCover, toTimeLines } from "../../src/cli/token-texts.ts";

const NOW_SEC = 1_767_225_600;

test.each([
  [{ exp: NOW_SEC + 60 }, ["ends    2026-01-01T00:01:00.000Z, in 60 s"]],
  [{ exp: NOW_SEC - 2 }, ["ends    2025-12-31T23:59:58.000Z, ended 2 s ago, still within the tolerance of 300 s"]],
  [{ exp: NOW_SEC - 300 }, ["ends    2025-12-31T23:55:00.000Z, ended 300 s ago"]],
  [{ nbf: NOW_SEC }, ["begins  2026-01-01T00:00:00.000Z, 0 s ago"]],
  [{ nbf: NOW_SEC + 300 }, ["begins  2026-01-01T00:05:00.000Z, in 300 s, already within the tolerance of 300 s"]],
  [{ nbf: NOW_SEC + 301 }, ["begins  2026-01-01T00:05:01.000Z, in 301 s"]],
  [{ nbf: "soon", exp: 1e300 }, []],
  [null, []],
])("the times of %p are shown as people read them", (claims, lines) => {
  expect(toTimeLines(claims, NOW_SEC * 1000)).toEqual(lines);
});

test("a token that a server signed covers Connect at most", () => {
  expect(toCover(undefined, "server")).toBe("covers connect only");
  expect(toCover(["Connect", "RoomClose"], "server")).toBe("covers connect only");
  expect(toCover("RoomClose", "server")).toBe("covers no method: Connect would be refused");
  expect(toCover([], "customer")).toBe("covers no method: Connect would be refused");
});

test("a subject can do nothing to a terminal", () => {
  expect(toCover("\u001b[2J", "customer")).not.toContain("\u001b");
});

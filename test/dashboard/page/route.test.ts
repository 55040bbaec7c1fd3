import { describe, expect, test } from "bun:test";
import { parseRoute, toHash, toServerHash, VIEWS } from "../../../src/dashboard/page/model/route.ts";

describe("an address of the page", () => {
  test("leads to its view, and to the fleet if there is none", () => {
    for (const view of VIEWS) expect(parseRoute(toHash(view))).toEqual({ view, id: "", query: {} });
    for (const hash of ["", "#", "#/", "#/nowhere", "#/server"]) expect(parseRoute(hash).view).toBe("fleet");
  });

  test("holds what is filtered by, and nothing that is empty", () => {
    const hash = toHash("rooms", { name: "a b&c?d", customer: "", server: undefined });
    expect(hash).toBe("#/rooms?name=a+b%26c%3Fd");
    expect(parseRoute(hash).query).toEqual({ name: "a b&c?d" });
  });

  test.each(["sfu1.example.com:4433", "[2001:db8::1]:4433", "a/b?c#d%e"])(
    "of a server's panel can be read: %s",
    (endpoint) => {
      const { view, id } = parseRoute(toServerHash({ pool: "eu 1", endpoint }));
      expect([view, id]).toEqual(["server", `eu 1/${endpoint}`]);
    },
  );

  test("of a server stays readable", () => {
    expect(toServerHash({ pool: "default", endpoint: "sfu1.example.com:4433" })).toBe(
      "#/server/default/sfu1.example.com:4433",
    );
  });

  test("that was cut in the middle of a character still leads somewhere", () => {
    expect(parseRoute("#/server/default/%E2%82")).toMatchObject({ view: "server", id: "default/%E2%82" });
  });
});

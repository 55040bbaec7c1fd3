import { describe, expect, test } from "bun:test";
import {
  createInternalAuthenticator,
  type InternalAccess,
  type InternalCaller,
} from "../../src/auth/authenticate-internal.ts";

const ACCESS: InternalAccess = {
  users: new Map([
    ["sfu", { password: "pa:ss wörd", role: "server", endpoints: ["sfu1:4433"], tags: ["eu"] }],
    ["op", { password: "secret", role: "operator" }],
  ]),
  allow: [],
  trustLoopback: false,
};
const CALLER: InternalCaller = { authorization: null, peerAddress: "192.0.2.1", forwarded: false, host: "gateway" };
const basic = (pair: string, scheme = "Basic") => `${scheme} ${Buffer.from(pair).toString("base64")}`;
const authenticate = (caller: Partial<InternalCaller>, access: Partial<InternalAccess> = {}) =>
  createInternalAuthenticator({ ...ACCESS, ...access })({ ...CALLER, ...caller });

describe("/internal", () => {
  test("admits users by name and password, with role and endpoints", () => {
    expect(authenticate({ authorization: basic("sfu:pa:ss wörd") })).toEqual({
      name: "sfu",
      role: "server",
      endpoints: new Set(["sfu1:4433"]),
      tags: ["eu"],
    });
    expect(authenticate({ authorization: basic("op:secret", "basic") })).toEqual({
      name: "op",
      role: "operator",
      endpoints: undefined,
      tags: [],
    });
  });

  test.each([
    ["nothing", null],
    ["a wrong password", basic("op:secre")],
    ["a longer password", basic("op:secrett")],
    ["another's password", basic("sfu:secret")],
    ["an unknown user", basic("nobody:secret")],
    ["a name from the prototype", basic("__proto__:x")],
    ["no colon", basic("op")],
    ["a bearer token", "Bearer abc"],
    ["no base64", "Basic ???"],
    ["an empty header", ""],
  ])("refuses %s", (_, authorization) => {
    expect(() => authenticate({ authorization })).toThrow();
  });

  test("refuses everybody when there are no users", () => {
    expect(() => authenticate({ authorization: basic("op:secret") }, { users: new Map() })).toThrow("unknown user");
    expect(() => authenticate({ peerAddress: "127.0.0.1", host: "localhost" }, { users: new Map() })).toThrow(
      "no credentials",
    );
  });

  describe("with trustLoopback", () => {
    const trust = { trustLoopback: true };

    test.each(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])("admits %p as an operator", (peerAddress) => {
      expect(authenticate({ peerAddress, host: "localhost:7000" }, trust).role).toBe("operator");
    });

    test.each([
      ["another machine", { peerAddress: "192.0.2.1", host: "localhost" }],
      ["a forwarded request", { peerAddress: "127.0.0.1", host: "localhost", forwarded: true }],
      ["a host name that only leads here", { peerAddress: "127.0.0.1", host: "attacker.example" }],
      ["a host name that looks like it", { peerAddress: "127.0.0.1", host: "127.0.0.1.attacker.example" }],
      ["no host", { peerAddress: "127.0.0.1", host: null }],
      ["wrong credentials", { peerAddress: "127.0.0.1", host: "localhost", authorization: basic("op:wrong") }],
    ])("refuses %s", (_, caller) => {
      expect(() => authenticate(caller, trust)).toThrow();
    });
  });

  describe("with allow", () => {
    const access = { allow: ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"] };

    test.each(["192.0.2.200", "::ffff:192.0.2.1", "2001:db8::7", "198.51.100.7"])(
      "admits %p as a server",
      (peerAddress) => {
        expect(authenticate({ peerAddress }, access)).toMatchObject({ role: "server", endpoints: undefined });
      },
    );

    test("refuses others, and forwarded requests", () => {
      expect(() => authenticate({ peerAddress: "192.0.3.1" }, access)).toThrow("no credentials");
      expect(() => authenticate({ peerAddress: "198.51.100.8" }, access)).toThrow("no credentials");
      expect(() => authenticate({ peerAddress: "192.0.2.1", forwarded: true }, access)).toThrow("no credentials");
    });
  });
});

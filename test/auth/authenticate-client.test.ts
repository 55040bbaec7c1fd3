import { describe, expect, test } from "bun:test";
import { TokenGenerator } from "@4players/odin-tokens";
import fc from "fast-check";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { authenticateClient } from "../../src/auth/authenticate-client.ts";
import { createKeyRing } from "../../src/auth/key-ring.ts";
import { RpcError } from "../../src/errors.ts";
import vectors from "../vectors.json";
import {
  acme,
  authenticate,
  authority,
  good,
  key,
  keyWithId,
  NOW,
  other,
  reasonFor,
  SEC,
  sign,
} from "./client-authority.ts";

describe("a customer's token", () => {
  test("gives customer, namespace and limits of the key, never of a claim", async () => {
    expect(
      await authenticate(await sign({ ...good, cid: "mallory", nsp: "mallory", exp: SEC + 60, nbf: SEC })),
    ).toEqual({
      customer: "acme",
      namespace: "acme",
      limits: { maxPeers: 7, maxRooms: 3 },
      tags: [],
      provenance: "customer",
      user: "alice",
      rooms: ["lobby"],
      roomsAreList: false,
      methods: undefined,
      preferredServer: undefined,
    });
  });

  test("gives the namespace that the key has", async () => {
    const token = await other.signToken({ room: "a", user: "u", nowMs: NOW });
    expect(await authenticate(token)).toMatchObject({ customer: "other", namespace: "elsewhere" });
  });

  test("of the customers' own package is accepted, as are the vectors", async () => {
    const generator = new TokenGenerator(acme.accessKey);
    const token = generator.createToken(["{m}a", "{m}b"], "alice", {
      audience: "gateway" as never,
      subject: "connect" as never,
    });
    const principal = await authenticateClient(`Bearer ${token}`, authority, Date.now());
    expect(principal).toMatchObject({ rooms: ["{m}a", "{m}b"], roomsAreList: true, user: "alice" });
    for (const vector of vectors.tokens) {
      const { d: _, ...publicKey } = parseAccessKey(vector.accessKey);
      const ring = createKeyRing([{ ...acme.entry, accessKeys: [{ publicKey }] }], {
        source: "t",
        path: "c",
        brokenKeys: "refuse",
      });
      const read = await authenticateClient(
        `Bearer ${vector.token}`,
        { ...authority, keyRing: ring.keyRing },
        vector.nowMs,
      );
      expect(read.rooms).toEqual([vector.room].flat());
      expect(read.user).toBe(vector.user);
    }
  });

  test("may name the scheme in any case, and end in spaces", async () => {
    const token = await sign(good);
    for (const header of [`bearer ${token}`, `BEARER  ${token}`, `Bearer ${token}  `]) {
      expect((await authenticateClient(header, authority, NOW)).user).toBe("alice");
    }
  });

  test("may have what other parties put into it", async () => {
    const token = await sign({
      ...good,
      adr: "x",
      ups: { n: 1 },
      tgs: ["a"],
      tsp: 1,
      cid: 7,
      nsp: null,
      new: {},
      internal: { server: "sfu1:4433", x: 1 },
    });
    expect(await authenticate(token)).toMatchObject({ preferredServer: "sfu1:4433" });
  });

  test("names each room once", async () => {
    expect(await authenticate(await sign({ ...good, rid: ["b", "a", "b"] }))).toMatchObject({ rooms: ["b", "a"] });
    expect(await authenticate(await sign({ ...good, rid: Array(40).fill("a") }))).toMatchObject({ rooms: ["a"] });
  });

  test("covers the methods that its subject names, in any case", async () => {
    expect((await authenticate(await sign({ ...good, sub: "RoomClose" }))).methods).toEqual(new Set(["roomclose"]));
    expect((await authenticate(await sign({ ...good, sub: ["Connect", "x"] }))).methods).toEqual(
      new Set(["connect", "x"]),
    );
  });

  test("has five minutes of leeway either way", async () => {
    await authenticate(await sign({ ...good, exp: SEC - 299 }));
    await authenticate(await sign({ ...good, nbf: SEC + 300 }));
    expect(await reasonFor(sign({ ...good, exp: SEC - 300 }))).toBe("invalid token: it expired 300 s ago");
    expect(await reasonFor(sign({ ...good, nbf: SEC + 301 }))).toBe("invalid token: it is not valid for another 301 s");
  });

  test.each([
    ["rid is missing", { uid: "u" }, "claim rid is missing"],
    ["uid is missing", { rid: "r" }, "claim uid is missing"],
    ["rid is empty", { ...good, rid: [] }, "claim rid must name at least one room"],
    ["rid has an empty name", { ...good, rid: ["a", ""] }, "must not be empty"],
    ["rid has a number", { ...good, rid: ["a", 7] }, "claim rid"],
    ["rid is too long", { ...good, rid: "ä".repeat(128) }, "must be at most 255 bytes"],
    ["rid has a lone surrogate", { ...good, rid: "\ud800" }, "must be valid Unicode"],
    ["rid has 33 rooms", { ...good, rid: Array.from({ length: 33 }, (_, i) => `{m}${i}`) }, "at most 32 rooms"],
    ["uid is a number", { ...good, uid: 7 }, "claim uid must be a string"],
    ["aud is another", { ...good, aud: "sfu" }, 'claim aud must include "gateway"'],
    ["aud lacks us", { ...good, aud: ["a", "b"] }, 'claim aud must include "gateway"'],
    ["exp is a text", { ...good, exp: "9999999999" }, "claim exp must be a number"],
    ["exp is a fraction", { ...good, exp: SEC + 0.5 }, "claim exp must be an integer"],
    ["nbf is null", { ...good, nbf: null }, "claim nbf must be a number"],
    ["sub is an object", { ...good, sub: {} }, "claim sub must be a string or a list of strings"],
    ["internal.server is a number", { ...good, internal: { server: 1 } }, "claim internal.server must be a string"],
  ])("is refused when %s", async (_, claims, reason) => {
    expect(await reasonFor(sign(claims))).toContain(reason);
  });

  test.each([
    ["no credentials", null, "no credentials"],
    ["an empty header", "", "no credentials"],
    ["another scheme", "Basic abc", 'not "Bearer <token>"'],
    ["a scheme alone", "Bearer ", 'not "Bearer <token>"'],
    ["two tokens", "Bearer a b", 'not "Bearer <token>"'],
    ["no JWS", "Bearer abc", "not a JWS"],
    ["8 KiB and more", `Bearer ${"a".repeat(8193)}`, "longer than 8192 bytes"],
  ])("is refused with %s", async (_, header, reason) => {
    await expect(authenticateClient(header, authority, NOW)).rejects.toThrow(reason);
  });

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  test.each([
    ["alg none", { alg: "none", kid: key.kid }, "alg must be EdDSA"],
    ["alg HS256", { alg: "HS256", kid: key.kid }, "alg must be EdDSA"],
    ["another curve", { alg: "EdDSA", crv: "Ed448", kid: key.kid }, "crv must be Ed25519"],
    ["no kid", { alg: "EdDSA" }, "no kid"],
    ["a kid that is an object", { alg: "EdDSA", kid: {} }, "no kid"],
    ["crit", { alg: "EdDSA", kid: key.kid, crit: ["exp"], exp: 1 }, "has crit"],
    ["b64", { alg: "EdDSA", kid: key.kid, b64: false }, "has b64"],
    ["a kid of nobody", { alg: "EdDSA", kid: "AAAAAAAAAAAA" }, "has a key of this kid"],
    ["a kid from the prototype", { alg: "EdDSA", kid: "__proto__" }, "has a key of this kid"],
  ])("is refused with a header that has %s", async (_, header, reason) => {
    const [, payload, signature] = (await sign(good)).split(".");
    expect(await reasonFor(`${encode(header)}.${payload}.${signature}`)).toContain(reason);
  });

  test("a number as kid is its digits", async () => {
    const ring = createKeyRing(
      [{ ...acme.entry, accessKeys: [{ publicKey: { ...parseAccessKey(acme.accessKey), kid: "12345" } }] }],
      {
        source: "t",
        path: "c",
        brokenKeys: "refuse",
      },
    );
    const token = await sign(good, keyWithId(acme.accessKey, 12345));
    expect(await authenticate(token, { keyRing: ring.keyRing })).toMatchObject({ customer: "acme" });
  });

  test("of another customer's key under this kid is refused", async () => {
    const foreign = keyWithId(other.accessKey, key.kid);
    expect(await reasonFor(sign(good, foreign))).toContain("signature does not match");
  });

  test("is refused after any change of a single bit", async () => {
    const token = Buffer.from(await sign({ ...good, exp: SEC + 60, nbf: SEC }));
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(token);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(authenticateClient(`Bearer ${changed.toString("latin1")}`, authority, NOW)).rejects.toThrow(
          RpcError,
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

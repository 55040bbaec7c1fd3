import { describe, expect, test } from "bun:test";
import { createServerKeys } from "../../src/auth/server-keys.ts";
import { MASTER_KEY } from "../world.ts";
import { authenticate, good, reasonFor, serverKeys, sign, signingKeyOf } from "./client-authority.ts";

describe("a server's token", () => {
  const serverKey = signingKeyOf(serverKeys, "sfu1:4433");
  const claims = { ...good, cid: "other", nsp: "elsewhere" };

  test("lets a client of the customer connect, and nothing else", async () => {
    expect(await authenticate(await sign(claims, serverKey))).toMatchObject({
      customer: "other",
      namespace: "elsewhere",
      provenance: "server",
      methods: new Set(["connect"]),
    });
    expect((await authenticate(await sign({ ...claims, sub: "roomclose" }, serverKey))).methods).toEqual(new Set());
  });

  test("runs under the customer's limits", async () => {
    expect((await authenticate(await sign({ ...claims, cid: "acme", nsp: "acme" }, serverKey))).limits).toEqual({
      maxPeers: 7,
      maxRooms: 3,
    });
  });

  test.each([
    ["without a customer", { ...good, nsp: "acme" }, "claim cid is missing"],
    ["without a namespace", { ...good, cid: "acme" }, "claim nsp is missing"],
    ["for a customer who is unknown", { ...claims, cid: "nobody" }, 'no customer "nobody"'],
    ["for a namespace of another", { ...claims, cid: "acme" }, 'no customer "acme" has the namespace "elsewhere"'],
  ])("is refused %s", async (_, wrong, reason) => {
    expect(await reasonFor(sign(wrong, serverKey))).toContain(reason);
  });

  test("is refused from a server that is not registered, or no longer", async () => {
    const keys = createServerKeys([MASTER_KEY]);
    expect(await reasonFor(sign(claims, serverKey), { serverKeys: keys })).toContain("no registered server");
    keys.register({ endpoint: "sfu1:4433", keys: undefined });
    expect(await authenticate(await sign(claims, serverKey), { serverKeys: keys })).toMatchObject({
      provenance: "server",
    });
    keys.forget("sfu1:4433");
    expect(await reasonFor(sign(claims, serverKey), { serverKeys: keys })).toContain("no registered server");
  });
});

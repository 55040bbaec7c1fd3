import { describe, expect, test } from "bun:test";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { createCustomer } from "../world.ts";
import { authenticate, good, keyWithId, NOW, reasonFor, serverKeys, sign, signingKeyOf } from "./client-authority.ts";

describe("an unknown customer's token", () => {
  const stranger = createCustomer("stranger");
  const limits = { maxPeers: 5, maxRooms: 1 };
  const token = () => stranger.signToken({ room: "a", user: "u", nowMs: NOW });

  test("is refused where they are forbidden, which is the default", async () => {
    expect(await reasonFor(token())).toContain("has a key of this kid");
  });

  test("lets them connect under a name of their own where they are admitted", async () => {
    const { kid } = parseAccessKey(stranger.accessKey);
    expect(await authenticate(await token(), { unknownCustomers: limits })).toMatchObject({
      customer: `demo_${kid}`,
      namespace: `demo_${kid}`,
      provenance: "unverified",
      limits,
      methods: new Set(["connect"]),
    });
  });

  test("is refused with a kid that is none, or a server's", async () => {
    for (const kid of ["short", signingKeyOf(serverKeys, "sfu9:4433").kid]) {
      expect(await reasonFor(sign(good, keyWithId(stranger.accessKey, kid)), { unknownCustomers: limits })).toContain(
        "has a key of this kid",
      );
    }
  });

  test("does not go around a known customer's signature", async () => {
    const forged = (await sign(good)).replace(/.{4}$/, "AAAA");
    expect(await reasonFor(forged.replace(/.$/, "A"), { unknownCustomers: limits })).toContain("signature");
  });
});

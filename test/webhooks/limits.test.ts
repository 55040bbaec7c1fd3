import { expect, test } from "bun:test";
import { createLimitWatch } from "../../src/webhooks/limits.ts";

const limits = { maxPeers: 10, maxRooms: 5, maxBans: 100 };

test("a limit is told of with its number, once a minute for each customer", () => {
  let now = 0;
  const watch = createLimitWatch(() => now);
  const tell = (error: string, customer = "acme") => watch({ error, customer, limits })?.data;
  expect(tell("peerLimit")).toEqual({ customer: "acme", limit: "peers", max: 10 });
  expect(tell("roomLimit")).toEqual({ customer: "acme", limit: "rooms", max: 5 });
  expect(tell("banLimit")).toEqual({ customer: "acme", limit: "bans", max: 100 });
  expect(tell("noServer")).toBeUndefined();
  now = 59_999;
  expect(tell("peerLimit")).toBeUndefined();
  expect(tell("peerLimit", "other")).toMatchObject({ customer: "other" });
  now = 60_000;
  expect(tell("peerLimit")).toMatchObject({ customer: "acme" });
});

test("limits of very many customers do not fill the memory", () => {
  const watch = createLimitWatch(() => 0);
  const tell = (n: number) => watch({ error: "peerLimit", customer: `c${n}`, limits });
  for (let n = 0; n <= 10_000; n++) tell(n);
  // What was told before was forgotten at once, so it is told again.
  expect(tell(1)).toBeDefined();
});

import { expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { createSender } from "../../src/webhooks/sender.ts";
import { SECRET } from "./fixture.ts";

test("too many messages: the oldest are given up, counted, and that is logged once", async () => {
  const lines: string[] = [];
  const ignore = () => {};
  const removed: number[] = [];
  const reasons: string[] = [];
  await using sender = createSender({
    url: "http://127.0.0.1:1/",
    settings: { label: "127.0.0.1:1#0", secret: SECRET },
    version: "0.0.0",
    clock: systemClock,
    random: Math.random,
    log: {
      isDebugEnabled: () => false,
      debug: ignore,
      info: ignore,
      warning: ignore,
      error: (msg) => lines.push(msg),
      critical: ignore,
    },
    watch: {
      onWebhooks: ignore,
      onDelivered: ignore,
      onRetry: ignore,
      onGivenUp: (label, reason) => reasons.push(`${label} ${reason}`),
    },
    onRemoved: ({ seq }) => removed.push(seq),
    bounds: { messages: 2, bytes: 1_000 },
  });
  for (let seq = 1; seq <= 5; seq++) sender.add({ seq, id: `msg_${seq}`, key: `${seq % 2}`, body: "{}", wallMs: 0 });
  expect(removed).toEqual([1, 2, 3]);
  expect(reasons).toEqual(Array.from({ length: 3 }, () => "127.0.0.1:1#0 full"));
  expect(lines).toEqual(["too many messages wait for a webhook: the oldest are given up"]);
  expect(sender.status()).toMatchObject({ waiting: 2, oldest: "1970-01-01T00:00:00.000Z" });
});

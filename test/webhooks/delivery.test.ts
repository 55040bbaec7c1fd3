import { describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { createReceiver, createTestWebhooks, isSigned, SECRET_TEXT, tickUntil, until } from "./fixture.ts";

const MIN = 60_000;
const HOUR = 60 * MIN;
const status = (code: number, headers = {}) => new Response(null, { status: code, headers });

describe("a message", () => {
  test("has the form and the signature of the Standard Webhooks specification", async () => {
    using receiver = createReceiver();
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => receiver.received.length === 1);
    const [one] = receiver.received;
    if (!one) throw new Error("nothing came");
    expect(one.body).toEqual({
      type: "server.added",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: { pool: "default", server: "sfu1:4433" },
    });
    expect(one.headers.get("content-type")).toBe("application/json");
    expect(isSigned(one)).toBe(true);
    // A few bytes could unpack to gigabytes.
    expect(one.headers.get("accept-encoding")).toBe("identity");
    expect(new Webhook(SECRET_TEXT).verify(one.raw, Object.fromEntries(one.headers))).toEqual(one.body);
    const forged = { ...Object.fromEntries(one.headers), "webhook-id": "msg_other" };
    expect(() => new Webhook(SECRET_TEXT).verify(one.raw, forged)).toThrow();
  });

  test("goes to those webhooks that want it, and is not made for nobody", async () => {
    using receiver = createReceiver();
    using other = createReceiver();
    await using webhooks = createTestWebhooks([receiver, { url: other.url, events: ["server.removed"] }]);
    const server = { pool: "default", endpoint: "sfu1:4433" };
    webhooks.onFleetEvent({ type: "server.enabled", server });
    webhooks.onFleetEvent({ type: "server.disabled", server, silentMs: 1 });
    webhooks.onFleetEvent({ type: "server.removed", server, reason: "silence", undeliveredTasks: 0 });
    webhooks.onReload({ trigger: "SIGHUP", outcome: "failed", changed: [], needsRestart: [] });
    webhooks.add("sfu2:4433");
    await tickUntil(webhooks, () => webhooks.counts.delivered === 2);
    await webhooks.clock.sleep(1_000);
    expect([receiver.types(), other.types()]).toEqual([["server.added"], ["server.removed"]]);
    expect(webhooks.counts).toEqual({ delivered: 2 });
  });
});

describe("a receiver that fails", () => {
  test("is tried again after 5 s, 30 s, 2 min and so on, with the same id, and in the order of the key", async () => {
    const times: number[] = [];
    using receiver = createReceiver((_, count) => {
      times.push(webhooks.clock.now());
      return status(count <= 3 ? 500 : 200);
    });
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.delivered === 2, 200);
    const waits = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 100) / 10);
    expect(waits[0]).toBeWithin(4.5, 5.7);
    expect(waits[1]).toBeWithin(27, 33.2);
    expect(waits[2]).toBeWithin(108, 132.2);
    const ids = receiver.received.map(({ id }) => id);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(ids[4]).not.toBe(ids[0] ?? "");
    expect(receiver.received.every((each) => isSigned(each))).toBe(true);
    expect(webhooks.counts).toEqual({ retried: 3, delivered: 2 });
  });

  test("is given up after a day, and the next message gets its turn", async () => {
    let isUp = false;
    using receiver = createReceiver(() => status(isUp ? 200 : 503));
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.expired === 1, 10 * MIN);
    expect(receiver.received.length).toBeWithin(26, 30);
    expect(webhooks.status()?.lastError?.reason).toBe("the answer was 503");
    expect(webhooks.logLines.at(-1)).toMatchObject({ severity: "ERROR", webhook: `${new URL(receiver.url).host}#0` });
    isUp = true;
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.delivered === 1, MIN);
    expect(webhooks.status()).toMatchObject({ waiting: 0, bytes: 0, oldest: null });
  });

  test("for everything is asked seldom, and gets all when it is back", async () => {
    let isUp = false;
    using receiver = createReceiver(() => status(isUp ? 200 : 500));
    await using webhooks = createTestWebhooks([receiver]);
    for (let server = 0; server < 200; server++) webhooks.add(`sfu${server}:4433`);
    await tickUntil(webhooks, () => receiver.received.length >= 8);
    await until(() => webhooks.counts.retried === receiver.received.length && !webhooks.isBusy());
    const before = receiver.received.length;
    await webhooks.clock.sleep(20_000);
    await Bun.sleep(20);
    expect(receiver.received.length).toBe(before);
    isUp = true;
    await tickUntil(webhooks, () => webhooks.counts.delivered === 200, 1_000);
  });

  test("and hangs has 10 s, and delays no other", async () => {
    const { promise: never, resolve } = Promise.withResolvers<void>();
    using hanging = createReceiver(() => never.then(() => status(200)));
    using good = createReceiver();
    await using webhooks = createTestWebhooks([hanging, good]);
    for (let server = 0; server < 20; server++) webhooks.add(`sfu${server}:4433`);
    await webhooks.clock.sleep(50);
    await until(() => webhooks.counts.delivered === 20 && hanging.received.length === 8);
    expect(webhooks.counts).toEqual({ delivered: 20 });
    await webhooks.clock.sleep(10_000);
    await until(() => webhooks.counts.retried === 8);
    expect(webhooks.status()?.lastError?.reason).toBe("no answer within 10 s");
    resolve();
  });

  test("by leading elsewhere is not followed", async () => {
    using elsewhere = createReceiver();
    using receiver = createReceiver(() => status(307, { location: elsewhere.url }));
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.retried === 1);
    expect(webhooks.status()?.lastError?.reason).toBe("the answer was 307, and redirects are not followed");
    expect(elsewhere.received).toEqual([]);
  });

  test("to be there is told from others by the system's word for it, and its URL is not in the log", async () => {
    const url = "http://127.0.0.1:1/path-secret?token=query-secret";
    await using webhooks = createTestWebhooks([{ url }]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.retried === 1);
    expect(webhooks.status()?.lastError?.reason).toMatch(/^the connection failed: \w+$/);
    expect(webhooks.logLines).toHaveLength(1);
    expect(JSON.stringify([webhooks.logLines, webhooks.status()])).not.toMatch(/path-secret|query-secret/);
  });
});

describe("a receiver that is gone", () => {
  test("is sent nothing that waited, and is left alone for an hour", async () => {
    let isGone = true;
    using receiver = createReceiver(() => status(isGone ? 410 : 200));
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.gone === 2);
    expect(webhooks.status()).toMatchObject({ waiting: 0, lastError: { reason: expect.stringContaining("410") } });
    isGone = false;
    webhooks.add("sfu1:4433");
    await webhooks.clock.sleep(HOUR - MIN);
    await Bun.sleep(20);
    expect(receiver.received).toHaveLength(1);
    await tickUntil(webhooks, () => webhooks.counts.delivered === 1, MIN);
  });
});

describe("a long answer", () => {
  test("is not read to its end", async () => {
    let isBrokenOff = false;
    let sent = 0;
    const endless = () =>
      new ReadableStream({
        async pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536));
          await Bun.sleep(1);
        },
        cancel() {
          isBrokenOff = true;
        },
      });
    using receiver = createReceiver(() => new Response(endless()));
    await using webhooks = createTestWebhooks([receiver]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.delivered === 1);
    await until(() => isBrokenOff);
    expect(sent).toBeLessThan(64 * 1_024 * 1_024);
  });
});

describe("many messages", () => {
  test("arrive in order within a key, also where some fail, and keys side by side", async () => {
    const KEYS = 20;
    const EACH = 15;
    let busy = 0;
    let mostBusy = 0;
    let calls = 0;
    using receiver = createReceiver(async () => {
      busy++;
      mostBusy = Math.max(mostBusy, busy);
      await Bun.sleep((calls++ * 7) % 5);
      busy--;
      return status(calls % 9 === 0 ? 500 : 200);
    });
    await using webhooks = createTestWebhooks([{ url: receiver.url, events: ["room.opened"] }]);
    for (let number = 0; number < EACH; number++)
      for (let key = 0; key < KEYS; key++) {
        const room = { pool: "default", namespace: "acme", room: `room-${key}`, customer: `${number}` };
        webhooks.onFleetEvent({ type: "room.opened", room, server: "sfu1:4433" });
      }
    await tickUntil(webhooks, () => webhooks.counts.delivered === KEYS * EACH, 1_000);
    for (let key = 0; key < KEYS; key++) {
      const own = receiver.received.filter(({ body }) => body.data.room === `room-${key}`);
      const numbers = own.map(({ body }) => Number(body.data.customer));
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      expect(new Set(numbers).size).toBe(EACH);
    }
    expect(mostBusy).toBeWithin(2, 9);
    expect(webhooks.counts.retried).toBeGreaterThan(10);
  });
});

describe("a reload", () => {
  test("begins with new webhooks, gives up what waited for those that are gone, and signs with new secrets", async () => {
    let isUp = false;
    using first = createReceiver(() => status(isUp ? 200 : 500));
    using second = createReceiver();
    const secret = Buffer.from("another secret of the tests, which is long");
    await using webhooks = createTestWebhooks([first, { url: "http://127.0.0.1:1/" }]);
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.retried === 2);
    isUp = true;
    webhooks.reload([second, { ...first, secret }]);
    expect(webhooks.status(1)).toMatchObject({ webhook: `${new URL(first.url).host}#1`, waiting: 1 });
    webhooks.add("sfu1:4433");
    await tickUntil(webhooks, () => webhooks.counts.delivered === 3, 500);
    expect(second.received).toHaveLength(1);
    expect(first.received.map((each) => isSigned(each, secret))).toEqual([false, true, true]);
    expect(webhooks.logLines.map(({ msg }) => msg)).toContain("a webhook was removed: what waited for it is given up");
    webhooks.reload([]);
    webhooks.add("sfu1:4433");
    await webhooks.clock.sleep(HOUR);
    expect([first.received.length, second.received.length]).toEqual([3, 1]);
  });
});

import { describe, expect, test } from "bun:test";
import { toFeedWebhook } from "../../src/dashboard/webhook-figures.ts";
import { createReceiver, SECRET_TEXT, until } from "../webhooks/fixture.ts";
import { createWorld } from "../world.ts";
import { openFeed } from "./open-feed.ts";

const SECOND = 1_000;

describe("the feed's webhooks", () => {
  test("fail while their receiver takes nothing, and no longer once it does, without anything of the URL but its host", async () => {
    let status = 503;
    using receiver = createReceiver(() => new Response(null, { status }));
    const url = `${receiver.url}hidden-path?key=hidden-query`;
    await using world = createWorld({ webhooks: [{ url, secret: SECRET_TEXT, events: ["server.added"] }] });
    const webhook = `${new URL(url).host}#0`;
    const watcher = await openFeed(world.gateway);
    expect((await watcher.full()).webhooks).toEqual([{ webhook, waiting: 0, lastError: null, failing: false }]);

    const readStatus = async () => (await world.internal("Webhooks", {}, { user: "op" })).body.result.webhooks[0];
    await world.report("sfu1:4433");
    await world.clock.sleep(50);
    await until(() => receiver.received.length === 1);
    while ((await readStatus()).lastError === null) await Bun.sleep(1);
    await world.clock.sleep(SECOND);
    const failed = await watcher.delta();
    expect(failed.webhooks).toEqual([{ webhook, waiting: 1, lastError: "the answer was 503", failing: true }]);
    const late = await (await openFeed(world.gateway)).full();
    expect(late.webhooks).toEqual(failed.webhooks);
    for (const event of [failed, late]) expect(JSON.stringify(event)).not.toMatch(/hidden|whsec|secret/);

    status = 204;
    // The next attempt begins, and the clock stands still while it is on its way.
    await world.clock.sleep(6 * SECOND);
    await until(() => receiver.received.length === 2);
    while ((await readStatus()).lastSuccess === null) await Bun.sleep(1);
    await world.clock.sleep(SECOND);
    expect((await (await openFeed(world.gateway)).full()).webhooks).toEqual([
      { webhook, waiting: 0, lastError: "the answer was 503", failing: false },
    ]);
  });

  test("fail if the last attempt did, also where nothing waits any more", () => {
    const lastError = { at: "2026-03-02T09:30:00.000Z", reason: "the answer was 410" };
    const isFailing = (lastSuccess: string | null) =>
      toFeedWebhook({ webhook: "a#0", waiting: 0, lastSuccess, lastError }).failing;
    expect(isFailing(null)).toBe(true);
    expect(isFailing("2026-03-02T09:29:59.999Z")).toBe(true);
    expect(isFailing("2026-03-02T09:30:00.001Z")).toBe(false);
  });
});

import { describe, expect, test } from "bun:test";
import type { FeedEvent } from "../../../src/dashboard/feed.ts";
import { type FeedListener, followFeed } from "../../../src/dashboard/page/model/live.ts";
import { createVirtualClock } from "../../../src/sim/virtual-clock.ts";
import { createDelta, createFeedServer, createFull } from "./feed-fixture.ts";

/** A page on a virtual clock, with connections that a test feeds and cuts. */
function createPage() {
  const clock = createVirtualClock();
  const connections: (FeedListener & { isOpen: boolean })[] = [];
  const feed = followFeed({
    now: clock.now,
    every: clock.every,
    open(listener) {
      const connection = { ...listener, isOpen: true };
      connections.push(connection);
      return () => {
        connection.isOpen = false;
      };
    },
  });
  const send = (event: FeedEvent) => connections.at(-1)?.onData(JSON.stringify(event));
  return { clock, connections, feed, send, live: feed.live };
}

const server = createFeedServer();

describe("the page's connection", () => {
  test("is open once an event has come, and tells the gateway's clock", () => {
    const { clock, live, send } = createPage();
    expect(live.get()).toMatchObject({ isConnected: false, fleet: undefined });
    send(createFull([server], { at: clock.now() + 5_000 }));
    expect(live.get()).toMatchObject({ isConnected: true, skewMs: 5_000, heardAt: clock.now() });
    expect(live.get().fleet?.servers.size).toBe(1);
  });

  test("that breaks is lost at once, keeps what is known, and is tried again until it is there", async () => {
    const { clock, connections, live, send } = createPage();
    send(createFull([server]));
    await clock.sleep(3_000);
    connections.at(-1)?.onError();
    expect(live.get()).toMatchObject({ isConnected: false, heardAt: clock.now() - 3_000 });
    expect(live.get().fleet?.servers.size).toBe(1);
    await clock.sleep(2_500);
    expect(connections).toHaveLength(2);
    connections.at(-1)?.onError();
    await clock.sleep(2_500);
    expect(connections).toHaveLength(3);
    send(createFull([]));
    expect(live.get().isConnected).toBe(true);
    expect(live.get().fleet?.servers.size).toBe(0);
    expect(connections.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  });

  test("on which nothing comes any more counts as lost, although nobody has said so", async () => {
    const { clock, connections, live, send } = createPage();
    send(createFull([server]));
    for (let second = 0; second < 10; second++) {
      await clock.sleep(1_000);
      send(createDelta([]));
    }
    expect(live.get().isConnected).toBe(true);
    await clock.sleep(4_000);
    expect(live.get().isConnected).toBe(false);
    expect(connections[0]?.isOpen).toBe(false);
    await clock.sleep(500);
    expect(connections).toHaveLength(2);
  });

  test("is given time to open", async () => {
    const { clock, connections } = createPage();
    await clock.sleep(3_500);
    expect(connections).toHaveLength(1);
  });

  test("tells whoever listens, until they do not want to any more", () => {
    const { live, send } = createPage();
    let told = 0;
    const stop = live.subscribe(() => told++);
    send(createFull([]));
    stop();
    send(createDelta([]));
    expect(told).toBe(1);
    live.set(live.get());
    expect(told).toBe(1);
  });

  test("is closed with the page, and not tried again", async () => {
    const { clock, connections, feed } = createPage();
    feed[Symbol.dispose]();
    await clock.sleep(60_000);
    expect(connections.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});

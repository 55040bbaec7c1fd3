import { describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createViewers } from "../../src/dashboard/viewers.ts";
import type { Viewer } from "../../src/http/router.ts";
import { listenOn } from "../http/listen-on.ts";
import { createWorld, USERS } from "../world.ts";
import { ask, OPERATOR, openFeed } from "./open-feed.ts";

const SECOND = 1_000;

const OTHERS = { ...USERS, boss: { password: "boss-password", role: "operator" as const } };

const HELLO = Buffer.from("data: 1\n\n");

const VIEWER: Viewer = {
  principal: { name: "op", role: "operator", endpoints: undefined, tags: [] },
  caller: {
    requestId: "",
    authorization: null,
    host: null,
    peerAddress: "",
    address: "",
    forwarded: false,
    connection: undefined,
  },
  peer: { address: "", port: 0 },
};

/** Looks at the feed of a gateway, over a socket that can stop reading; settles when the first bytes are there. */
function openSocket(url: string): Promise<Socket> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(`GET /dashboard/feed HTTP/1.1\r\nHost: x\r\nAuthorization: ${OPERATOR}\r\n\r\n`);
      socket.once("data", () => resolve(socket));
    });
    socket.on("error", () => {});
  });
}

describe("those who look at the feed", () => {
  test("are 50 at most, and the next one is told why", async () => {
    await using world = createWorld();
    const watchers = await Promise.all(Array.from({ length: 50 }, () => openFeed(world.gateway)));
    const refused = await ask(world.gateway, "/dashboard/feed");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.json()).toMatchObject({ error: { message: "50 others look at the dashboard already" } });
    await watchers[0]?.leave();
    expect((await ask(world.gateway, "/dashboard/feed")).status).toBe(200);
  });

  test("all get the same bytes", async () => {
    await using world = createWorld();
    const [one, other] = [await openFeed(world.gateway), await openFeed(world.gateway)];
    expect(await one.full()).toEqual(await other.full());
    await world.clock.sleep(SECOND);
    expect(await one.delta()).toEqual(await other.delta());
  });

  test("hold no stream once they have left", async () => {
    const viewers = createViewers();
    const response = viewers.add(VIEWER, HELLO);
    expect(viewers.count()).toBe(1);
    await response.body?.cancel();
    expect(viewers.count()).toBe(0);
    viewers.send(HELLO);
  });

  test("keep their connections however long they send nothing, and lose them once all is over", async () => {
    await using world = createWorld();
    const timeouts: number[] = [];
    const watcher = await openFeed(world.gateway, { setIdleTimeout: (seconds) => void timeouts.push(seconds) });
    expect(timeouts).toEqual([0]);
    await watcher.full();
    world.gateway.drain();
    expect(timeouts).toEqual([0, 1]);
    expect(await watcher.next()).toBeUndefined();
    expect((await ask(world.gateway, "/dashboard/feed")).status).toBe(503);
    expect((await ask(world.gateway, "/dashboard")).status).toBe(200);
  });

  test("are cut when they take nothing any more, while the others go on and the listener can stop", async () => {
    const viewers = createViewers();
    const timeouts: number[] = [];
    const cut = Promise.withResolvers<void>();
    const listener = listenOn(async (request, peer) => {
      if (!request.url.endsWith("/dashboard/feed")) return viewers.add({ ...VIEWER, peer }, HELLO);
      request.signal.addEventListener("abort", () => cut.resolve());
      const setIdleTimeout = (seconds: number) => {
        timeouts.push(seconds);
        peer.setIdleTimeout?.(seconds);
      };
      return viewers.add({ ...VIEWER, peer: { ...peer, setIdleTimeout } }, HELLO);
    });
    const stuck = await openSocket(listener.url);
    stuck.pause();
    const other = (await fetch(listener.url)).body?.getReader();
    const megabyte = Buffer.alloc(1_000_000, "x");
    let sent = HELLO.length;
    let seen = 0;
    const readAll = async () => {
      while (seen < sent) seen += (await other?.read())?.value?.length ?? Number.POSITIVE_INFINITY;
    };
    while (viewers.count() === 2) {
      viewers.send(megabyte);
      sent += megabyte.length;
      await readAll();
    }
    expect(viewers.count()).toBe(1);
    expect(timeouts).toEqual([0, 1]);
    await cut.promise;
    viewers.close();
    await listener.stop(60_000);
    stuck.destroy();
  }, 30_000);

  test("do not keep a listener from stopping", async () => {
    await using world = createWorld();
    const listener = listenOn(world.gateway.fetch);
    const socket = await openSocket(listener.url);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    world.gateway.drain();
    await listener.stop(60_000);
    await closed;
  });

  test("are asked who they are again when the config is another one", async () => {
    await using world = createWorld({ internal: { users: OTHERS } });
    const watcher = await openFeed(world.gateway);
    await watcher.full();
    const config = world.config;
    const users = new Map(config.internal.users);
    world.gateway.prepare({ ...config, internal: { ...config.internal, users } })();
    await world.clock.sleep(SECOND);
    expect((await watcher.next())?.kind).toBe("delta");
    users.delete("op");
    world.gateway.prepare({ ...config, internal: { ...config.internal, users } })();
    expect(await watcher.next()).toBeUndefined();
    expect((await ask(world.gateway, "/dashboard/feed")).status).toBe(401);
  });

  test("come again when the gateway listens elsewhere, or with another certificate", async () => {
    await using world = createWorld();
    const watcher = await openFeed(world.gateway);
    await watcher.full();
    const { listen } = world.config;
    world.gateway.prepare({ ...world.config, listen: { ...listen, tls: { cert: "", key: "" } } })();
    expect(await watcher.next()).toBeUndefined();
    expect((await (await openFeed(world.gateway)).full()).kind).toBe("full");
  });

  test("are sent away when the dashboard is switched off", async () => {
    await using world = createWorld();
    const watcher = await openFeed(world.gateway);
    await watcher.full();
    world.gateway.prepare({ ...world.config, dashboard: false })();
    expect(await watcher.next()).toBeUndefined();
    expect((await ask(world.gateway, "/dashboard/feed")).status).toBe(404);
  });
});

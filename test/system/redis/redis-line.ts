import { createServer, connect as open, type Socket } from "node:net";

/** Stands between gateways and a Redis, and does what networks do. */
export interface RedisLine extends Disposable {
  /** Where to find the Redis that is behind it. */
  readonly url: string;
  /** From now on nothing gets through, as on a switch that drops packets; connections stay open. */
  readonly stall: () => void;
  /** Cuts all connections, and takes none until `heal`. */
  readonly cut: () => void;
  /** From now on nothing gets to Redis; what it says still does. */
  readonly deafen: () => void;
  /** All is well again, and what was held back gets through. */
  readonly heal: () => void;
}

/** Starts one in front of the Redis of that address. */
export async function startRedisLine(redisUrl: string): Promise<RedisLine> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  /** What was not sent on yet. */
  const held: { readonly to: Socket; readonly bytes: Buffer }[] = [];
  let state: "well" | "stalled" | "deaf" | "cut" = "well";

  const server = createServer((client) => {
    if (state === "cut") {
      client.destroy();
      return;
    }
    const redis = open(Number(target.port), target.hostname);
    join(client, redis, false);
    join(redis, client, true);
  });

  function join(from: Socket, to: Socket, isAnswer: boolean): void {
    sockets.add(from);
    from.on("data", (bytes: Buffer) => {
      if (state === "stalled" || (state === "deaf" && !isAnswer)) held.push({ to, bytes });
      else to.write(bytes);
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const url = new URL(redisUrl);
  url.port = String(typeof address === "object" ? address?.port : address);

  return {
    url: url.href,
    stall() {
      state = "stalled";
    },
    cut() {
      state = "cut";
      held.length = 0;
      for (const socket of sockets) socket.destroy();
    },
    deafen() {
      state = "deaf";
    },
    heal() {
      state = "well";
      for (const { to, bytes } of held.splice(0)) to.write(bytes);
    },
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

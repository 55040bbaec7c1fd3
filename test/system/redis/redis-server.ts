import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Redis of a test's own, on a port that was free and stays the same; disposed of with all it keeps. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Kills it as a crash would. */
  readonly kill: () => Promise<void>;
  /** Starts it again, with what it had or without. */
  readonly start: (withData?: boolean) => Promise<void>;
  /** Has it stand still, as if it hung, or go on. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Sends it a command. */
  readonly ask: (command: string, ...args: string[]) => Promise<unknown>;
}

const START_DEADLINE_MS = 10_000;

/** Starts a Redis that keeps every write on disk. */
export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "odin-gateway-redis-"));
  const port = findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: Bun.Subprocess | undefined;

  async function ask(command: string, ...args: string[]): Promise<unknown> {
    const client = new Bun.RedisClient(url, { autoReconnect: false });
    try {
      return await client.send(command, args);
    } finally {
      client.close();
    }
  }

  async function start(withData = true): Promise<void> {
    if (!withData) rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
    child = Bun.spawn(
      [
        "redis-server",
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--save",
        "",
        "--appendonly",
        "yes",
      ].concat(["--appendfsync", "always", "--daemonize", "no"]),
      { stdin: "ignore", stdout: "ignore", stderr: "inherit" },
    );
    const deadline = performance.now() + START_DEADLINE_MS;
    while ((await ask("PING").catch(() => undefined)) !== "PONG") {
      if (performance.now() > deadline) throw new Error("redis-server did not start");
      await Bun.sleep(10);
    }
  }

  async function kill(): Promise<void> {
    child?.kill("SIGKILL");
    await child?.exited;
  }

  await start();
  return {
    url,
    kill,
    start,
    ask,
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findFreePort(): number {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return listener.port;
}

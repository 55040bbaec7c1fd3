import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RedisClient } from "bun";
import type { Children } from "../../../bench/processes/children.ts";
import { findFreePort } from "../gateway-process.ts";

/** A Redis of our own, on a port that it keeps whatever happens to it. */
export interface RedisServer {
  readonly url: string;
  readonly pid: () => number;
  /** Kills it as a crash of the machine does. */
  readonly kill: () => Promise<void>;
  /** Has it stand still, with its connections open. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Starts it anew after `kill`, with what it had on its disk or with nothing, and waits until it answers. */
  readonly restart: (options: { readonly empty: boolean }) => Promise<void>;
}

/** The server that tests start; any that speaks as Redis does will do. */
export const REDIS_SERVER = process.env.REDIS_SERVER ?? "redis-server";

const START_DEADLINE_MS = 15_000;
const LOOK_MS = 20;
/** Without an append-only file it writes a snapshot after so many seconds with a change: what came since is lost. */
const SNAPSHOT_SEC = 5;
/** One of the secrets that no log may hold. */
const PASSWORD = "hunter2";

/** Starts `redis-server` in a folder of the run, and waits until it answers; if asked to, as the only node of a Redis Cluster. */
export async function startRedis(
  children: Children,
  { appendOnly, isCluster = false }: { appendOnly: boolean; isCluster?: boolean },
): Promise<RedisServer> {
  const port = await findFreePort();
  const url = `redis://default:${PASSWORD}@127.0.0.1:${port}`;
  let generation = 0;
  let child = start();
  await answers();
  if (isCluster) await takeAllSlots();

  /** Who begins with nothing gets a folder of its own: one that was killed may leave a snapshot on its way. */
  function start(): Bun.Subprocess {
    const folder = join(children.folder, `redis-${generation}`);
    mkdirSync(folder, { recursive: true });
    const log = Bun.file(join(folder, "log"));
    const persistence = appendOnly ? ["--appendonly", "yes", "--save", ""] : ["--save", `${SNAPSHOT_SEC} 1`];
    const listening = ["--bind", "127.0.0.1", "--port", String(port), "--cluster-enabled", isCluster ? "yes" : "no"];
    const started = Bun.spawn(
      [REDIS_SERVER, ...listening, "--requirepass", PASSWORD, "--dir", folder, ...persistence],
      { cwd: folder, stdin: "ignore", stdout: log, stderr: log },
    );
    children.adopt(started);
    return started;
  }

  async function answers(): Promise<void> {
    const deadline = performance.now() + START_DEADLINE_MS;
    while (!(await ping(url))) {
      if (performance.now() > deadline || child.exitCode !== null)
        throw new Error(`redis does not answer:\n${readFileSync(join(children.folder, `redis-${generation}`, "log"))}`);
      await Bun.sleep(LOOK_MS);
    }
  }

  async function takeAllSlots(): Promise<void> {
    const client = new RedisClient(url);
    await client.send("CLUSTER", ["ADDSLOTSRANGE", "0", "16383"]);
    while (!String(await client.send("CLUSTER", ["INFO"])).includes("cluster_state:ok")) await Bun.sleep(LOOK_MS);
    client.close();
  }

  return {
    url,
    pid: () => child.pid,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async restart({ empty }) {
      if (empty) generation++;
      child = start();
      await answers();
    },
  };
}

/** Says whether a Redis answers there, and has read what it has on its disk. */
async function ping(url: string): Promise<boolean> {
  const client = new RedisClient(url, { autoReconnect: false, connectionTimeout: 1_000 });
  try {
    await client.connect();
    return (await client.send("PING", [])) === "PONG";
  } catch {
    return false;
  } finally {
    client.close();
  }
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Children } from "../../../bench/processes/children.ts";
import { MASTER_KEY_TEXT, USERS } from "../../world.ts";
import { ask, findFreePort } from "../gateway-process.ts";
import { createLines, type Lines } from "./line.ts";
import type { Party } from "./parties.ts";
import { createSpans, type Spans } from "./spans.ts";

/** One of several gateways that share a fleet. */
export interface GroupGateway {
  readonly index: number;
  readonly port: number;
  readonly url: string;
  readonly lines: Lines;
  readonly state: () => "up" | "stopped" | "killed";
  /** When it was stopped or killed, and until when. */
  readonly down: Spans;
  /** When it may have gone on by itself, without the others: as long as Redis was away, and until it says that all is well. */
  readonly alone: Spans;
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, with what it kept or on a disk that is empty, and waits until it is ready. */
  readonly restart: (options?: { readonly empty: boolean }) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly ask: (method: string, params?: object) => Promise<unknown>;
}

/** Gateways with state folders of their own that share their master key, their customers, and a Redis if there is one. */
export interface GatewayGroup extends Disposable {
  readonly all: readonly GroupGateway[];
  /** Says that Redis is away, or that it answers again. */
  readonly setRedis: (isUp: boolean) => void;
  /** Logs of all processes that there were, by file. */
  readonly logs: () => ReadonlyMap<string, string>;
  /** Processes that ended although nobody killed them. */
  readonly crashes: readonly string[];
}

/** What such gateways are made of. */
export interface GatewayGroupOptions {
  readonly children: Children;
  readonly binary: string;
  readonly count: number;
  readonly parties: readonly Party[];
  /** Of all of them, or of each by its index; absent for gateways that do not know of each other. */
  readonly redisUrl?: string | ((gateway: number) => string) | undefined;
  readonly onOutage?: "degrade" | "refuse";
  readonly reservationSec: number;
}

const START_DEADLINE_MS = 30_000;
const LOOK_MS = 20;
/** How much of a log an error shows. */
const LOG_SHOWN = 4_000;
/** How often each gateway is asked how it is. */
const PROBE_INTERVAL_MS = 100;
const PROBE_DEADLINE_MS = 1_000;

/** Starts the gateways and waits until they listen. */
export async function startGatewayGroup(options: GatewayGroupOptions): Promise<GatewayGroup> {
  const { children, count, redisUrl } = options;
  const crashes: string[] = [];
  let isRedisUp = true;
  const all = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  const timer = setInterval(() => {
    for (const each of all) if (each.state() === "up") void probe(each);
  }, PROBE_INTERVAL_MS);

  async function start(index: number): Promise<GroupGateway & { healthyAt: number }> {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const folder = createFolder(options, index, port);
    const down = createSpans();
    let starts = 0;
    const toLogFile = () => join(folder, `gateway-${index}-${starts}.log`);
    let state: "up" | "stopped" | "killed" = "killed";
    let child = spawn();
    await answers("livez");
    state = "up";

    async function answers(probe: "livez" | "readyz"): Promise<void> {
      const deadline = performance.now() + START_DEADLINE_MS;
      while (!(await look(url, probe))?.ok) {
        if (performance.now() > deadline || child.exitCode !== null)
          throw new Error(`gateway ${index} did not start:\n${readFileSync(toLogFile(), "utf8").slice(-LOG_SHOWN)}`);
        await Bun.sleep(LOOK_MS);
      }
    }

    function spawn(): Bun.Subprocess {
      starts++;
      const file = toLogFile();
      const log = Bun.file(file);
      const spawned = Bun.spawn([options.binary, "serve", "--config", join(folder, "gateway.config.ts")], {
        cwd: folder,
        env: {},
        stdin: "ignore",
        stdout: log,
        stderr: log,
        onExit(_, code, signal) {
          if (state !== "killed" && code !== 0)
            crashes.push(`gateway ${index} ended with ${code ?? signal}, see ${file}`);
        },
      });
      children.adopt(spawned);
      return spawned;
    }

    return {
      index,
      port,
      url,
      lines: createLines(port),
      state: () => state,
      down,
      alone: createSpans(),
      healthyAt: performance.now(),
      async kill() {
        state = "killed";
        down.begin();
        child.kill("SIGKILL");
        await child.exited;
      },
      async restart({ empty } = { empty: false }) {
        if (empty) emptyState(folder);
        child = spawn();
        await answers("readyz");
        state = "up";
        down.end();
      },
      pause() {
        state = "stopped";
        down.begin();
        child.kill("SIGSTOP");
      },
      resume() {
        child.kill("SIGCONT");
        state = "up";
        down.end();
      },
      ask: (method, params = {}) => ask(url, method, params),
    };
  }

  async function probe(gateway: (typeof all)[number]): Promise<void> {
    const askedAt = performance.now();
    const wasRedisUp = isRedisUp;
    const body = await look(gateway.url, "readyz")
      .then((response) => response?.text())
      .catch(() => undefined);
    if (body === undefined) return;
    if (isDegraded(body)) gateway.alone.begin(gateway.healthyAt);
    else if (wasRedisUp && isRedisUp) {
      gateway.alone.end();
      gateway.healthyAt = askedAt;
    }
  }

  return {
    all,
    setRedis(isUp) {
      isRedisUp = isUp;
      if (!isUp && redisUrl !== undefined) for (const { alone } of all) alone.begin();
    },
    logs: () =>
      new Map(
        all.flatMap(({ index }) => {
          const folder = toFolder(children, index);
          const files = readdirSync(folder).filter((name) => name.endsWith(".log"));
          return files.map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
        }),
      ),
    crashes,
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const each of all) {
        if (each.state() === "stopped") each.resume();
        each.lines[Symbol.dispose]();
      }
    },
  };
}

/** Says whether the body of `/readyz` tells that the gateway goes on by itself. */
export function isDegraded(body: string): boolean {
  return /degraded/i.test(body) && !/"degraded":\s*false/i.test(body);
}

function toFolder(children: Children, index: number): string {
  return join(children.folder, `gateway-${index}`);
}

function createFolder(options: GatewayGroupOptions, index: number, port: number): string {
  const { children, parties, redisUrl, onOutage = "degrade", reservationSec } = options;
  const folder = toFolder(children, index);
  const redis = typeof redisUrl === "function" ? redisUrl(index) : redisUrl;
  const config = {
    logFormat: "json",
    http: { hostname: "127.0.0.1", port },
    customersFile: "customers.json",
    internal: { users: USERS },
    masterKey: MASTER_KEY_TEXT,
    sfuConfig: { updateInterval: 1 },
    reservationTimeout: reservationSec,
    stateDir: "state",
    ...(redis !== undefined && { state: { redis, onOutage } }),
  };
  emptyState(folder);
  writeFileSync(join(folder, "customers.json"), JSON.stringify(parties.map(({ entry }) => entry)));
  writeFileSync(join(folder, "gateway.config.ts"), `export default ${JSON.stringify(config, null, 2)};\n`);
  return folder;
}

function emptyState(folder: string): void {
  rmSync(join(folder, "state"), { recursive: true, force: true });
  mkdirSync(join(folder, "state"), { recursive: true, mode: 0o700 });
}

/** Asks a probe; nothing if there is no answer. */
async function look(url: string, probe: "livez" | "readyz"): Promise<Response | undefined> {
  try {
    return await fetch(`${url}/${probe}`, { keepalive: false, signal: AbortSignal.timeout(PROBE_DEADLINE_MS) });
  } catch {
    return undefined;
  }
}

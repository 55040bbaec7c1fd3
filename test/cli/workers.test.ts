import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { superviseWorkers, toWorkerMetrics } from "../../src/cli/workers.ts";
import { findFreePort } from "../../src/http/server.ts";
import { createLogger } from "../../src/log.ts";
import type { ServiceNotifier } from "../../src/systemd/notify.ts";
import { read } from "../config/fixture.ts";
import type { Json } from "../json.ts";
import { expectNoSecrets } from "../secrets.ts";
import { listenForDatagrams } from "../systemd/datagram-listener.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { createFakeWorkers, settle } from "./fake-workers.ts";
import { run } from "./run.ts";
import { isRunning, startWorkers, workersConfig } from "./worker-gateway.ts";

/** A request on a connection of its own, so that any worker may get it. */
const ask = (url: string) => fetch(`${url}livez`, { headers: { connection: "close" }, keepalive: false });

/** Waits until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(10);
}

describe("workers", () => {
  test("serve on one port, each with a state, metrics and a number in the log; SIGTERM ends all", async () => {
    await using gateway = startWorkers(workersConfig("metrics: { port: 0 }"));
    await gateway.waitFor(/all workers serve/);
    const lines: Json[] = gateway
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const listening = lines.filter(({ msg }) => msg === "listening");
    expect(listening.map(({ worker }) => worker).sort()).toEqual([0, 1]);
    expect(new Set(listening.map(({ url }) => url)).size).toBe(1);
    const metrics = lines.filter(({ msg }) => msg === "metrics are served");
    for (const { url } of metrics) expect(await (await fetch(url)).text()).toContain("odin_gateway_");
    expect(new Set(metrics.map(({ url }) => url)).size).toBe(2);
    const pids = [0, 1].map(gateway.worker);
    expect(pids.every(isRunning) && !pids.includes(gateway.pid)).toBe(true);
    expect((await ask(gateway.url())).status).toBe(200);

    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(gateway.log().match(/"ended"/g)).toHaveLength(3);
    expectNoSecrets(gateway.log());
    expect(gateway.log()).not.toContain("redis-password");
  }, 20_000);

  test("that are killed come back while the others answer, with what counted when the supervisor started", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const killed = gateway.worker(1);
    writeFileSync(gateway.folder.file("gateway.config.ts"), workersConfig('stateDir: "elsewhere",'));
    await gateway.waitFor(/"needsRestart":\["stateDir"\]/, 2);
    let failed = 0;
    let isOver = false;
    const client = (async () => {
      while (!isOver)
        await ask(gateway.url()).then(
          ({ ok }) => ok || failed++,
          () => failed++,
        );
    })();
    process.kill(killed, "SIGKILL");
    await gateway.waitFor(/"worker":1,"exitCode":137,"delayMs":100/);
    const failedAtOnce = failed;
    await gateway.waitFor(/"listening"/, 3);
    isOver = true;
    await client;
    // What the killed one had in its hands is lost; nobody is sent to it after that.
    expect(failedAtOnce).toBeLessThanOrEqual(1);
    expect(failed).toBe(failedAtOnce);
    expect(gateway.worker(1)).not.toBe(killed);
    expect(new Set(gateway.log().match(/"url":"[^"]+"/g)).size).toBe(1);
    gateway.kill("SIGINT");
    expect(await gateway.exited).toBe(0);
  }, 20_000);

  test("all reload at SIGHUP, also to another port, which they share again", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    gateway.kill("SIGHUP");
    for (const worker of [0, 1])
      await gateway.waitFor(new RegExp(`"worker":${worker},"trigger":"SIGHUP".*"result":"unchanged"`));
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { port = 0 } = taken;
    const moveTo = (port: number) =>
      gateway.folder.write("gateway.config.ts", workersConfig(`http: { hostname: "127.0.0.1", port: ${port} },`));
    moveTo(port);
    await gateway.waitFor(/"msg":"the config could not be reloaded/, 2);
    const first = gateway.url();
    expect((await ask(first)).status).toBe(200);
    await taken.stop(true);
    gateway.kill("SIGHUP");
    await gateway.waitFor(new RegExp(`"url":"http://127.0.0.1:${port}/"`), 2);
    moveTo(0);
    await gateway.waitFor(new RegExp(`"url":"${first}"`), 4);
    expect((await ask(first)).status).toBe(200);
  }, 20_000);

  test("are renewed one after the other by SIGUSR2, and no request is lost", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const old = [0, 1].map(gateway.worker);
    const failures: unknown[] = [];
    let isOver = false;
    const client = (async () => {
      while (!isOver) {
        // A client that was about to connect to a listener that closes has to try once more.
        const answer = await ask(gateway.url()).catch(() => ask(gateway.url()));
        if (!answer.ok) failures.push(answer.status);
      }
    })();
    gateway.kill("SIGUSR2");
    gateway.kill("SIGUSR2");
    await gateway.waitFor(/the renewal of the workers is over/);
    await until(() => !old.some(isRunning));
    isOver = true;
    await client;
    expect(failures).toEqual([]);
    const renewed = [0, 1].map(gateway.worker);
    expect(renewed.every(isRunning) && !renewed.some((pid) => old.includes(pid))).toBe(true);
    expect(gateway.log()).not.toContain("started again");
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(0);
    expect(renewed.filter(isRunning)).toEqual([]);
  }, 30_000);

  test("go on where new ones cannot start", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const old = [0, 1].map(gateway.worker);
    gateway.folder.write("gateway.config.ts", workersConfig("nonsense: 1,"));
    // One by itself renews nothing.
    process.kill(gateway.worker(1), "SIGUSR2");
    gateway.kill("SIGUSR2");
    await gateway.waitFor(/"worker":0,"exitCode":78,"msg":"a new worker ended before it had taken over/);
    expect([0, 1].map(gateway.worker)).toEqual(old);
    expect(gateway.log()).not.toContain("asked to have a new process take over");
    expect((await ask(gateway.url())).status).toBe(200);
  }, 20_000);

  test("end when their supervisor is killed while they start", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/starting workers/);
    gateway.kill("SIGKILL");
    await gateway.exited;
    expect(gateway.log()).not.toContain("all workers serve");
  }, 20_000);

  test("end when their supervisor is killed, and leave nobody behind", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const pids = [0, 1].map(gateway.worker);
    gateway.kill("SIGKILL");
    await until(() => !pids.some(isRunning));
    await gateway.exited;
    expect(gateway.log().match(/"ended"/g)).toHaveLength(2);
  }, 20_000);

  test("that are still busy, or hung, end at once when the supervisor is asked a second time", async () => {
    await using gateway = startWorkers(workersConfig("drainDelay: 60,"));
    await gateway.waitFor(/all workers serve/);
    const pids = [0, 1].map(gateway.worker);
    process.kill(gateway.worker(1), "SIGSTOP");
    gateway.kill("SIGTERM");
    await gateway.waitFor(/"worker":0,"msg":"asked to end/);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(143);
    await until(() => !pids.some(isRunning));
  }, 20_000);

  test("are one service for systemd: ready when all serve, reloading until all have, with one status", async () => {
    const socket = `@odin-gateway-workers-${process.pid}`;
    using systemd = listenForDatagrams(socket);
    await using gateway = startWorkers(workersConfig(), { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "200000" } });
    const ready = await systemd.waitFor(/^READY=1/);
    expect(gateway.log().match(/"listening"/g)).toHaveLength(2);
    expect(ready).toContain(`STATUS=2 of 2 workers serve: listening on ${gateway.url()}`);
    await systemd.waitFor(/^WATCHDOG=1$/);
    gateway.kill("SIGHUP");
    await systemd.waitFor(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    await systemd.waitFor(/^READY=1\nSTATUS=2 of 2/);
    expect(gateway.log().match(/"trigger":"SIGHUP"/g)).toHaveLength(2);
    process.kill(gateway.worker(0), "SIGKILL");
    await systemd.waitFor(/^STATUS=1 of 2 workers serve: /);
    await systemd.waitFor(/^STATUS=2 of 2 workers serve: /);
    gateway.kill("SIGTERM");
    await systemd.waitFor(/^STOPPING=1\nEXTEND_TIMEOUT_USEC=45000000$/);
    expect(await gateway.exited).toBe(0);
  }, 20_000);
});

/** Listens on a port before which there is one that is free. */
function takePortAfterFreeOne() {
  for (;;) {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    try {
      findFreePort("127.0.0.1", (server.port ?? 0) - 1);
      return server;
    } catch {
      void server.stop(true);
    }
  }
}

describe("workers that cannot start", () => {
  test.each([
    ["a bad config", "nonsense: 1,", 78, "nonsense: is not a setting"],
    ["no shared state", "state: undefined,", 78, "workers: must be 1 without state.redis"],
  ])("for %s say so once, as a single process does", async (_, more, exitCode, message) => {
    using folder = createTempFolder({ "gateway.config.ts": workersConfig(more) });
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err.split(message).length]).toEqual([exitCode, 2]);
  });

  test("for a port that is taken say so once, with exit code 69, and so for one of the metrics", async () => {
    using taken = takePortAfterFreeOne();
    using folder = createTempFolder({ "gateway.config.ts": workersConfig() });
    const { code, err } = await run(["serve", "--port", String(taken.port)], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
    await using gateway = startWorkers(workersConfig(`metrics: { port: ${(taken.port ?? 1) - 1} },`));
    expect(await gateway.exited).toBe(69);
    expect(gateway.log().split(`odin-gateway: cannot listen on 127.0.0.1:${taken.port}`)).toHaveLength(2);
  }, 20_000);

  test("for a state folder that another gateway has say whose it is, and --takeover is not for them", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const { path } = gateway.folder;
    const folder = gateway.folder.file(".odin-gateway");
    const { code, err } = await run(["serve"], { cwd: path });
    expect([code, err]).toEqual([
      75,
      `odin-gateway: another gateway, process ${gateway.pid}, uses the state folder ${folder}\n`,
    ]);
    expect(await run(["serve", "--takeover"], { cwd: path })).toMatchObject({
      code: 64,
      err: expect.stringContaining("send SIGUSR2 to the process that supervises them"),
    });
  }, 20_000);
});

describe("the process that supervises", () => {
  function supervise(more: object = {}) {
    const folder = createTempFolder();
    const stop = new AbortController();
    const told: unknown[] = [];
    const tell =
      (name: string) =>
      (...args: unknown[]) =>
        void told.push([name, ...args]);
    const notifier: ServiceNotifier = {
      ready: tell("ready"),
      reloading: tell("reloading"),
      stopping: tell("stopping"),
      status: tell("status"),
      mainPid: tell("mainPid"),
      [Symbol.dispose]() {},
    };
    const signals = { hangUp: () => {}, upgrade: () => {} };
    const nothing = { [Symbol.dispose]() {} };
    const { spawn, all } = createFakeWorkers(0);
    const exitCode = superviseWorkers({
      config: read({
        http: { hostname: "127.0.0.1", port: 0 },
        stateDir: folder.path,
        masterKey: MASTER_KEY_TEXT,
        state: { redis: "redis://a" },
        workers: 2,
        ...more,
      }),
      io: {
        out() {},
        err() {},
        env: {},
        cwd: "/",
        isTerminal: false,
        columns: () => undefined,
        stopped: stop.signal,
        onHangup(reload) {
          signals.hangUp = reload;
          return nothing;
        },
        onStrayError() {},
        onUpgrade(upgrade) {
          signals.upgrade = upgrade;
          return nothing;
        },
        finish() {},
      },
      log: createLogger({ level: "INFO", format: "json", write() {} }),
      notifier,
      spawn,
    });
    return { exitCode, all, told, signals, stop: () => stop.abort(), [Symbol.dispose]: folder[Symbol.dispose] };
  }

  test("gives all the same port and settings, and tells the service manager of them as of one", async () => {
    using world = supervise({ metrics: { port: 9100 } });
    const { all, told, signals } = world;
    const { port, stateDir, ...given } = all[0]?.assignment ?? {};
    expect(port).toBeGreaterThan(0);
    expect(given).toMatchObject({ index: 0, takesOver: false, workers: 2, metrics: { port: 9100 } });
    expect(all[1]?.assignment).toMatchObject({ index: 1, port, stateDir, state: { redis: "redis://a" } });
    for (const { say } of all) say({ type: "ready", status: "listening" });
    await settle();
    signals.hangUp();
    for (const { say } of all) say({ type: "ready", status: "listening" });
    signals.upgrade();
    signals.upgrade();
    expect(all).toHaveLength(3);
    all[2]?.exit(1);
    await settle();
    all[0]?.say({ type: "stopping", ms: 1 });
    const status = "2 of 2 workers serve: listening";
    expect(told).toEqual([["ready", status], ["reloading"], ["status", status], ["ready", status]]);
    world.stop();
    all[0]?.say({ type: "stopping", ms: 70_000 });
    expect(await world.exitCode).toBe(0);
    expect(told.slice(-2)).toEqual([
      ["stopping", 70_000],
      ["stopping", 30_000],
    ]);
  });

  test("ends as the worker does that cannot start, and with 75 where that ended with 0", async () => {
    for (const [code, expected] of [
      [69, 69],
      [0, 75],
    ] as const) {
      using world = supervise();
      world.all[0]?.exit(code);
      expect(await world.exitCode).toBe(expected);
      expect([world.all[1]?.asked, world.told]).toEqual([["stop"], []]);
    }
  });

  test("ends with 0 when it is asked to before all serve", async () => {
    using world = supervise();
    world.all[0]?.say({ type: "ready" });
    world.stop();
    expect(await world.exitCode).toBe(0);
    expect(world.told).toEqual([]);
  });
});

test("metrics of the workers are on ports next to each other, or on any", () => {
  expect(toWorkerMetrics(undefined, 1)).toBeUndefined();
  expect(toWorkerMetrics({ hostname: "::", port: 9100 }, 2)).toEqual({ hostname: "::", port: 9102 });
  expect(toWorkerMetrics({ hostname: "::", port: 0 }, 2)).toEqual({ hostname: "::", port: 0 });
});

import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Json } from "../json.ts";
import { expectNoSecrets } from "../secrets.ts";
import { listenForDatagrams } from "../systemd/datagram-listener.ts";
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
    const failed = { before: 0, after: 0 };
    let isDead = false;
    let isOver = false;
    const client = (async () => {
      while (!isOver) {
        const asked = isDead ? "after" : "before";
        await ask(gateway.url()).then(
          ({ ok }) => ok || failed[asked]++,
          () => failed[asked]++,
        );
      }
    })();
    process.kill(killed, "SIGKILL");
    await gateway.waitFor(/"worker":1,"exitCode":137,"delayMs":100/);
    isDead = true;
    await gateway.waitFor(/"listening"/, 3);
    isOver = true;
    await client;
    // What the killed one had in its hands is lost, and who connects while its sockets are closed; nobody is sent to it after that.
    expect(failed.before).toBeLessThanOrEqual(2);
    expect(failed.after).toBe(0);
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
    await gateway.waitFor(/"listening"/, 2);
    expect(gateway.log().match(/"listening"/g)).toHaveLength(2);
    expect(ready).toContain(`STATUS=2 of 2 workers serve: listening on ${gateway.url()}`);
    await systemd.waitFor(/^WATCHDOG=1$/);
    gateway.kill("SIGHUP");
    await systemd.waitFor(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    await systemd.waitFor(/^READY=1\nSTATUS=2 of 2/);
    await gateway.waitFor(/"trigger":"SIGHUP"/, 2);
    expect(gateway.log().match(/"trigger":"SIGHUP"/g)).toHaveLength(2);
    process.kill(gateway.worker(0), "SIGKILL");
    await systemd.waitFor(/^STATUS=1 of 2 workers serve: /);
    await systemd.waitFor(/^STATUS=2 of 2 workers serve: /);
    gateway.kill("SIGTERM");
    await systemd.waitFor(/^STOPPING=1\nEXTEND_TIMEOUT_USEC=45000000$/);
    expect(await gateway.exited).toBe(0);
  }, 20_000);
});

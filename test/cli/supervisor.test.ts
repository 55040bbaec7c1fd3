import { describe, expect, test } from "bun:test";
import { createSupervisor, type StartWorker } from "../../src/cli/supervisor.ts";
import { createLogger } from "../../src/log.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import type { Json } from "../json.ts";
import { createFakeWorkers, settle } from "./fake-workers.ts";

function createWorld(
  count: number,
  { startWorker, stopCode }: { startWorker?: StartWorker; stopCode?: number | undefined } = { stopCode: 0 },
) {
  const clock = createVirtualClock();
  const lines: Json[] = [];
  const { spawn, all } = createFakeWorkers(stopCode);
  let changes = 0;
  const supervisor = createSupervisor({
    count,
    startWorker:
      startWorker ??
      ((index, takesOver, onMessage) =>
        spawn(
          { index, takesOver, port: 1, stateDir: "/s", state: undefined, metrics: undefined, workers: count },
          onMessage,
        )),
    onChange: () => void changes++,
    clock,
    log: createLogger({ level: "INFO", format: "json", write: (line) => lines.push(JSON.parse(line)) }),
  });
  const pass = async (ms: number) => {
    await clock.sleep(ms);
    await settle();
  };
  return { supervisor, all, lines, pass, changes: () => changes };
}

/** A world whose workers serve. */
async function createServing(count: number, options?: Parameters<typeof createWorld>[1]) {
  const world = createWorld(count, options);
  const started = world.supervisor.start();
  for (const worker of world.all) worker.say({ type: "ready", status: "listening on X" });
  expect(await started).toBeUndefined();
  return world;
}

describe("a supervisor", () => {
  test("starts all at once, and has started when all serve", async () => {
    const { supervisor, all } = createWorld(3);
    const started = supervisor.start();
    expect(all.map(({ assignment }) => [assignment.index, assignment.takesOver])).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ]);
    all[0]?.say({ type: "ready" });
    all[2]?.say({ type: "ready" });
    all[2]?.say({ type: "ready" });
    expect(await Promise.race([started, settle().then(() => "waits")])).toBe("waits");
    all[1]?.say({ type: "ready" });
    expect(await started).toBeUndefined();
  });

  test("gives the exit code of a worker that ends before it serves, and starts no other", async () => {
    const { supervisor, all, pass } = createWorld(2);
    const started = supervisor.start();
    all[0]?.say({ type: "ready" });
    all[1]?.exit(69);
    expect(await started).toBe(69);
    all[0]?.exit(1);
    await pass(60_000);
    expect(all).toHaveLength(2);
  });

  test("starts a worker again that ends, later each time until it has served for a while", async () => {
    const { supervisor, all, lines, pass } = await createServing(2);
    all[1]?.exit(137);
    await settle();
    expect(supervisor.status()).toBe("1 of 2 workers serve: listening on X");
    expect(lines).toMatchObject([
      { severity: "ERROR", msg: "a worker ended, and is started again", worker: 1, exitCode: 137, delayMs: 100 },
    ]);
    await pass(99);
    expect(all).toHaveLength(2);
    for (const delayMs of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      expect(lines.at(-1)).toMatchObject({ delayMs });
      all[0]?.say({ type: "alive" });
      await pass(delayMs);
      all.at(-1)?.exit(78);
      await settle();
    }
    await pass(10_000);
    all.at(-1)?.say({ type: "ready", status: "listening on X" });
    expect(supervisor.status()).toBe("2 of 2 workers serve: listening on X");
    await pass(10_000);
    all.at(-1)?.exit(1);
    await settle();
    expect(lines.at(-1)).toMatchObject({ worker: 1, delayMs: 100 });
    expect(all.slice(2).every(({ assignment }) => assignment.index === 1 && !assignment.takesOver)).toBe(true);
  });

  test("tries again where the system lets no worker start", async () => {
    const { spawn, all } = createFakeWorkers();
    let isPossible = true;
    const { supervisor, lines, pass } = createWorld(1, {
      startWorker(index, takesOver, onMessage) {
        if (!isPossible) throw new Error("EAGAIN");
        const rest = { port: 1, stateDir: "/s", state: undefined, metrics: undefined, workers: 1 };
        return spawn({ index, takesOver, ...rest }, onMessage);
      },
    });
    void supervisor.start();
    all[0]?.say({ type: "ready" });
    isPossible = false;
    await settle();
    await supervisor.renew();
    expect(lines.at(-1)).toMatchObject({ msg: "a new worker cannot be started, the others go on", worker: 0 });
    all[0]?.exit(137);
    await settle();
    await pass(100);
    expect(lines.slice(-2)).toMatchObject([{ msg: "a worker cannot be started", worker: 0 }, { delayMs: 200 }]);
    isPossible = true;
    await pass(200);
    expect(all).toHaveLength(2);
  });

  test("kills a worker that says nothing for half a minute, and none that does or that starts", async () => {
    const { all, pass, lines } = await createServing(2);
    for (let i = 0; i < 7; i++) {
      all[0]?.say({ type: "alive" });
      await pass(5_000);
    }
    expect([all[0]?.asked, all[1]?.asked]).toEqual([[], ["SIGKILL"]]);
    expect(lines).toMatchObject([
      { msg: "a worker is hung, and is killed", worker: 1, pid: 1002 },
      { msg: "a worker ended, and is started again", worker: 1, exitCode: 137 },
    ]);
    await pass(100);
    for (let i = 0; i < 20; i++) {
      all[0]?.say({ type: "alive" });
      await pass(5_000);
    }
    expect(all[2]?.asked).toEqual([]);
  });

  test("has those that serve reload, and knows when the last one has", async () => {
    const { supervisor, all, pass, changes } = await createServing(2);
    const before = changes();
    supervisor.reload();
    expect(changes()).toBeGreaterThan(before);
    expect(all.map(({ asked }) => asked)).toEqual([["SIGHUP"], ["SIGHUP"]]);
    all[0]?.say({ type: "reloading" });
    all[0]?.say({ type: "ready", status: "listening on X, but the reload failed" });
    all[0]?.say({ type: "alive" });
    expect(supervisor.isReloading()).toBe(true);
    all[1]?.exit(1);
    await settle();
    expect(supervisor.isReloading()).toBe(false);
    await pass(100);
    supervisor.reload();
    expect(all[2]?.asked).toEqual([]);
    all[2]?.say({ type: "ready", status: "listening on X" });
    expect(supervisor.status()).toBe(
      "2 of 2 workers serve: worker 0 listening on X, but the reload failed; worker 1 listening on X",
    );
  });

  test("renews one after the other, each when the one before serves", async () => {
    const { supervisor, all, lines, pass } = await createServing(2);
    const renewed = supervisor.renew();
    expect(all.slice(2).map(({ assignment }) => assignment)).toMatchObject([{ index: 0, takesOver: true }]);
    // The old one may be known to have ended before the new one is known to serve.
    all[0]?.exit(0);
    await settle();
    all[2]?.say({ type: "ready" });
    await settle();
    expect(all.slice(3).map(({ assignment }) => assignment)).toMatchObject([{ index: 1, takesOver: true }]);
    all[3]?.say({ type: "ready" });
    await renewed;
    all[1]?.exit(0);
    await pass(1_000);
    expect([all.length, lines]).toEqual([4, []]);
    expect(supervisor.status()).toStartWith("2 of 2");
  });

  test("goes on with the old ones where a new one does not come to serve", async () => {
    const { supervisor, all, lines, pass } = await createServing(2);
    const renewed = supervisor.renew();
    all[2]?.exit(78);
    await renewed;
    await pass(5_000);
    expect(lines).toMatchObject([{ msg: expect.stringContaining("the others go on"), worker: 0, exitCode: 78 }]);
    expect([all.length, supervisor.status()]).toEqual([3, "2 of 2 workers serve: listening on X"]);
    const again = supervisor.renew();
    all[0]?.exit(75);
    await settle();
    all[3]?.exit(75);
    await again;
    await pass(100);
    expect(all.slice(4).map(({ assignment }) => assignment)).toMatchObject([{ index: 0, takesOver: false }]);
  });

  test("renews none that has only just started", async () => {
    const { supervisor, all, pass } = await createServing(1);
    all[0]?.exit(1);
    await settle();
    await pass(100);
    await supervisor.renew();
    expect(all).toHaveLength(2);
  });

  test.each([0, 143])("has all end when it is to, and gives their exit code: %d", async (stopCode) => {
    const { supervisor, all, pass } = await createServing(3, { stopCode });
    all[2]?.exit(1);
    await settle();
    void supervisor.renew();
    expect(await supervisor.stop()).toBe(stopCode);
    expect(all.map(({ asked }) => asked)).toEqual([["stop"], ["stop"], [], ["stop"]]);
    await pass(60_000);
    expect(all).toHaveLength(4);
  });

  test("kills one that is hung when it is to end", async () => {
    const { supervisor, all, pass } = await createServing(2, { stopCode: undefined });
    const stopped = supervisor.stop();
    all[0]?.exit(0);
    for (let i = 0; i < 7; i++) await pass(5_000);
    expect(await stopped).toBe(137);
    expect(all.map(({ asked }) => asked)).toEqual([["stop"], ["stop", "SIGKILL"]]);
  });

  test("can end all at once", async () => {
    const { supervisor, all } = await createServing(2);
    supervisor.kill();
    expect(all.map(({ asked }) => asked)).toEqual([["SIGKILL"], ["SIGKILL"]]);
  });
});

import { describe, expect, test } from "bun:test";
import { superviseWorkers, toWorkerMetrics } from "../../src/cli/workers.ts";
import { createLogger } from "../../src/log.ts";
import type { ServiceNotifier } from "../../src/systemd/notify.ts";
import { read } from "../config/fixture.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { createFakeWorkers, settle } from "./fake-workers.ts";
import { createSilentIo } from "./silent-io.ts";

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
      io: createSilentIo({
        stopped: stop.signal,
        onHangup(reload) {
          signals.hangUp = reload;
          return nothing;
        },
        onUpgrade(upgrade) {
          signals.upgrade = upgrade;
          return nothing;
        },
      }),
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

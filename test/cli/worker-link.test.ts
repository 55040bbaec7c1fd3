import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { Io } from "../../src/cli/io.ts";
import { joinSupervisor, toWorkerConfig } from "../../src/cli/worker-link.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { read } from "../config/fixture.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { createSilentIo } from "./silent-io.ts";

const assignment = {
  index: 1,
  port: 7000,
  takesOver: false,
  stateDir: "/state",
  state: undefined,
  metrics: { hostname: "127.0.0.1", port: 9100 },
  workers: 2,
};

/** The channel of a process that a supervisor started, or did not. */
function createChannel(isConnected = true) {
  const emitter = new EventEmitter();
  const sent: unknown[] = [];
  const exits: number[] = [];
  let connected = isConnected;
  return {
    on: (event: string, listener: (message: unknown) => void) => emitter.on(event, listener),
    off: (event: string, listener: (message: unknown) => void) => emitter.off(event, listener),
    get connected() {
      return connected;
    },
    send: (message: unknown) => sent.push(message),
    disconnect() {
      connected = false;
      emitter.emit("disconnect");
    },
    exit: (code: number) => void exits.push(code),
    tell: (message: unknown) => emitter.emit("message", message),
    sent,
    exits,
  };
}

function createIo(env: Io["env"] = { ODIN_GATEWAY_WORKER: "1" }, clock: Clock = systemClock) {
  const asked = new AbortController();
  const io = createSilentIo({ env, clock, stopped: asked.signal });
  return { io, ask: () => asked.abort() };
}

async function join() {
  const channel = createChannel();
  const clock = createVirtualClock();
  const { io, ask } = createIo(undefined, clock);
  const joined = joinSupervisor(io, channel);
  channel.tell({ type: "assignment", ...assignment });
  const link = await joined;
  if (!link) throw new Error("it is no worker");
  return { link, channel, clock, ask };
}

describe("a worker", () => {
  test("is a process that a supervisor started, and no other that has a channel", async () => {
    expect(await joinSupervisor(createIo({}).io, createChannel())).toBeUndefined();
  });

  test("whose supervisor is gone before it was told what to do does not start", async () => {
    const { io } = createIo();
    await expect(joinSupervisor(io, createChannel(false))).rejects.toThrow("there is no supervisor");
    const channel = createChannel();
    const joined = joinSupervisor(io, channel);
    channel.disconnect();
    await expect(joined).rejects.toThrow("there is no supervisor");
  });

  test("is told what it is to do, whatever else it is told", async () => {
    const channel = createChannel();
    const joined = joinSupervisor(createIo().io, channel);
    for (const message of [null, "assignment", { type: "news" }]) channel.tell(message);
    channel.tell({ type: "assignment", ...assignment });
    using link = await joined;
    expect(link?.assignment).toMatchObject(assignment);
  });

  test("tells its supervisor what others tell the service manager, and that it is alive", async () => {
    const { link, channel, clock } = await join();
    link.notifier.ready("listening");
    link.notifier.reloading();
    link.notifier.status("s");
    link.notifier.mainPid(1);
    link.notifier.stopping(5);
    await clock.sleep(5_000);
    expect(channel.sent).toEqual([
      { type: "ready", status: "listening" },
      { type: "reloading" },
      { type: "status", status: "s" },
      { type: "stopping", ms: 5 },
      { type: "alive" },
    ]);
    link[Symbol.dispose]();
    link.notifier.ready();
    await clock.sleep(60_000);
    expect([channel.sent.length, channel.exits]).toEqual([5, []]);
  });

  test("ends when it is told to, however often", async () => {
    const { link, channel } = await join();
    expect(link.stopped.aborted).toBe(false);
    channel.tell({ type: "stop" });
    channel.tell({ type: "stop" });
    expect([link.stopped.aborted, channel.exits]).toEqual([true, []]);
  });

  test("ends when its supervisor is gone, and at once if it was to end already", async () => {
    const { link, channel } = await join();
    channel.disconnect();
    expect([link.stopped.aborted, channel.exits]).toEqual([true, []]);
    const told = await join();
    told.channel.tell({ type: "stop" });
    told.channel.disconnect();
    const asked = await join();
    asked.ask();
    asked.channel.disconnect();
    expect([told.channel.exits, asked.channel.exits]).toEqual([[143], [143]]);
  });

  test("starts with what its supervisor started with, whatever was written since", () => {
    const written = read({ stateDir: "new", metrics: { port: 1 }, logLevel: "ERROR", masterKey: MASTER_KEY_TEXT });
    expect(toWorkerConfig(written, assignment)).toMatchObject({
      stateDir: "/state",
      metrics: { port: 9100 },
      workers: 2,
      logLevel: "ERROR",
    });
    const state = { redis: "redis://a", ca: undefined, keyPrefix: "p", onOutage: "refuse" as const };
    const shared = toWorkerConfig(written, { ...assignment, state, metrics: undefined });
    expect([shared.state, "metrics" in shared]).toEqual([state, false]);
  });
});

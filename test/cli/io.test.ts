import { describe, expect, test } from "bun:test";
import { createProcessIo, waitForStop } from "../../src/cli/io.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer } from "../world.ts";

describe("the process", () => {
  test("is asked to end by a signal, and writes where it should", () => {
    const before = { SIGINT: process.listeners("SIGINT"), SIGTERM: process.listeners("SIGTERM") };
    const io = createProcessIo();
    io.out("");
    io.err("");
    const report = () => {};
    io.onStrayError(report);
    for (const event of ["uncaughtException", "unhandledRejection"]) {
      expect(process.listeners(event)).toContain(report);
      process.off(event, report);
    }
    let hangups = 0;
    {
      using _hangup = io.onHangup(() => hangups++);
      process.emit("SIGHUP");
    }
    expect([hangups, process.listenerCount("SIGHUP")]).toEqual([1, 0]);
    let upgrades = 0;
    {
      using _upgrade = io.onUpgrade(() => upgrades++);
      process.emit("SIGUSR2");
    }
    expect([upgrades, process.listenerCount("SIGUSR2")]).toEqual([1, 0]);
    expect(io.stopped.aborted).toBe(false);
    process.emit("SIGTERM");
    expect(io.stopped.aborted).toBe(true);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      for (const listener of process.listeners(signal))
        if (!before[signal].includes(listener)) process.off(signal, listener);
    }
  });

  test("ends at once at the second signal, while a request is still in flight", async () => {
    const acme = createCustomer("acme");
    using folder = createTempFolder({
      "customers.json": JSON.stringify([{ ...acme.entry, maxPeers: null, maxRooms: null }]),
      "gateway.config.ts":
        'export default { http: { hostname: "127.0.0.1", port: 0 }, logFormat: "json", customersFile: "customers.json" };\n',
    });
    const child = Bun.spawn([process.execPath, "index.ts", "--config", folder.file("gateway.config.ts")], {
      stdout: "pipe",
    });
    const reader = child.stdout.getReader();
    let out = "";
    const waitFor = async (text: string) => {
      while (!out.includes(text)) out += new TextDecoder().decode((await reader.read()).value);
    };
    await waitFor('"listening"');
    const { port } = new URL(JSON.parse(out.trim().split("\n").at(-1) ?? "").url);
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() });
    const socket = await Bun.connect({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } });
    // A body that is announced and never sent: this request does not finish by itself.
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 5\r\n\r\n{`);
    await fetch(`http://127.0.0.1:${port}/livez`);
    child.kill("SIGTERM");
    await waitFor("asked to end");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(143);
    socket.end();
  });
});

describe("waitForStop", () => {
  test("waits for the signal, or the time", async () => {
    const stop = new AbortController();
    const clock = createVirtualClock();
    const io = { clock, stopped: stop.signal };
    const second = waitForStop(io, 1_000);
    await clock.sleep(1_000);
    await second;
    const waiting = waitForStop(io);
    stop.abort();
    await waiting;
    await waitForStop(io);
  });
});

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createLogger } from "../../src/log.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createServiceNotifier } from "../../src/systemd/notify.ts";
import { start } from "../cli/run.ts";
import { createTempFolder } from "../temp-folder.ts";
import { listenForDatagrams } from "./datagram-listener.ts";

const isLinux = process.platform === "linux";

function createNotifier(env: Record<string, string>) {
  const lines: string[] = [];
  const log = createLogger({ level: "NOTSET", format: "json", write: (line) => lines.push(line) });
  const clock = createVirtualClock();
  return { lines, clock, notifier: createServiceNotifier(env, { clock, log }) };
}

describe.skipIf(!isLinux)("the service manager", () => {
  test.each(["a path", "an abstract name"])("is told everything at %s", (kind) => {
    using folder = createTempFolder();
    const NOTIFY_SOCKET = kind === "a path" ? folder.file("notify") : `@${folder.file("notify")}`;
    using listener = listenForDatagrams(NOTIFY_SOCKET);
    const { notifier: created, lines } = createNotifier({ NOTIFY_SOCKET });
    using notifier = created;
    notifier.ready();
    notifier.ready("listening on\nhttp://x/");
    notifier.status("über");
    notifier.mainPid(4711);
    notifier.stopping(60_000);
    expect(listener.take()).toEqual([
      "READY=1",
      "READY=1\nSTATUS=listening on http://x/",
      "STATUS=über",
      "MAINPID=4711",
      "STOPPING=1\nEXTEND_TIMEOUT_USEC=75000000",
    ]);
    expect(lines).toEqual([]);
  });

  test("is told of a reload with the time on CLOCK_MONOTONIC", () => {
    using folder = createTempFolder();
    using listener = listenForDatagrams(folder.file("notify"));
    using notifier = createNotifier({ NOTIFY_SOCKET: folder.file("notify") }).notifier;
    notifier.reloading();
    const [, usec = ""] = listener.take()[0]?.match(/^RELOADING=1\nMONOTONIC_USEC=(\d+)$/) ?? [];
    // The kernel counts CLOCK_BOOTTIME here, which is the same but for times of sleep.
    const uptimeSec = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    expect(Number(usec) / 1e6).toBeGreaterThan(0);
    expect(Number(usec) / 1e6).toBeLessThan(uptimeSec + 1);
    notifier.reloading();
    expect(Number(listener.take()[0]?.split("=")[2])).toBeGreaterThanOrEqual(Number(usec));
  });

  test("hears of no reload, and of no end of one, once the process is stopping", () => {
    using folder = createTempFolder();
    using listener = listenForDatagrams(folder.file("notify"));
    using notifier = createNotifier({ NOTIFY_SOCKET: folder.file("notify") }).notifier;
    notifier.stopping(60_000);
    notifier.reloading();
    notifier.ready();
    expect(listener.take()).toEqual([expect.stringMatching(/^STOPPING=1\nEXTEND_TIMEOUT_USEC=\d+000000$/)]);
  });

  test("that is not there is told nothing", async () => {
    const { notifier, lines, clock } = createNotifier({ WATCHDOG_USEC: "1000000" });
    notifier.reloading();
    notifier.ready();
    notifier.mainPid(1);
    await clock.sleep(5_000);
    notifier.stopping(60_000);
    notifier[Symbol.dispose]();
    expect(lines).toEqual([]);
  });

  test("that does not listen is worth one warning", () => {
    using folder = createTempFolder();
    const { notifier, lines } = createNotifier({ NOTIFY_SOCKET: folder.file("nobody") });
    notifier.ready();
    notifier.stopping(60_000);
    notifier[Symbol.dispose]();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { severity: "WARNING", socket: folder.file("nobody") },
    ]);
  });

  test.each(["vsock:2:1234", "@", `/${"x".repeat(200)}`])(
    "at %p, where nothing can be sent, is worth one warning",
    (at) => {
      const { notifier, lines } = createNotifier({ NOTIFY_SOCKET: at, WATCHDOG_USEC: "1000000" });
      notifier.ready();
      notifier.reloading();
      notifier[Symbol.dispose]();
      expect(lines.map((line) => JSON.parse(line).severity)).toEqual(["WARNING"]);
    },
  );
});

describe.skipIf(!isLinux)("the watchdog", () => {
  const watch = async (env: Record<string, string>) => {
    using folder = createTempFolder();
    using listener = listenForDatagrams(folder.file("notify"));
    const { notifier, clock } = createNotifier({ NOTIFY_SOCKET: folder.file("notify"), ...env });
    await clock.sleep(10_000);
    notifier[Symbol.dispose]();
    await clock.sleep(10_000);
    return listener.take();
  };

  test("is kept quiet at half its interval, until the process is done", async () => {
    expect(await watch({ WATCHDOG_USEC: "10000000" })).toEqual(["WATCHDOG=1", "WATCHDOG=1"]);
    expect(await watch({ WATCHDOG_USEC: "10000000", WATCHDOG_PID: String(process.pid) })).toHaveLength(2);
  });

  test("that watches another process, or nobody, is left alone", async () => {
    expect(await watch({ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "1" })).toEqual([]);
    expect(await watch({ WATCHDOG_USEC: "soon" })).toEqual([]);
    expect(await watch({ WATCHDOG_USEC: "0" })).toEqual([]);
    expect(await watch({})).toEqual([]);
  });
});

describe.skipIf(!isLinux)("serve under a service manager", () => {
  test("says when it is ready, when it reloads, for better or worse, and when it ends", async () => {
    const text = (more: string) =>
      `export default { logFormat: "json", http: { hostname: "127.0.0.1", port: 0 }, ${more} };\n`;
    using folder = createTempFolder({ "gateway.config.ts": text("") });
    using listener = listenForDatagrams(folder.file("notify"));
    const gateway = start(["serve"], { cwd: folder.path, env: { NOTIFY_SOCKET: folder.file("notify") } });
    expect(await listener.waitFor(/./)).toMatch(/^READY=1\nSTATUS=listening on http:\/\/127\.0\.0\.1:\d+\/$/);
    gateway.hangUp();
    expect(await listener.waitFor(/./)).toStartWith("RELOADING=1\nMONOTONIC_USEC=");
    expect(await listener.waitFor(/./)).toMatch(/^READY=1\nSTATUS=listening on [^,]+$/);
    folder.write("gateway.config.ts", text("port: 5"));
    expect(await listener.waitFor(/./)).toStartWith("RELOADING=1\nMONOTONIC_USEC=");
    expect(await listener.waitFor(/./)).toMatch(/^READY=1\nSTATUS=listening on .*, but the reload at .*Z failed$/);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
    expect(listener.take()).toEqual([expect.stringMatching(/^STOPPING=1\nEXTEND_TIMEOUT_USEC=\d+000000$/)]);
  });
});

import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { RpcError } from "../../src/errors.ts";
import type { FleetEvent } from "../../src/fleet/events.ts";
import { createLogger, type Logger, type LogLevel } from "../../src/log.ts";
import { logFleetEvent } from "../../src/observe/log-fleet-event.ts";
import { createRefusalLog } from "../../src/observe/log-refusal.ts";

function collect(format: "json" | "pretty", level: LogLevel = "NOTSET") {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format, write: (line) => lines.push(line) }) };
}

describe("JSON lines", () => {
  test("have ts, severity and msg, as log shippers expect", () => {
    const { lines, log } = collect("json");
    log.warning("careful", { port: 7000 });
    log.error("broken", { error: new Error("why") });
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toEqual({
      severity: "WARNING",
      ts: expect.stringMatching(/^\d{4}-.*Z$/),
      port: 7000,
      msg: "careful",
    });
    expect(second).toMatchObject({
      severity: "ERROR",
      error: { message: "why", stack: expect.stringContaining("log.test.ts") },
    });
    expect(lines.every((line) => line.endsWith("\n"))).toBe(true);
  });

  test("have the fields of their logger, too", () => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const log = createLogger({ level: "INFO", format: "json", write, fields: { worker: 1 } });
    log.info("a", { port: 7000 });
    log.configure({ level: "INFO", format: "pretty" });
    log.warning("b");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ severity: "INFO", worker: 1, port: 7000, msg: "a" });
    expect(lines[1]).toMatch(/WARNING {2}b worker=1\n$/);
  });

  test("below the level are not written", () => {
    const { lines, log } = collect("json", "ERROR");
    for (const level of ["debug", "info", "warning", "error", "critical"] as const) log[level]("x");
    expect(lines.map((line) => JSON.parse(line).severity)).toEqual(["ERROR", "CRITICAL"]);
  });
});

test("a log says whether debug lines are written, also when that changes", () => {
  const isEnabled = (level: "INFO" | "DEBUG" | "NOTSET") => collect("json", level).log.isDebugEnabled();
  expect([isEnabled("INFO"), isEnabled("DEBUG"), isEnabled("NOTSET")]).toEqual([false, true, true]);
  const log = createLogger({ level: "INFO", format: "json", write() {} });
  log.configure({ level: "DEBUG", format: "json" });
  expect(log.isDebugEnabled()).toBe(true);
});

describe("pretty lines", () => {
  test("are one line each, but for stacks", () => {
    const { lines, log } = collect("pretty");
    log.info("listening", { url: "http://x/" });
    log.error("broken", { error: new Error("why") });
    expect(lines[0]).toMatch(/^\S+Z INFO {5}listening url="http:\/\/x\/"\n$/);
    expect(lines[1]).toMatch(/^\S+Z ERROR {4}broken\n {2}Error: why\n/);
  });
});

/** A log that wants no debug lines, and fails if it gets one. */
const deaf: Logger = {
  ...createLogger({ level: "INFO", format: "json", write() {} }),
  debug(msg) {
    throw new Error(`nobody wants to know: ${msg}`);
  },
};

describe("fleet events", () => {
  const server = { pool: "default", endpoint: "sfu1:4433" };
  const room = { pool: "default", namespace: "acme", room: "lobby", customer: "acme" };
  const events: [FleetEvent, string][] = [
    [{ type: "server.registered", server, keys: ["k"] }, "INFO"],
    [{ type: "server.silent", server }, "WARNING"],
    [{ type: "server.added", server, keys: undefined }, "INFO"],
    [{ type: "server.keyless", server }, "ERROR"],
    [{ type: "server.enabled", server }, "INFO"],
    [{ type: "server.disabled", server, silentMs: 7_500 }, "WARNING"],
    [{ type: "server.removed", server, reason: "silence", undeliveredTasks: 2 }, "WARNING"],
    [{ type: "rooms.moved", pool: "default", from: "a", to: "b", groups: 3 }, "INFO"],
    [{ type: "rooms.refused", server, boundTo: "b", rooms: 1 }, "WARNING"],
    [{ type: "bans.unsent", server, room: "lobby", bans: 3 }, "WARNING"],
    [{ type: "fleet.stalled", gapMs: 3_000 }, "WARNING"],
    [{ type: "server.draining", server: { pool: "default", endpoint: "s1" }, deadline: 5, isEmpty: true }, "INFO"],
    [{ type: "server.emptied", server }, "INFO"],
    [{ type: "server.undrained", server: { pool: "default", endpoint: "s1" } }, "INFO"],
    [{ type: "room.opened", room, server: "sfu1:4433" }, "DEBUG"],
    [{ type: "room.closed", room, server: "sfu1:4433" }, "DEBUG"],
    [{ type: "room.moved", room, from: "sfu1:4433", to: "sfu2:4433" }, "DEBUG"],
    [{ type: "task.queued", server }, "DEBUG"],
    [{ type: "tasks.sent", server, first: 1, again: 0, delivered: 0, unconfirmed: 0 }, "DEBUG"],
    [{ type: "ban.added", customer: "acme", namespace: "acme", room: "lobby", user: "u", untilMs: 1 }, "DEBUG"],
    [{ type: "ban.ended", customer: "acme", namespace: "acme", room: "lobby" }, "DEBUG"],
  ];

  test.each(events)("%p is worth one line of level %p", (event, severity) => {
    const { lines, log } = collect("json");
    logFleetEvent(log, event);
    expect(lines.map((line) => JSON.parse(line).severity)).toEqual([severity]);
  });

  test("have no fields put together for debug lines that nobody wants", () => {
    for (const [event, severity] of events) if (severity === "DEBUG") logFleetEvent(deaf, event);
    const caller = { address: "192.0.2.1", requestId: "r" };
    createRefusalLog(deaf, systemClock)(new RpcError("unauthorized"), "public", caller);
  });
});

describe("a line", () => {
  const server = { pool: "default", endpoint: "s1" };
  const lineOf = (event: FleetEvent) => {
    const { lines, log } = collect("json");
    logFleetEvent(log, event);
    return JSON.parse(lines.join(""));
  };

  test("says of a forgotten server whether it was silent, or an operator asked", () => {
    const removed = { type: "server.removed", server, undeliveredTasks: 0 } as const;
    expect(lineOf({ ...removed, reason: "silence" }).msg).toBe("a server was silent for too long and is forgotten");
    expect(lineOf({ ...removed, reason: "operator" }).msg).toBe("a server was forgotten, as an operator asked");
  });

  test("gives the time at which a server's rooms are closed as people read it", () => {
    const event = { type: "server.draining", server, deadline: 1_795_791_914_187.4807, isEmpty: false } as const;
    expect(lineOf(event).deadline).toBe("2026-11-27T15:05:14.187Z");
  });
});

describe("refusals", () => {
  test("by us are errors with their cause, by peers of the public API whispers", () => {
    const { lines, log } = collect("json");
    const logRefusal = createRefusalLog(log, systemClock);
    logRefusal(new RpcError("internal", { cause: new Error("why") }), "public", {
      address: "192.0.2.1",
      requestId: "r",
    });
    logRefusal(new RpcError("unauthorized"), "public", { address: "192.0.2.1", requestId: "r" });
    expect(lines.map((line) => JSON.parse(line).severity)).toEqual(["ERROR", "DEBUG"]);
  });

  test("of many addresses do not fill the memory", () => {
    const { lines, log } = collect("json");
    const logRefusal = createRefusalLog(log, systemClock);
    for (let i = 0; i < 10_002; i++)
      logRefusal(new RpcError("unauthorized"), "internal", { address: `address ${i}`, requestId: "r" });
    logRefusal(new RpcError("unauthorized"), "internal", { address: "address 10001", requestId: "r" });
    expect(lines).toHaveLength(10_002);
  });
});

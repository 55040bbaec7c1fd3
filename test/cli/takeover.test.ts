import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { createDoor } from "../../src/cli/door.ts";
import { relaunch } from "../../src/cli/relaunch.ts";
import { askToGiveWay, offerTakeover } from "../../src/cli/takeover.ts";
import { createTempFolder } from "../temp-folder.ts";
import { configText } from "./fixture.ts";
import { start } from "./run.ts";

const peer = { address: "127.0.0.1", port: 1 };

const yes = async () => undefined;

describe("a takeover", () => {
  test("is a conversation: ask, listen, listening, free, serving", async () => {
    using folder = createTempFolder({ "takeover.sock": "left by a process that was killed" });
    using offer = offerTakeover(folder.path, yes);
    expect(statSync(folder.file("takeover.sock")).mode & 0o777).toBe(0o600);
    const predecessor = await askToGiveWay(folder.path);
    if (predecessor.outcome !== "accepted") throw new Error(predecessor.outcome);
    const isFree = predecessor.waitForState(5_000);
    const successor = await offer.successor;
    expect(successor.pid).toBe(process.pid);
    const isServed = successor.handOver(5_000);
    expect(await isFree).toBe("free");
    predecessor.thank();
    expect(await isServed).toBe(true);
    offer[Symbol.dispose]();
    expect(existsSync(folder.file("takeover.sock"))).toBe(false);
  });

  test("is refused with the reason, and to a second process while one is at it", async () => {
    using folder = createTempFolder();
    let reason: string | undefined = "it is about to end";
    using _offer = offerTakeover(folder.path, async () => reason);
    expect(await askToGiveWay(folder.path)).toEqual({ outcome: "refused", reason });
    reason = undefined;
    expect(await askToGiveWay(folder.path)).toMatchObject({ outcome: "accepted" });
    expect(await askToGiveWay(folder.path)).toEqual({
      outcome: "refused",
      reason: "another process takes over already",
    });
  });

  test("goes to the next who asks when one goes away before it listens", async () => {
    using folder = createTempFolder();
    using offer = offerTakeover(folder.path, yes);
    const socket = await Bun.connect({
      unix: folder.file("takeover.sock"),
      socket: { data: (it) => void it.terminate() },
    });
    socket.write("take over 1\n");
    let predecessor = await askToGiveWay(folder.path);
    while (predecessor.outcome === "refused") predecessor = await askToGiveWay(folder.path);
    if (predecessor.outcome === "accepted") void predecessor.waitForState(5_000);
    expect((await offer.successor).pid).toBe(process.pid);
  });

  test("by a process that dies, or never serves, is known to have failed", async () => {
    using folder = createTempFolder();
    using offer = offerTakeover(folder.path, yes);
    const predecessor = await askToGiveWay(folder.path);
    if (predecessor.outcome === "accepted") void predecessor.waitForState(5_000);
    const successor = await offer.successor;
    expect(await successor.handOver(1)).toBe(false);
  });

  test("finds nobody where nobody runs, and gives up where nobody gives way", async () => {
    using folder = createTempFolder();
    expect(await askToGiveWay(folder.path)).toEqual({ outcome: "nobody" });
    using _offer = offerTakeover(folder.path, yes);
    const predecessor = await askToGiveWay(folder.path);
    expect(predecessor.outcome === "accepted" && (await predecessor.waitForState(1))).toBe("late");
  });

  test.each([
    ["speaks HTTP", "GET / HTTP/1.1\r\n\r\n"],
    ["has no process id", "take over nonsense\n"],
    ["is process 0", "take over 0\n"],
    ["has much to say", `${"x".repeat(100_000)}\n`],
  ])("is not for who %s", async (_, text) => {
    using folder = createTempFolder();
    using offer = offerTakeover(folder.path, yes);
    const closed = Promise.withResolvers<string>();
    const socket = await Bun.connect({
      unix: folder.file("takeover.sock"),
      socket: { data() {}, close: () => closed.resolve("closed") },
    });
    socket.write(text);
    expect(await Promise.race([offer.successor, closed.promise])).toBe("closed");
  });

  test("has the old gateway end with 0 and the new one serve on the same port", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText('http: { hostname: "127.0.0.1", port: 0 }') });
    const old = start(["serve"], { cwd: folder.path });
    const [, port = ""] = await old.waitFor(/url="http:\/\/127\.0\.0\.1:(\d+)/);
    const next = start(["serve", "--takeover", "--port", port], { cwd: folder.path });
    expect(await old.result).toMatchObject({ code: 0, out: expect.stringContaining("another process takes over") });
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    next.stop();
    expect((await next.result).code).toBe(0);
  });

  test("with nobody to take over from is a start like any other, and a warning", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText('http: { hostname: "127.0.0.1", port: 0 }') });
    const gateway = start(["serve", "--takeover"], { cwd: folder.path });
    await gateway.waitFor(/there is no gateway to take over from/);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });
});

test("a door lets those in who waited, once it opens, and everybody after that", async () => {
  const door = createDoor();
  const early = door.fetch(new Request("http://x/1"), peer);
  door.open(async (request) => new Response(request.url));
  expect(await (await early).text()).toBe("http://x/1");
  expect(await (await door.fetch(new Request("http://x/2"), peer)).text()).toBe("http://x/2");
});

describe("relaunch", () => {
  test.each([
    ["a program with its script", (program: string) => [process.execPath, program, "--port", "1", "--takeover"]],
    ["a binary, which has its script inside", () => ["odin-gateway", "/$bunfs/root/odin-gateway", "--port", "1"]],
  ])("runs %s again with its command line and one more flag, and gives its exit code", async (_, toArgv) => {
    using folder = createTempFolder();
    const program = folder.write("program", '#!/bin/sh\necho "$* [$WATCHDOG_PID]" > "$OUT"\nexit 7\n');
    chmodSync(program, 0o755);
    const argv = toArgv(program);
    const execPath = argv[0] === process.execPath ? "/bin/sh" : program;
    const env = { OUT: folder.file("out"), WATCHDOG_PID: "1" };
    expect(await relaunch("--takeover", { argv, execPath, env })).toBe(7);
    expect(readFileSync(folder.file("out"), "utf8")).toBe("--port 1 --takeover []\n");
  });
});

import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { createDoor } from "../../src/cli/door.ts";
import { relaunch } from "../../src/cli/relaunch.ts";
import { askToGiveWay, offerTakeover } from "../../src/cli/takeover.ts";
import { createTempFolder } from "../temp-folder.ts";
import { configText } from "./fixture.ts";
import { start } from "./run.ts";

const peer = { address: "127.0.0.1", port: 1 };

describe("a takeover", () => {
  test("waits until the one that runs has handed over", async () => {
    using folder = createTempFolder({ "takeover.sock": "left by a process that was killed" });
    using offer = offerTakeover(folder.path);
    const asked = askToGiveWay(folder.path, 5_000);
    const successor = await offer.successor;
    expect(successor.pid).toBe(process.pid);
    expect(successor.handOver()).toBe(true);
    expect(await asked).toBe("free");
    offer[Symbol.dispose]();
    expect(existsSync(folder.file("takeover.sock"))).toBe(false);
  });

  test("by a process that dies meanwhile is noticed", async () => {
    using folder = createTempFolder();
    using offer = offerTakeover(folder.path);
    const socket = await Bun.connect({ unix: folder.file("takeover.sock"), socket: { data() {} } });
    socket.write("take over 1\n");
    const successor = await offer.successor;
    socket.terminate();
    while (successor.handOver()) await Bun.sleep(1);
    expect(successor.pid).toBe(1);
  });

  test("finds nobody where nobody runs, and gives up where nobody gives way", async () => {
    using folder = createTempFolder();
    expect(await askToGiveWay(folder.path, 5_000)).toBe("nobody");
    using _offer = offerTakeover(folder.path);
    expect(await askToGiveWay(folder.path, 1)).toBe("late");
  });

  test("is not for who says something else", async () => {
    using folder = createTempFolder();
    using offer = offerTakeover(folder.path);
    const closed = Promise.withResolvers<string>();
    const socket = await Bun.connect({
      unix: folder.file("takeover.sock"),
      socket: { data() {}, close: () => closed.resolve("closed") },
    });
    socket.write("GET / HTTP/1.1\r\n\r\n");
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

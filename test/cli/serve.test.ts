import { describe, expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { acme, configText } from "./fixture.ts";
import { start } from "./run.ts";

describe.concurrent("asked to end, the gateway", () => {
  const startIn = async (settings: string) => {
    const folder = createTempFolder({
      "gateway.config.ts": configText(settings),
    });
    const gateway = start(["serve"], { cwd: folder.path });
    const [, url = ""] = await gateway.waitFor(/url="(http:[^"]+)"/);
    return { folder, gateway, url };
  };
  /** Sends a request whose body is one byte short, and gives what came back when the connection ended. */
  const sendSlowly = async (url: string) => {
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() });
    const ended = Promise.withResolvers<string>();
    let reply = "";
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(url).port),
      socket: {
        data: (_, bytes) => {
          reply += bytes.toString();
          if (reply.includes("}")) ended.resolve(reply);
        },
        close: () => ended.resolve(reply),
      },
    });
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
    const head = `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, -1));
    await fetch(`${url}livez`);
    return { finish: () => socket.write(body.slice(-1)), reply: ended.promise };
  };

  test("is not ready first, serves on for drainDelay, then takes no more connections, and ends with 0", async () => {
    const { folder, gateway, url } = await startIn("drainDelay: 0.5");
    using _folder = folder;
    gateway.stop();
    await gateway.waitFor(/asked to end/);
    const readiness = await fetch(`${url}readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([
      503,
      { reasons: ["the gateway is draining", "no server has reported lately"] },
    ]);
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() });
    const answer = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { error: { message: "no server available" } }]);
    expect((await gateway.result).code).toBe(0);
    await expect(fetch(`${url}livez`)).rejects.toThrow();
  });

  test("finishes what is in flight", async () => {
    const { folder, gateway, url } = await startIn("drainTimeout: 30");
    using _folder = folder;
    const slow = await sendSlowly(url);
    gateway.stop();
    await gateway.waitFor(/asked to end/);
    slow.finish();
    expect(await slow.reply).toContain("no server available");
    expect((await gateway.result).code).toBe(0);
  });

  test("cuts what is not finished after drainTimeout", async () => {
    const { folder, gateway, url } = await startIn("drainTimeout: 0.1");
    using _folder = folder;
    const slow = await sendSlowly(url);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
    expect(await slow.reply).toBe("");
  });
});

import { describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import { listenForOperators } from "./operated-gateway.ts";
import { run } from "./run.ts";

describe("commands for operators", () => {
  test("show tables", async () => {
    await using gateway = await listenForOperators();
    const { world } = gateway;
    await world.call(await world.token("lobby", "backend"), "RoomBanClient", {
      room_id: "lobby",
      user_id: "bob",
      ban_time: 60,
    });
    expect((await gateway.run("servers")).out).toMatch(/^SERVER +POOL +STATE.*\nsfu1:4433 +default +enabled +25\.0 %/);
    expect((await gateway.run("rooms", "--name", "lob")).out).toMatch(/^ROOM.*\nlobby +acme +acme +sfu1:4433/);
    expect((await gateway.run("usage")).out).toMatch(/\nacme +2 +0 +1 +1 \/ 100000\n/);
    expect((await gateway.run("bans")).out).toMatch(/\nacme +lobby +bob +acme +20/);
    expect((await gateway.run("explain", "lobby", "--customer", "acme")).out).toMatch(
      /^the room is on sfu1:4433, in namespace acme, of customer acme\nSERVER.*\nsfu1:4433 +25\.0 %/,
    );
    expect((await gateway.run("webhooks")).out).toMatch(/^WEBHOOK.*\n127\.0\.0\.1:1#0 +1 .*server\.added\n/);
    const closed = await world.internal("RoomClose", { namespace: "acme", room_id: "x" }, { user: "op" });
    const { out } = await gateway.run("audit");
    expect(out).toMatch(/acme\/backend +RoomBanClient +ok +\{"room_id":"lobby"/);
    expect(out).toMatch(new RegExp(`op +RoomClose +roomNotHosted .* ${closed.headers.get("x-request-id")}\n`));
  });

  test("do what they say", async () => {
    await using gateway = await listenForOperators();
    for (const argv of [
      ["drain", "sfu1:4433", "--deadline", "60"],
      ["undrain", "sfu1:4433"],
      ["ban", "acme", "lobby", "bob"],
      ["send", "acme", "lobby", "alice", "hi"],
      ["close", "acme", "lobby", "--for", "60"],
      ["unban", "acme", "lobby", "bob"],
      ["unban", "acme", "lobby"],
    ]) {
      const { code, err } = await gateway.run(...argv);
      expect([argv, code, err]).toEqual([argv, 0, ""]);
    }
    const entries = JSON.parse((await gateway.run("audit", "--json")).out).entries;
    expect(entries.map(({ method }: { method: string }) => method).reverse()).toEqual([
      "ServerDrain",
      "ServerUndrain",
      "RoomBanClient",
      "RoomSendMessage",
      "RoomClose",
      "BanRemove",
      "BanRemove",
    ]);
    expect(entries).toContainEqual(expect.objectContaining({ params: { endpoint: "sfu1:4433", deadline: 60 } }));
    await gateway.world.clock.sleep(10_000);
    expect((await gateway.run("forget", "sfu1:4433")).code).toBe(0);
    expect((await gateway.run("servers", "--json")).out).toBe('{\n  "servers": [],\n  "isCut": false\n}\n');
  });

  test("say how long a server still drains", async () => {
    await using gateway = await listenForOperators();
    const state = async () => (await gateway.run("servers")).out.match(/draining.*?(?= {2})/)?.[0];
    for (const [deadline, words] of [
      [undefined, "draining"],
      ["10000", "draining, 3 h left"],
      ["720", "draining, 12 min left"],
      ["90", "draining, 90 s left"],
      ["0", "draining, time is up"],
    ]) {
      await gateway.run("drain", "sfu1:4433", ...(deadline === undefined ? [] : ["--deadline", deadline]));
      expect(await state()).toBe(words);
    }
    const { out } = await run(["servers"], { env: gateway.env, isTerminal: true });
    expect(out).toContain("\u001b[33mdraining, time is up");
  });

  test("warn when no server of a pool takes new rooms any more", async () => {
    await using gateway = await listenForOperators();
    await gateway.world.report("sfu2:4433");
    expect(await gateway.run("drain", "sfu2:4433")).toMatchObject({ code: 0, out: "it gets no new rooms\n" });
    expect(await gateway.run("drain", "sfu1:4433", "--pool", "default")).toEqual({
      code: 0,
      out: "it gets no new rooms\nno server of pool default takes new rooms now: players who open one are refused\n",
      err: "",
    });
    expect(JSON.parse((await gateway.run("drain", "sfu1:4433", "--json")).out)).toEqual({
      poolsWithoutServer: ["default"],
    });
  });

  test("take a full server for one that takes rooms, and leave other pools out", async () => {
    const servers = [
      { endpoint: "a:1", pool: "eu", state: "draining" },
      { endpoint: "b:1", pool: "eu", state: "full" },
      { endpoint: "a:1", pool: "us", state: "draining" },
      { endpoint: "b:1", pool: "us", state: "disabled" },
      { endpoint: "b:1", pool: "asia", state: "disabled" },
    ];
    using gateway = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) =>
        Response.json({ result: ((await request.json()) as Json).method === "Servers" ? { servers } : {} }),
    });
    const { out } = await run(["drain", "a:1", "--url", gateway.url.href]);
    expect(out.match(/pool \w+/g)).toEqual(["pool us"]);
  });

  test("say banned only of a user who is", async () => {
    await using gateway = await listenForOperators();
    const said = async (...argv: string[]) => (await gateway.run(...argv)).out;
    expect(await said("ban", "acme", "lobby", "bob")).toBe("banned\n");
    expect(await said("ban", "acme", "lobby", "bob", "--for", "0")).toBe("put out; no ban\n");
    expect(await said("close", "acme", "lobby", "--for", "0")).toBe("closed\n");
    expect(JSON.parse(await said("bans", "--json")).bans).toEqual([]);
  });

  test("cut long lists of the audit in the table, and show them whole as JSON", async () => {
    const changed = Array.from({ length: 15 }, (_, i) => `customers[c${i}].maxPeers`);
    const entries = [
      { at: "then", trigger: "SIGHUP", method: "config.reload", result: "applied", params: { changed } },
      { at: "then", trigger: "SIGHUP", method: "config.reload", result: "applied", params: { changed: ["a", "b"] } },
    ];
    using gateway = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ result: { entries } }) });
    const { out } = await run(["audit", "--url", gateway.url.href]);
    expect(out).toContain('"customers[c2].maxPeers","and 12 more"]}');
    expect(out).not.toContain("c3");
    expect(out).toContain('{"changed":["a","b"]}');
    expect((await run(["audit", "--json", "--url", gateway.url.href])).out).toContain("customers[c14]");
  });

  test("explain where a room is, whose namespace nobody gave, or where a new one would go", async () => {
    await using gateway = await listenForOperators();
    const first = async (...argv: string[]) => (await gateway.run("explain", ...argv)).out.split("\n")[0];
    const choice = "would go to one of these, by their weights";
    expect(await first("lobby")).toBe("the room is on sfu1:4433, in namespace acme, of customer acme");
    expect(await first()).toBe(`a new room ${choice}`);
    expect(await first("nowhere")).toBe(`nobody hosts the room: a new one ${choice}`);
    expect(await first("nowhere", "--customer", "acme")).toBe(
      `nobody hosts the room in namespace acme, of customer acme: a new one ${choice}`,
    );
    await gateway.run("drain", "sfu1:4433");
    expect(await first()).toBe("a new room has no server to go to");
  });

  test("show the config in force, and end with 1 when a reload fails", async () => {
    const lastReload = {
      at: "then",
      trigger: "SIGHUP",
      outcome: "failed",
      reason: "a:\n  b",
      changed: [],
      needsRestart: ["stateDir"],
    };
    const results: Record<string, object> = {
      Servers: {
        servers: [{ state: "enabled" }, { state: "enabled" }, { state: "draining" }, { state: "disabled" }],
      },
      ConfigStatus: { source: "/etc/c.ts", inForceSince: "now", lastReload },
      Reload: lastReload,
    };
    using gateway = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => Response.json({ result: results[((await request.json()) as Json).method] }),
    });
    const { out } = await run(["status", "--url", gateway.url.href]);
    expect(out).toContain("/etc/c.ts, in force since now");
    expect(out).toContain("failed at then, by SIGHUP");
    expect(out).toContain("2 enabled, 1 draining, 1 disabled");
    expect(out).toContain("not in force until a restart: stateDir");
    expect(out).toContain("a: b\n");
    const { code, err } = await run(["reload", "--url", gateway.url.href]);
    expect([code, err]).toEqual([1, "odin-gateway: a: b\n"]);
  });

  test("colour on a terminal only, fit its width, and leave colours out with NO_COLOR", async () => {
    await using gateway = await listenForOperators();
    const show = async (env: Record<string, string>) =>
      (await run(["servers"], { env: { ...gateway.env, ...env }, isTerminal: true, columns: 60 })).out;
    expect(await show({})).toContain("\u001b[32m");
    const plain = await show({ NO_COLOR: "1" });
    expect(plain).not.toContain("\u001b");
    for (const line of plain.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(60);
  });
});

import { describe, expect, test } from "bun:test";
import { createAuditLog } from "../../src/audit/audit-log.ts";
import { noteReload } from "../../src/audit/note-reload.ts";
import { createInternalApi } from "../../src/rpc/internal-api.ts";
import { hosted } from "../rpc/fixture.ts";
import { createWorld, type World } from "../world.ts";

const read = async (world: World, params: object = {}) =>
  (await world.internal("Audit", params, { user: "op" })).body.result;

const createSilentLog = () =>
  createAuditLog(
    { isDebugEnabled: () => false, debug() {}, info() {}, warning() {}, error() {}, critical() {} },
    { wall: () => 0 },
  );

describe("the audit", () => {
  test("says who did what, when, and how it ended, and never what was in a message", async () => {
    await using world = await hosted();
    const token = await world.token("lobby", "backend");
    await world.call(token, "RoomSendMessage", { room_id: "lobby", user_id: "bob", message: [104, 105] });
    await world.call(token, "RoomUpdate", { room_id: "elsewhere", user_data: [104, 105] });
    await world.internal("ServerDrain", { endpoint: "sfu1:4433", deadline: 5 }, { user: "op" });
    await world.internal("ServerDrain", { endpoint: "sfu9:4433" });
    const { entries } = await read(world);
    expect(entries).toMatchObject([
      { seq: 4, user: "sfu", method: "ServerDrain", params: {}, result: "forbidden" },
      { user: "op", method: "ServerDrain", params: { endpoint: "sfu1:4433", deadline: 5 }, result: "ok" },
      { method: "RoomUpdate", params: { room_id: "elsewhere" }, result: "roomOutsideToken" },
      {
        seq: 1,
        at: new Date(world.clock.wall()).toISOString(),
        customer: "acme",
        user: "backend",
        method: "RoomSendMessage",
        params: { room_id: "lobby", user_id: "bob" },
        result: "ok",
      },
    ]);
    const lines = world.logLines.filter(({ msg }) => msg === "audit");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatchObject({ severity: "INFO", customer: "acme", user: "backend", result: "ok" });
    expect(JSON.stringify([entries, lines])).not.toContain("104,105");
  });

  test("names the HTTP request, but for what none asked for", async () => {
    await using world = await hosted();
    const token = await world.token("lobby", "backend");
    const call = { jsonrpc: "2.0", id: 1, method: "RoomClose", params: { room_id: "lobby" } };
    const headers = { authorization: `Bearer ${token}`, "x-request-id": "trace-1" };
    await world.request({ headers, body: call });
    const drained = await world.internal("ServerDrain", { endpoint: "sfu1:4433" }, { user: "op" });
    world.gateway.noteReload({ at: "", trigger: "SIGHUP", outcome: "unchanged", changed: [], needsRestart: [] });
    const { entries } = await read(world);
    const ids = [undefined, drained.headers.get("x-request-id"), "trace-1"];
    expect(entries.map(({ requestId }: { requestId?: string }) => requestId)).toEqual(ids);
    const lines = world.logLines.filter(({ msg }) => msg === "audit");
    expect(lines.map(({ requestId }) => requestId).reverse()).toEqual(ids);
  });

  test.each(["applied", "unchanged", "failed"] as const)(
    "has an operator's reload that was %s as that",
    async (outcome) => {
      const report = { at: "", trigger: "user op", outcome, changed: [], needsRestart: [] };
      await using world = createWorld({}, undefined, undefined, {
        configControl: {
          status: () => ({}),
          async reload() {
            world.gateway.noteReload(report);
            return report;
          },
        },
      });
      const { headers } = await world.internal("Reload", {}, { user: "op" });
      const { entries } = await read(world);
      expect(entries).toMatchObject([
        { user: "op", method: "Reload", result: outcome, requestId: headers.get("x-request-id") },
        { trigger: "user op", method: "config.reload", result: outcome },
      ]);
      expect(entries[1]).not.toHaveProperty("requestId");
    },
  );

  test("comes in pages, newest first", async () => {
    await using world = await hosted();
    for (let i = 0; i < 5; i++) await world.internal("ServerUndrain", { endpoint: `sfu${i}:1` }, { user: "op" });
    const first = await read(world, { limit: 3 });
    expect(first.entries.map(({ seq }: { seq: number }) => seq)).toEqual([5, 4, 3]);
    const second = await read(world, { limit: 3, before: first.next });
    expect(second.entries.map(({ seq }: { seq: number }) => seq)).toEqual([2, 1]);
    expect(second).not.toHaveProperty("next");
  });

  test("cannot be flooded by players whose tokens cover no such method, nor by what only reads", async () => {
    await using world = await hosted();
    await world.call(await world.token("lobby", "p", { subject: "connect" }), "RoomClose", { room_id: "lobby" });
    await world.call(await world.token("lobby", "p", { subject: "connect" }), "Connect");
    await world.internal("Servers", {}, { user: "op" });
    expect(await read(world)).toEqual({ entries: [] });
  });

  test("takes parameters as they came, at a bounded length, and only what names something", async () => {
    await using world = createWorld();
    const params = { endpoint: "x".repeat(10_000), pool: { deep: 1 } };
    await world.internal("ServerDrain", params, { user: "op" });
    await world.internal("ServerDrain", [1], { user: "op" });
    expect((await read(world)).entries).toMatchObject([
      { params: {}, result: "invalidParams" },
      { params: { endpoint: "x".repeat(255) }, result: "invalidParams" },
    ]);
    expect((await read(world)).entries[1].params).not.toHaveProperty("pool");
  });

  test("keeps the last 1,000", () => {
    const audit = createSilentLog();
    for (let i = 0; i < 1_005; i++) audit.note({ method: "m", params: {}, result: "ok" });
    const { entries } = audit.read({ limit: 10_000, before: undefined });
    expect([entries.length, entries[0]?.seq, entries.at(-1)?.seq]).toEqual([1_000, 1_005, 6]);
  });

  test("has reloads with the names of what changed, and a line of their own for other master keys", () => {
    const audit = createSilentLog();
    noteReload(audit, {
      trigger: "SIGHUP",
      outcome: "applied",
      changed: ['logLevel: "INFO" → "DEBUG"', "masterKey: *** → ***"],
    });
    expect(audit.read({ limit: 10, before: undefined }).entries).toMatchObject([
      { trigger: "SIGHUP", method: "masterKey.change", result: "applied" },
      { method: "config.reload", params: { changed: ["logLevel", "masterKey"] }, result: "applied" },
    ]);
  });

  test("knows every method of /internal that is not known to read only", async () => {
    const reading = [
      "Info",
      "Servers",
      "Rooms",
      "Bans",
      "Usage",
      "Audit",
      "ExplainPlacement",
      "ConfigStatus",
      "Webhooks",
      "rpc.discover",
    ];
    const servers = ["sfu.GridConfig", "GetConfig", "sfu.Report", "SubmitReport"];
    await using world = createWorld();
    for (const method of createInternalApi("test").methods.keys()) {
      const before = (await read(world)).entries.length;
      await world.internal(method, [1], { user: "op" });
      const isRecorded = (await read(world)).entries.length > before;
      expect([method, isRecorded]).toEqual([method, ![...reading, ...servers].includes(method)]);
    }
  });
});

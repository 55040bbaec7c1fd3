import { describe, expect, test } from "bun:test";
import { createWorld } from "../world.ts";
import { hosted } from "./fixture.ts";

describe("Connect", () => {
  test("gives the server's address and a token for it", async () => {
    await using world = await hosted();
    const { status, body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect(status).toBe(200);
    expect(body.result.address).toBe("sfu1:4433");
    const [header, claims] = body.result.token
      .split(".")
      .map((part: string) => Buffer.from(part, "base64url").toString());
    expect(header).toStartWith('{"alg":"EdDSA","kid":"A');
    const nbf = world.clock.wall() / 1000;
    expect(claims).toBe(
      `{"uid":"alice","cid":"acme","rid":"lobby","nsp":"acme","adr":"sfu1:4433","sub":"connect","aud":"sfu","exp":${nbf + 300},"nbf":${nbf}}`,
    );
  });

  test("keeps the form of rid, less the rooms that are banned", async () => {
    await using world = await hosted();
    const rid = async (room: string[]) => {
      const { body } = await world.call(await world.token(room, "alice"), "Connect");
      return JSON.parse(Buffer.from(body.result.token.split(".")[1], "base64url").toString()).rid;
    };
    expect(await rid(["lobby"])).toEqual(["lobby"]);
    await world.call(await world.token(["{m}a", "{m}b"], "backend"), "RoomClose", { room_id: "{m}a", ban_time: 60 });
    expect(await rid(["{m}a", "{m}b", "{m}c"])).toEqual(["{m}b", "{m}c"]);
  });

  test("goes by loginToken.lifetime", async () => {
    await using world = await hosted({ loginToken: { lifetime: 60 } });
    const { body } = await world.call(await world.token("lobby", "alice"), "Connect");
    const { exp, nbf } = JSON.parse(Buffer.from(body.result.token.split(".")[1], "base64url").toString());
    expect(exp - nbf).toBe(60);
  });

  test("says how long to wait when there is no server", async () => {
    await using world = createWorld();
    const { status, body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect({ status, error: body.error }).toEqual({
      status: 200,
      error: { code: -32012, message: "no server available", data: { retryAfterSec: 5 } },
    });
  });

  test("of a banned user says until when", async () => {
    await using world = await hosted();
    await world.call(await world.token("lobby", "backend"), "RoomBanClient", {
      room_id: "lobby",
      user_id: "alice",
      ban_time: 90,
    });
    const { body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect(body.error).toMatchObject({ code: -32014, message: "user is banned until 2026-01-01T00:01:30.000Z" });
  });
});

describe("room methods", () => {
  test.each([
    [
      "RoomClose",
      { room_id: "lobby", ban_time: 1.25 },
      { task: "RoomClose", ban_time: { secs: 1, nanos: 250_000_000 } },
    ],
    ["RoomClose", { room_id: "lobby" }, { task: "RoomClose", ban_time: { secs: 0, nanos: 0 } }],
    ["RoomUpdate", { room_id: "lobby", user_data: [0, 255] }, { task: "RoomUpdate", user_data: [0, 255] }],
    [
      "RoomBanClient",
      { room_id: "lobby", user_id: "u", ban_time: 5 },
      { task: "RoomBanClient", user_id: "u", ban_time: { secs: 5, nanos: 0 } },
    ],
    [
      "RoomSendMessage",
      { room_id: "lobby", user_id: "u", message: [1] },
      { task: "RoomSendMessage", user_id: "u", message: [1] },
    ],
  ])("%s reaches the server with its next report", async (method, params, task) => {
    await using world = await hosted();
    const { status, body } = await world.call(await world.token("lobby", "backend"), method, params);
    expect({ status, result: body.result }).toEqual({ status: 200, result: {} });
    const { body: reply } = await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }]);
    expect(reply.result.tasks).toEqual([{ id: ["acme", "lobby"], ...task }]);
  });

  test.each([
    ["RoomClose", {}, "room_id"],
    ["RoomClose", { room_id: "" }, "room_id: must be 1 to 255 bytes"],
    ["RoomClose", { room_id: "lobby", ban_time: -1 }, "ban_time: must not be negative"],
    ["RoomClose", { room_id: "lobby", ban_time: 315_360_001 }, "ban_time: must be at most 315360000"],
    ["RoomClose", { room_id: "lobby", ban_time: "5" }, "ban_time: must be a number of seconds"],
    ["RoomBanClient", { room_id: "lobby" }, "user_id"],
    ["RoomUpdate", { room_id: "lobby", user_data: [300] }, "user_data: must be a list of integers from 0 to 255"],
    ["RoomUpdate", { room_id: "lobby", user_data: [-1] }, "user_data"],
    ["RoomUpdate", { room_id: "lobby", user_data: [1.5] }, "user_data"],
    ["RoomUpdate", { room_id: "lobby", user_data: "AAAA" }, "user_data"],
    ["RoomSendMessage", { room_id: "lobby", user_id: "u", message: [null] }, "message"],
  ])("%s with %p is told what is wrong", async (method, params, reason) => {
    await using world = await hosted();
    const { body } = await world.call(await world.token("lobby", "backend"), method, params);
    expect(body.error.code).toBe(-32602);
    expect(body.error.message).toContain(reason);
  });

  test.each([
    ["foo", "foobar", -32017],
    ["foo", "fo", -32017],
    [["a", "foo"], "foo", -32015],
    ["foo", "foo", -32015],
  ])("a token for %p on room %p gives %p", async (rooms, room_id, code) => {
    await using world = await hosted();
    const { body } = await world.call(await world.token(rooms, "backend"), "RoomClose", { room_id });
    expect(body.error.code).toBe(code);
  });

  test("with roomScope prefix reach what begins with the first room", async () => {
    await using world = await hosted({ roomScope: "prefix" });
    const call = async (rooms: string | string[]) =>
      (await world.call(await world.token(rooms, "b"), "RoomUpdate", { room_id: "lobby", user_data: [] })).body;
    expect((await call("lob")).result).toEqual({});
    expect((await call(["x", "lob"])).error.code).toBe(-32017);
    expect((await call(["x", "lobby"])).result).toEqual({});
  });

  test("need a token that covers them", async () => {
    await using world = await hosted();
    const token = await world.token("lobby", "alice", { subject: "connect" });
    const { status, body } = await world.call(token, "RoomClose", { room_id: "lobby" });
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: -32002 });
  });

  test("never reach another customer's room of the same name", async () => {
    await using world = await hosted();
    await world.report("sfu1:4433", [{ room: "lobby", peers: 1, namespace: "other", customer: "other" }]);
    const { body } = await world.call(await world.token("lobby", "backend"), "RoomClose", { room_id: "lobby" });
    expect(body.error.code).toBe(-32015);
  });
});

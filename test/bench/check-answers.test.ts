import { describe, expect, test } from "bun:test";
import { createPrivateKey, sign } from "node:crypto";
import { toEndpoint } from "../../bench/fleet.ts";
import { MASTER_KEY } from "../../bench/keys.ts";
import { createAnswerCheck } from "../../bench/load/check-answers.ts";
import { type ConnectRequest, prepareConnects } from "../../bench/load/requests.ts";
import { deriveServerKey } from "../../src/auth/server-key.ts";

const fleet = { servers: 3, roomsPerServer: 2 };
const check = createAnswerCheck(fleet);
const requests = prepareConnects({ path: "/", fleet, first: 6, count: 2 });

function answer({ id, room, user }: ConnectRequest, more: { server?: number; signer?: number; claims?: object } = {}) {
  const { server = 1, signer = server, claims = {} } = more;
  const address = toEndpoint(server);
  const key = createPrivateKey({ key: { ...deriveServerKey(MASTER_KEY, toEndpoint(signer)) }, format: "jwk" });
  const payload = { uid: user, rid: room, adr: address, aud: "sfu", ...claims };
  const signed = `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
  const token = `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
  return { status: 200, body: JSON.stringify({ jsonrpc: "2.0", id, result: { address, token } }) };
}

const [first, second] = requests;

describe("the check of answers", () => {
  const judge = (make: (request: ConnectRequest) => { status: number; body: string }) => () => {
    if (!first) throw new Error("there is no request");
    check([first], [make(first)]);
  };

  test("takes what is right", () => {
    expect(judge(answer)).not.toThrow();
  });

  test("refuses another status, id or address, and claims of another request", () => {
    expect(judge((request) => ({ ...answer(request), status: 500 }))).toThrow("status is 500");
    expect(judge((request) => answer({ ...request, id: 99 }))).toThrow("id is 99");
    expect(judge((request) => answer(request, { server: 3 }))).toThrow("none of the fleet's");
    expect(judge((request) => answer(request, { claims: { uid: "other" } }))).toThrow("another request");
    expect(judge((request) => answer(request, { claims: { rid: "other" } }))).toThrow("another request");
    expect(judge((request) => answer(request, { claims: { adr: toEndpoint(0) } }))).toThrow("another request");
    expect(judge(() => ({ status: 200, body: '{"jsonrpc":"2.0","id":6,"error":{}}' }))).toThrow("no result");
    expect(judge(() => ({ status: 200, body: "{" }))).toThrow("no result");
  });

  test("refuses a token that another server's key has signed", () => {
    expect(judge((request) => answer(request, { signer: 2 }))).toThrow("server's key");
  });

  test("refuses an answer that is missing", () => {
    expect(() => check(requests, [])).toThrow("there was none");
  });
});

describe("prepared Connects", () => {
  test("go to a room of the fleet and to a new one in turns, each for a user of its own", () => {
    expect(first).toMatchObject({ id: 6, room: "s00000-r00001", user: "user-6" });
    expect(second).toMatchObject({ id: 7, room: "new-7", user: "user-7" });
    expect(Buffer.from(first?.bytes ?? []).toString()).toMatch(/^POST \/ HTTP\/1\.1\r\n.*"method":"Connect"/s);
  });
});

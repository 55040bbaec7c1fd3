import { createWorld, MASTER_KEY_TEXT, USERS, type World } from "../../world.ts";
import { CLAIMS, CUSTOMER, signClaims, tryJson } from "../fixture.ts";
import { Fault, type FuzzTarget, type Outcome } from "../target.ts";

const call = (method: string, params: object, id: number | string = 1) => ({ jsonrpc: "2.0", id, method, params });
const room = (name: string) => ({ id: ["acme", name], customer: "acme", age: { secs: 60, nanos: 5 }, peers: 2 });
const report = call("sfu.Report", {
  public_endpoint: "sfu1:4433",
  server: "grid",
  version: "1.6.0",
  load: 0.5,
  clients: 4,
  rooms: [room("lobby"), room("{m}a")],
});

const PUBLIC = [
  call("Connect", {}),
  [call("Connect", {}, "a"), call("RoomUpdate", { room_id: "lobby", user_data: [1, 2] })],
  call("RoomBanClient", { room_id: "lobby", user_id: "bob", ban_time: 60 }),
  call("RoomClose", { room_id: "lobby", ban_time: 5 }),
  call("RoomSendMessage", { room_id: "lobby", user_id: "bob", message: [104, 105] }),
].map((body) => JSON.stringify(body));

const INTERNAL = [
  report,
  call("sfu.GridConfig", {
    public_endpoint: "sfu1:4433",
    server: "grid",
    version: "1",
    config: "[limit]\nmax_rooms = 5\n",
  }),
  call("SubmitReport", { ...report.params, server: "grid" }),
  [call("Servers", { limit: 10 }), call("Rooms", { namespace: "acme", after: 0 }), call("Usage", {})],
  call("ExplainPlacement", { room_id: "lobby", customer: "acme" }),
  call("ServerDrain", { endpoint: "sfu1:4433", deadline: 60 }),
  [call("Bans", { customer: "acme" }), call("BanRemove", { namespace: "acme", room: "lobby", user: "bob" })],
  call("Audit", { limit: 5 }),
].map((body) => JSON.stringify(body));

const TOKEN = signClaims(CLAIMS);
const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
const OPERATOR = basic("op", USERS.op.password);
const SECRETS = [TOKEN.slice(-86), USERS.sfu, USERS.op.password, MASTER_KEY_TEXT, CUSTOMER.accessKey];
/** A gateway begins anew after so many inputs, or what they left would slow it down. */
const INPUTS_PER_WORLD = 500;

/** A way to a gateway that is renewed from time to time, whose answers and log are judged. */
function createDoor() {
  let world: World | undefined;
  let inputs = 0;
  return async (request: Request): Promise<Outcome> => {
    if (world === undefined || inputs++ % INPUTS_PER_WORLD === 0) {
      world = createWorld({}, CUSTOMER);
      await world.internal(report.method, report.params);
    }
    const response = await world.gateway.fetch(request, { address: "10.0.0.1", port: 40_000 });
    const text = await response.text();
    if (response.status >= 500 && response.status !== 503) throw new Fault("5xx", `${response.status} ${text}`);
    const type = response.headers.get("content-type") ?? "";
    const body = tryJson(text);
    if (text !== "" && type.startsWith("application/json") && body === undefined)
      throw new Fault("mismatch", `an answer that is no JSON: ${text}`);
    const logged = JSON.stringify(world.logLines.splice(0));
    const shown = SECRETS.find((secret) => logged.includes(secret));
    if (shown !== undefined) throw new Fault("leak", `the log shows ${shown}`);
    const answers = [body].flat();
    const isRefused = response.status >= 400 || answers.every((answer) => Object(answer).error !== undefined);
    return isRefused ? "refused" : "accepted";
  };
}

function toPost(path: string, authorization: string, body: Uint8Array<ArrayBuffer>): Request {
  const headers = { authorization, "content-type": "application/json", "content-length": String(body.byteLength) };
  return new Request(`http://gateway.test${path}`, { method: "POST", headers, body });
}

/** Bodies that a player or a backend sends. */
export const publicBody: FuzzTarget = {
  name: "body to /",
  shape: "json",
  seeds: PUBLIC,
  create() {
    const send = createDoor();
    return (input) => send(toPost("/", `Bearer ${TOKEN}`, Uint8Array.from(input)));
  },
};

/** Bodies that a server or an operator sends. */
export const internalBody: FuzzTarget = {
  name: "body to /internal",
  shape: "json",
  seeds: INTERNAL,
  create() {
    const send = createDoor();
    return (input) => send(toPost("/internal", OPERATOR, Uint8Array.from(input)));
  },
};

const REQUESTS = [
  { method: "POST", path: "/", headers: { authorization: `Bearer ${TOKEN}` }, body: PUBLIC[0] },
  {
    method: "POST",
    path: "/internal?x=1#y",
    headers: { authorization: OPERATOR, "content-type": "application/json" },
    body: INTERNAL[0],
  },
  { method: "GET", path: "/metrics", headers: { authorization: OPERATOR } },
  { method: "GET", path: "/livez", headers: { "x-request-id": "abc" } },
  { method: "OPTIONS", path: "/", headers: { origin: "https://game.example", "x-forwarded-for": "[::1]:5, 10.0.0.9" } },
].map((request) => JSON.stringify(request));

/** Methods, paths and headers of any kind, as far as a request can have them. */
export const request: FuzzTarget = {
  name: "request",
  shape: "json",
  seeds: REQUESTS,
  create() {
    const send = createDoor();
    return async (input) => {
      const made = toRequest(tryJson(input.toString()));
      return made ? send(made) : "refused";
    };
  },
};

/** The request that JSON stands for; nothing if there is none such. */
function toRequest(value: unknown): Request | undefined {
  const { method, path, headers, body } = Object(value);
  try {
    return new Request(`http://gateway.test${path}`, { method, headers, body });
  } catch {
    return undefined;
  }
}

import { createAccessKey, parseAccessKey } from "../src/auth/access-key.ts";
import type { Clock } from "../src/clock.ts";
import { type ResolvedConfig, resolveConfig } from "../src/config/load.ts";
import type { GatewayConfig } from "../src/config/schema.ts";
import { createGateway, type Gateway } from "../src/gateway.ts";
import type { KeptState } from "../src/hosted-fleet.ts";
import { createLogger } from "../src/log.ts";
import type { ConfigControl } from "../src/rpc/context.ts";
import { createSeededRandom } from "../src/sim/random.ts";
import { createTokenSigner, type RoomTokenOptions } from "../src/sim/room-token.ts";
import { createRpcClient, type RpcClient } from "../src/sim/rpc-client.ts";
import { createSimServer, type SimServer, type SimServerOptions } from "../src/sim/sim-server.ts";
import { createVirtualClock, type VirtualClock } from "../src/sim/virtual-clock.ts";
import type { Json } from "./json.ts";
import { expectNoSecrets } from "./secrets.ts";

/** Master key of every test gateway; an operator's own, as far as the gateway knows. */
export const MASTER_KEY_TEXT = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
export const MASTER_KEY = new Uint8Array(32).fill(7);

/** A customer with a key of their own. */
export function createCustomer(id: string, limits: { maxPeers?: number; maxRooms?: number; namespace?: string } = {}) {
  const accessKey = createAccessKey();
  const { d: _, ...publicKey } = parseAccessKey(accessKey);
  const { namespace, maxPeers = Number.POSITIVE_INFINITY, maxRooms = Number.POSITIVE_INFINITY } = limits;
  const accessKeys = [{ ...(namespace !== undefined && { namespace }), publicKey }];
  return { accessKey, signToken: createTokenSigner(accessKey), entry: { id, maxPeers, maxRooms, accessKeys } };
}

/** A JSON-RPC answer with its HTTP status and headers. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** What a test may say of how a request comes. */
export interface RequestOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** The peer's address and port: another port is another connection. */
  readonly address?: string;
  readonly port?: number;
}

/** A gateway on a virtual clock, reached in process, with everything that a test needs around it. */
export interface World extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly gateway: Gateway;
  /** What the gateway started with. */
  readonly config: ResolvedConfig;
  /** Log lines so far. */
  readonly logLines: Record<string, unknown>[];
  readonly request: (options: RequestOptions) => Promise<Answer>;
  /** Calls a public method with a token. */
  readonly call: (token: string, method: string, params?: object, path?: string) => Promise<Answer>;
  /** Calls a method of /internal as the user "sfu". */
  readonly internal: (method: string, params?: object, options?: RequestOptions & { user?: string }) => Promise<Answer>;
  /** Signs a token of the customer "acme" at the clock's time. */
  readonly token: (room: string | string[], user: string, more?: Partial<RoomTokenOptions>) => Promise<string>;
  /** A simulated server that attaches over the real protocol. */
  readonly server: (endpoint: string, options?: Partial<SimServerOptions> & { path?: string }) => SimServer;
  /** One hand-made report. */
  readonly report: (endpoint: string, rooms?: ReportRoom[], options?: ReportOptions) => Promise<Answer>;
}

export interface ReportRoom {
  readonly room: string;
  readonly peers: number;
  readonly namespace?: string;
  readonly customer?: string;
  readonly ageSec?: number;
}

export interface ReportOptions extends RequestOptions {
  readonly load?: number;
  readonly clients?: number;
}

export const USERS = {
  sfu: "sfu-password",
  op: { password: "op-password", role: "operator" as const },
};

/** Starts a world; `config` goes over a config with the customer "acme" and the users of USERS. */
export function createWorld(
  config: GatewayConfig = {},
  customer = createCustomer("acme"),
  clockOverride?: Clock,
  { state, startMs, configControl }: { state?: KeptState; startMs?: number; configControl?: ConfigControl } = {},
): World {
  const clock = createVirtualClock(startMs);
  const logLines: Record<string, unknown>[] = [];
  const log = createLogger({ level: "DEBUG", format: "json", write: (line) => logLines.push(JSON.parse(line)) });
  const resolved = resolveConfig(
    {
      ...(config.customersFile === undefined && config.customerApi === undefined && { customers: [customer.entry] }),
      internal: { users: USERS },
      masterKey: MASTER_KEY_TEXT,
      ...config,
    },
    { source: "/test/gateway.config.ts", flags: {}, env: {} },
  );
  const gateway = createGateway({
    config: resolved,
    clock: clockOverride ?? clock,
    random: createSeededRandom(1),
    log,
    state,
    configControl,
  });
  const servers: SimServer[] = [];

  async function send(request: Request, options: RequestOptions = {}): Promise<Response> {
    return gateway.fetch(request, { address: options.address ?? "10.0.0.1", port: options.port ?? 40_000 });
  }

  async function request(options: RequestOptions): Promise<Answer> {
    const { path = "/", method = "POST", headers = {}, body } = options;
    const text = typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body);
    const response = await send(
      new Request(`http://gateway.test${path}`, {
        method,
        headers: {
          host: "gateway.test",
          ...(text !== undefined && { "content-length": String(Buffer.byteLength(text)) }),
          ...headers,
        },
        ...(text !== undefined && { body: text }),
      }),
      options,
    );
    const raw = await response.text();
    return { status: response.status, headers: response.headers, body: raw === "" ? undefined : JSON.parse(raw) };
  }

  const call: World["call"] = (token, method, params = {}, path = "/") =>
    request({ path, headers: { authorization: `Bearer ${token}` }, body: { jsonrpc: "2.0", id: 1, method, params } });

  const internal: World["internal"] = (method, params = {}, options = {}) => {
    const { user = "sfu", path = "/internal", headers = {}, ...rest } = options;
    const password = user === "op" ? USERS.op.password : USERS.sfu;
    return request({
      path,
      headers: {
        authorization: `Basic ${btoa(`${user}:${password}`)}`,
        "content-type": "application/json",
        ...headers,
      },
      body: { jsonrpc: "2.0", id: 1, method, params },
      ...rest,
    });
  };

  return {
    clock,
    gateway,
    config: resolved,
    logLines,
    request,
    call,
    internal,
    token: (room, user, more) => customer.signToken({ room, user, nowMs: clock.wall(), ...more }),
    server(endpoint, { path = "/internal", ...options } = {}) {
      const port = 41_000 + servers.length;
      const rpc: RpcClient = createRpcClient({
        url: `http://sfu:${USERS.sfu}@gateway.test${path}`,
        fetch: (request) => send(request, { port }),
      });
      const server = createSimServer({
        endpoint,
        call: rpc,
        clock,
        random: () => 0.999,
        onError: () => {},
        ...options,
      });
      servers.push(server);
      return server;
    },
    report(endpoint, rooms = [], { load = 0, clients = 0, ...options } = {}) {
      return internal(
        "sfu.Report",
        {
          public_endpoint: endpoint,
          version: "1.5.0",
          load,
          clients,
          rooms: rooms.map(({ room, peers, namespace = "acme", customer = "acme", ageSec = 60 }) => ({
            id: [namespace, room],
            customer,
            age: { secs: ageSec, nanos: 0 },
            peers,
          })),
        },
        options,
      );
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server[Symbol.dispose]();
      await gateway[Symbol.asyncDispose]();
      expectNoSecrets(logLines.map((line) => JSON.stringify(line)).join("\n"));
    },
  };
}

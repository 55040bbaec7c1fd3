import { importJWK, jwtVerify } from "jose";
import { parse } from "smol-toml";
import type { PublicJwk } from "../auth/ed25519.ts";
import type { Clock, Random } from "../clock.ts";
import type { RpcClient } from "./rpc-client.ts";
import { createSimRooms, type SimPeer, type SimRooms, type WireTask } from "./sim-room.ts";

/** A server that lives in this process and speaks the real protocol with a gateway. */
export interface SimServer extends Disposable {
  readonly endpoint: string;
  readonly rooms: SimRooms;
  /** Tasks that the gateway has sent, oldest first. */
  readonly tasks: readonly WireTask[];
  readonly peers: () => number;
  /** Peers in relation to capacity: 1 is full. */
  readonly load: () => number;
  /** Asks for its config, and from then on reports by itself until it is stopped. */
  readonly start: () => Promise<void>;
  /** Reports once, and does the tasks that come back. */
  readonly report: () => Promise<void>;
  /** Lets a client in who has a room token; throws an Error that says why not. */
  readonly join: (token: string, onKick?: () => void) => Promise<SimPeer[]>;
  readonly leave: (peers: readonly SimPeer[]) => void;
  /** Dies: falls silent and loses its rooms. `start` brings it back, empty. */
  readonly stop: () => void;
}

/** What a simulated server is made of. */
export interface SimServerOptions {
  readonly endpoint: string;
  /** Calls the gateway's `/internal`. */
  readonly call: RpcClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Peers at which its load is 1. */
  readonly capacity?: number;
  readonly version?: string;
  /** Its own config, TOML. */
  readonly config?: string;
  /** Told of reports and config requests that failed. */
  readonly onError?: (error: unknown) => void;
}

const VERSION = "1.6.0-sim";
const DEFAULT_CAPACITY = 500;
const DEFAULT_REPORT_INTERVAL_MS = 5_000;
const DEFAULT_CONFIG = '[supervisor]\nurl = "http://gateway/internal"\n\n[quic]\nidle_timeout = 60000\n';

/** Creates a server that has not started yet. */
export function createSimServer(options: SimServerOptions): SimServer {
  const {
    endpoint,
    call,
    clock,
    random,
    capacity = DEFAULT_CAPACITY,
    version = VERSION,
    config = DEFAULT_CONFIG,
    onError = () => {},
  } = options;
  const rooms = createSimRooms(clock);
  const tasks: WireTask[] = [];
  const keys = new Map<string, PublicJwk>();
  let reporting: Disposable | undefined;

  const peers = () => rooms.all().reduce((sum, room) => sum + room.peers.size, 0);
  const load = () => peers() / capacity;

  async function start(): Promise<void> {
    const answer = await call("sfu.GridConfig", {
      public_endpoint: endpoint,
      server: "grid",
      version,
      config,
    });
    const settings = readConfig(answer);
    for (const { kid, kty, crv, x } of settings.keys) keys.set(kid, { kid, kty, crv, x });
    reporting?.[Symbol.dispose]();
    const reportInBackground = () => void report().catch(onError);
    // Real servers start at different times: the first interval is cut short at random, so that reports do not all come at once.
    reporting = clock.every(Math.max(1, random() * settings.reportIntervalMs), () => {
      reporting?.[Symbol.dispose]();
      reporting = clock.every(settings.reportIntervalMs, reportInBackground);
      reportInBackground();
    });
    await report();
  }

  async function report(): Promise<void> {
    const now = clock.now();
    const answer = await call("sfu.Report", {
      public_endpoint: endpoint,
      server: "grid",
      version,
      load: load(),
      clients: peers(),
      rooms: rooms.all().map(({ namespace, name, customer, openedAt, peers }) => {
        const ageMs = now - openedAt;
        const age = { secs: Math.floor(ageMs / 1000), nanos: Math.floor((ageMs % 1000) * 1e6) };
        return { id: [namespace, name], customer, age, peers: peers.size };
      }),
    });
    const { tasks: given } = answer as { tasks: WireTask[] };
    tasks.push(...given);
    for (const task of given) rooms.execute(task);
  }

  async function join(token: string, onKick: () => void = () => {}): Promise<SimPeer[]> {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const jwk = keys.get(kid ?? "");
        if (!jwk) throw new Error(`${endpoint} holds no key ${kid}`);
        return importJWK(jwk, "EdDSA");
      },
      { audience: "sfu", subject: "connect", currentDate: new Date(clock.wall()) },
    );
    const { rid, uid, cid, nsp, adr } = payload as {
      rid: string | string[];
      uid: string;
      cid: string;
      nsp: string;
      adr: string;
    };
    if (reporting === undefined) throw new Error(`${endpoint} does not answer`);
    if (adr !== endpoint) throw new Error(`the token is for ${adr}, not for ${endpoint}`);
    return [rid].flat().map((name) => rooms.join({ namespace: nsp, name, customer: cid, user: uid, onKick }));
  }

  function stop(): void {
    reporting?.[Symbol.dispose]();
    reporting = undefined;
    rooms.clear();
  }

  return {
    endpoint,
    rooms,
    tasks,
    peers,
    load,
    start,
    report,
    join,
    leave: (joined) => joined.forEach(rooms.leave),
    stop,
    [Symbol.dispose]: stop,
  };
}

/** What a server takes from the config that the gateway extended. */
function readConfig(answer: unknown): { keys: PublicJwk[]; reportIntervalMs: number } {
  const { config } = answer as { config: string };
  const toml: unknown = parse(config);
  const { authorization, supervisor } = toml as {
    authorization: { keys: PublicJwk[] };
    supervisor?: { report_interval?: number };
  };
  return { keys: authorization.keys, reportIntervalMs: supervisor?.report_interval ?? DEFAULT_REPORT_INTERVAL_MS };
}

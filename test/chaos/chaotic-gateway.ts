import type { Clock } from "../../src/clock.ts";
import type { SavedChanges, SavedState } from "../../src/fleet/saved-state.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createStateMirror } from "../fleet/fixture.ts";
import type { Json } from "../json.ts";
import { createCustomer, createWorld, USERS } from "../world.ts";

/** How the service answers from which the gateway fetches its customers. */
export type CustomersMood = "good" | "slow" | "wrong" | "down";

/** What stands between the world and the gateway: it may falsify answers, to see that somebody notices. */
export type Tamper = (request: Request, pass: (request: Request) => Promise<Response>) => Promise<Response>;

/** What came of a call. */
export interface Outcome {
  readonly status: number;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A gateway on a clock, a disk and a customers' service that all can fail; in process, over its `fetch`. */
export interface ChaoticGateway extends AsyncDisposable {
  readonly faults: { isDiskFull: boolean; customers: CustomersMood };
  /** Whether the clock was stepped and what is kept does not say so yet. */
  readonly isStepUnkept: () => boolean;
  readonly wallMs: () => number;
  /** Sets the machine's clock forward or back, which the fleet's must not follow. */
  readonly stepClock: (byMs: number) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Ends as by `kill -9`, and begins again with what was kept. */
  readonly restart: () => Promise<void>;
  readonly connect: (room: string, user: string) => Promise<Outcome>;
  readonly backend: (room: string, method: string, params: object) => Promise<Outcome>;
  readonly operator: (method: string, params?: object) => Promise<Outcome>;
  /** Sends a body as it is, as a server on a connection. */
  readonly server: (body: string, port: number) => Promise<Outcome>;
  /** What is kept. */
  readonly kept: () => SavedState;
}

/** The limits of the only customer. */
export const LIMITS = { maxPeers: 12, maxRooms: 5 };
const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 100;

/** Starts a gateway; `onFault` is told of answers and logs that must not be. */
export function createChaoticGateway(
  onFault: (fault: string) => void,
  tamper: Tamper = (r, pass) => pass(r),
): ChaoticGateway {
  const customer = createCustomer("acme", LIMITS);
  const faults: ChaoticGateway["faults"] = { isDiskFull: false, customers: "good" };
  const kept = createStateMirror();
  let offsetMs = 0;
  let isStepUnkept = false;
  const timers = new Set<Disposable>();
  const slow: (() => void)[] = [];
  let life = start(START_MS);

  function start(startMs: number) {
    const own = { isOver: false };
    const virtual = createVirtualClock(startMs);
    const clock: Clock = {
      now: virtual.now,
      wall: () => virtual.now() + offsetMs,
      every(intervalMs, callback) {
        const timer = virtual.every(intervalMs, callback);
        timers.add(timer);
        return {
          [Symbol.dispose]() {
            timers.delete(timer);
            timer[Symbol.dispose]();
          },
        };
      },
    };
    const state = {
      saved: kept.read(),
      writer: {
        async write(changes: SavedChanges) {
          if (own.isOver) throw new Error("the process is gone");
          if (faults.isDiskFull) throw new Error("no space left on device");
          keep(changes);
        },
        setAside: () => "set aside",
        async [Symbol.asyncDispose]() {},
      },
    };
    const config = {
      customerApi: { updateFunction: fetchCustomers, updateInterval: 5 },
      sfuConfig: { removeTimeout: 3_600 },
    };
    const world = createWorld(config, customer, clock, { state, startMs });
    return { world, own, virtual };
  }

  function keep(changes: SavedChanges): void {
    if (changes.isEverything) isStepUnkept = false;
    kept.take(changes);
  }

  async function fetchCustomers(): Promise<unknown> {
    if (faults.customers === "down") throw new Error("the service is down");
    if (faults.customers === "wrong") return [{ id: "acme", accessKeys: "none" }];
    if (faults.customers === "slow") await new Promise<void>((resolve) => slow.push(resolve));
    return [customer.entry];
  }

  async function send(path: string, authorization: string, body: string, port: number): Promise<Outcome> {
    const headers = { authorization, "content-type": "application/json" };
    const request = new Request(`http://gateway.test${path}`, { method: "POST", headers, body });
    const pass = (passed: Request) => life.world.gateway.fetch(passed, { address: "10.0.0.1", port });
    const response = await tamper(request, pass);
    const { status } = response;
    if (status >= 500 && status !== 503) onFault(`an answer with ${status}: ${await response.text()}`);
    const answer: Json = await response.json().catch(() => ({}));
    return { status, result: answer.result, error: answer.error };
  }

  const toBody = (method: string, params: object): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
  const wallMs = () => life.virtual.now() + offsetMs;
  const backend: ChaoticGateway["backend"] = async (room, method, params) =>
    send(
      "/",
      `Bearer ${await customer.signToken({ room, user: "backend", nowMs: wallMs() })}`,
      toBody(method, params),
      1,
    );

  async function end(): Promise<void> {
    try {
      await life.world[Symbol.asyncDispose]();
    } catch (error) {
      onFault(`a secret in the log: ${error}`);
    }
    if (timers.size > 0) onFault(`${timers.size} timers were left behind`);
  }

  return {
    faults,
    isStepUnkept: () => isStepUnkept,
    wallMs,
    stepClock(byMs) {
      offsetMs += byMs;
      isStepUnkept = true;
    },
    async sleep(ms) {
      if (faults.customers !== "slow") for (const release of slow.splice(0)) release();
      // In small steps: what the timers begin has to end before the next ones are due.
      for (let left = ms; left > 0; left -= STEP_MS) {
        await life.virtual.sleep(Math.min(STEP_MS, left));
        await turn();
      }
    },
    async restart() {
      const now = wallMs();
      life.own.isOver = true;
      await end();
      offsetMs = 0;
      life = start(now);
      await turn();
    },
    async connect(room, user) {
      const token = await customer.signToken({ room, user, nowMs: wallMs() });
      return send("/", `Bearer ${token}`, toBody("Connect", {}), 1);
    },
    backend,
    operator: (method, params = {}) => send("/internal", basic("op", USERS.op.password), toBody(method, params), 2),
    server: (body, port) => send("/internal", basic("sfu", USERS.sfu), body, port),
    kept: kept.read,
    [Symbol.asyncDispose]: end,
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

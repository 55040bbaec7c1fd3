import { RpcError } from "../errors.ts";
import { banClient, closeRoom, removeBan, sendMessage, updateRoom } from "../fleet/admin.ts";
import { admit } from "../fleet/admit.ts";
import { advance } from "../fleet/advance.ts";
import { searchBans } from "../fleet/ban-search.ts";
import { dropChanges } from "../fleet/changes.ts";
import { drainServer, undrainServer } from "../fleet/drain.ts";
import { type FleetEvent, takeEvents } from "../fleet/events.ts";
import { explainPlacement } from "../fleet/explain.ts";
import { forgetServer } from "../fleet/forget.ts";
import { checkNamed } from "../fleet/named.ts";
import { takeReport } from "../fleet/report.ts";
import { searchRooms } from "../fleet/room-search.ts";
import { searchServers } from "../fleet/server-status.ts";
import { registerServer, setPolicy } from "../fleet/servers.ts";
import type { Fleet, FleetPolicy, KeyCheck } from "../fleet/state.ts";
import type { FleetStore } from "../fleet/store.ts";
import { searchUsage } from "../fleet/usage-view.ts";
import { listRooms, listServers } from "../fleet/views.ts";
import type { Keeper } from "./keeper.ts";

/** The store of a gateway that is alone: the fleet in this process, which needs no claim, as nobody else changes it. */
export interface EmbeddedStore extends FleetStore, AsyncDisposable {
  /** Lets time pass: ends what is over, and keeps what has changed. To be called a few times a second. */
  readonly advance: () => void;
  /** Resolves when what backends' calls have done until now is kept; rejects with `notKept` if it cannot be. */
  readonly kept: () => Promise<void>;
  /** Runs a transition as one step, and has what it changed kept and told. */
  readonly run: <T>(transition: () => T) => T;
  /** Goes on under another policy, and with other keys in force. */
  readonly setPolicy: (policy: FleetPolicy, holdsKey: KeyCheck) => void;
}

/**
 * Creates the store around a fleet. `now` gives epoch milliseconds; `onEvent` is told what happened, in order. With a
 * `keeper`, the calls of customers' backends are over when what they did is kept, and reject with `notKept` if it could
 * not be.
 */
export function createEmbeddedStore(options: {
  fleet: Fleet;
  keeper: Keeper | undefined;
  now: () => number;
  onEvent: (event: FleetEvent) => void;
  /** What else a backend's call waits for: that those who were told of its events have kept them. */
  alsoKept?: () => Promise<void>;
}): EmbeddedStore {
  const { fleet, keeper, now, onEvent, alsoKept } = options;

  let isClosed = false;

  function run<T>(transition: () => T): T {
    return apply(() => transition(), undefined);
  }

  /** Runs a transition that a call asks for: without a function made for it, as there are thousands a second. */
  function apply<C, T>(transition: (fleet: Fleet, call: C, now: number) => T, call: C): T {
    // The state is no longer ours then: it may be another process's.
    if (isClosed) throw new RpcError("unavailable", { message: "this gateway has ended", data: { retryAfterSec: 1 } });
    try {
      return transition(fleet, call, now());
    } finally {
      for (const event of takeEvents(fleet)) onEvent(event);
      if (keeper) keeper.noteChanges();
      else dropChanges(fleet);
    }
  }

  async function runAndKeep(transition: () => void): Promise<void> {
    run(transition);
    await kept();
  }

  async function kept(): Promise<void> {
    await Promise.all([keeper?.kept(), alsoKept?.()]);
  }

  return {
    admit: (request) => apply(admit, request),
    report: (report) => apply(takeReport, report),
    register: (registration) => apply(registerServer, registration),
    closeRoom: (call) => runAndKeep(() => closeRoom(fleet, call, now())),
    banClient: (call) => runAndKeep(() => banClient(fleet, call, now())),
    updateRoom: (call) => runAndKeep(() => updateRoom(fleet, call, now())),
    sendMessage: (call) => runAndKeep(() => sendMessage(fleet, call, now())),
    drain: ({ afterSec, ...target }) =>
      runAndKeep(() => {
        const deadline = afterSec === undefined ? undefined : now() + afterSec * 1_000;
        if (drainServer(fleet, { ...target, deadline }, now()) === 0) throw toServerUnknown(target.endpoint);
      }),
    undrain: (target) =>
      runAndKeep(() => {
        if (undrainServer(fleet, target, now()) === 0) throw toServerUnknown(target.endpoint);
      }),
    forget: (target) => runAndKeep(() => forgetServer(fleet, target, now())),
    removeBan: (call) => runAndKeep(() => removeBan(fleet, call, now())),
    explain: (query) => run(() => explainPlacement(fleet, query, now())),
    servers: () => listServers(fleet),
    checkNamed: (named) => checkNamed(fleet, named),
    searchServers: (query) => run(() => searchServers(fleet, query, now())),
    searchRooms: (query) => searchRooms(fleet, query),
    searchBans: (query) => run(() => searchBans(fleet, query, now())),
    searchUsage: (query) => searchUsage(fleet, query),
    rooms: (page) => listRooms(fleet, page),
    advance() {
      if (isClosed) return;
      run(() => advance(fleet, now()));
      keeper?.flush();
    },
    kept,
    run,
    setPolicy: (policy, holdsKey) => run(() => setPolicy(fleet, policy, holdsKey)),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await keeper?.[Symbol.asyncDispose]();
    },
  };
}

function toServerUnknown(endpoint: string): RpcError {
  return new RpcError("serverUnknown", { message: `no server ${endpoint} has registered or reported` });
}

import { createServerKeys, type ServerKeys } from "./auth/server-keys.ts";
import type { Clock, Random } from "./clock.ts";
import type { FleetEvent } from "./fleet/events.ts";
import { type Restored, restoreFleet } from "./fleet/restore.ts";
import type { SavedState } from "./fleet/saved-state.ts";
import { createFleet, type Fleet, type FleetPolicy } from "./fleet/state.ts";
import { isServerKnown } from "./fleet/views.ts";
import type { Logger } from "./log.ts";
import { logFleetEvent } from "./observe/log-fleet-event.ts";
import { createEmbeddedStore, type EmbeddedStore } from "./store/embedded.ts";
import { createKeeper, type KeepOutcome } from "./store/keeper.ts";
import { createRedisStore } from "./store/redis/redis-store.ts";
import type { Sharing, SharingOptions } from "./store/redis/sharing.ts";
import type { StateWriter } from "./store/state-writer.ts";

/** A state that was kept over a restart, and what keeps it from now on. */
export interface KeptState {
  /** With times as the machine's clock shows them, which at a start are the fleet's. */
  readonly saved: SavedState;
  readonly writer: StateWriter;
}

/** Who counts what goes on. */
export interface FleetWatch {
  /** Told what happened in the fleet, after the log was. */
  readonly onFleetEvent: (event: FleetEvent) => void;
  /** Told of every attempt to write the state. */
  readonly onStateWrite: (isKept: boolean, durationMs: number) => void;
  /** Resolves when what was made of the events until now is kept as well as can be. */
  readonly kept: () => Promise<void>;
}

/** The fleet of this process with all that goes with it, until disposed: then everything is kept. */
export interface HostedFleet extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly store: EmbeddedStore;
  /** How this gateway stands to others; undefined where it shares nothing. */
  readonly sharing: () => Sharing | undefined;
  readonly serverKeys: ServerKeys;
  /** Goes on under another policy and other master keys. */
  readonly reconfigure: (policy: FleetPolicy, masterKeys: readonly Uint8Array[]) => void;
}

/** How often time passes for the fleet, and what has changed is kept. */
const ADVANCE_INTERVAL_MS = 100;

/** Creates the fleet, takes up the state that was kept if there is one, and has what happens logged and kept. */
export function createHostedFleet(options: {
  policy: FleetPolicy;
  masterKeys: readonly Uint8Array[];
  clock: Clock;
  random: Random;
  log: Logger;
  state: KeptState | undefined;
  /** Absent where this gateway has the fleet for itself. */
  sharing: SharingOptions | undefined;
  watch: FleetWatch;
}): HostedFleet {
  const { policy, masterKeys, clock, random, log, state, sharing, watch } = options;
  const serverKeys = createServerKeys(masterKeys);
  const create = () => createFleet(policy, random, clock.now(), serverKeys.isHeldBy);
  const fleet = (state && restore(state)) ?? create();
  for (const server of fleet.servers.values()) serverKeys.register(server);
  const keeper =
    state &&
    createKeeper({
      fleet,
      writer: watchWrites(state.writer, clock, watch.onStateWrite),
      clockOffset: () => toOffset(clock),
      onOutcome: (outcome) => logOutcome(log, outcome),
    });
  const base = { fleet, keeper, now: clock.now, alsoKept: watch.kept };
  const shared = sharing && createRedisStore({ ...base, sharing, onEvent, onMode: (next) => logSharing(log, next) });
  const store = shared ?? createEmbeddedStore({ ...base, onEvent: (event) => onEvent(event, false) });
  const timer = clock.every(ADVANCE_INTERVAL_MS, store.advance);

  /** What another gateway tells the world is only learnt from. */
  function onEvent(event: FleetEvent, isOthers: boolean): void {
    if (event.type === "server.registered" || event.type === "server.added") {
      serverKeys.register({ endpoint: event.server.endpoint, keys: event.keys });
    }
    if (event.type === "server.removed" && !isServerKnown(fleet, event.server.endpoint)) {
      serverKeys.forget(event.server.endpoint);
    }
    if (isOthers) return;
    logFleetEvent(log, event);
    watch.onFleetEvent(event);
  }

  /** The fleet that was kept, or nothing if it cannot be taken up: then it is set aside, so that the next start finds none. */
  function restore({ saved, writer }: KeptState): Fleet | undefined {
    try {
      const restored = create();
      const counts = restoreFleet(restored, saved, clock.now());
      logRestored(log, counts);
      return restored;
    } catch (error) {
      log.error("the kept state cannot be taken up, so this begins without servers and bans", {
        error,
        outcome: writer.setAside(),
      });
      return undefined;
    }
  }

  return {
    fleet,
    store,
    sharing: () => shared?.sharing(),
    serverKeys,
    reconfigure(nextPolicy, nextMasterKeys) {
      serverKeys.setMasterKeys(nextMasterKeys);
      store.setPolicy(nextPolicy, serverKeys.isHeldBy);
    },
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The same writer, with whoever counts told how each write went. */
function watchWrites(writer: StateWriter, clock: Clock, onWrite: FleetWatch["onStateWrite"]): StateWriter {
  return {
    ...writer,
    async write(changes) {
      const startedAt = clock.now();
      let isKept = false;
      try {
        await writer.write(changes);
        isKept = true;
      } finally {
        onWrite(isKept, clock.now() - startedAt);
      }
    },
  };
}

/** What the machine's clock is ahead of the fleet's, in whole seconds: less is drift, and no step. */
function toOffset(clock: Clock): number {
  return Math.round((clock.wall() - clock.now()) / 1_000) * 1_000;
}

function logRestored(log: Logger, { outdatedServers, ...counts }: Restored): void {
  if (outdatedServers > 0)
    log.warning("servers that were kept are too old to be taken up", { servers: outdatedServers });
  if (counts.endedBans > 0) log.info("bans that were kept have ended meanwhile", { bans: counts.endedBans });
  const { servers, rooms, bans, tasks } = counts;
  if (servers + bans > 0) log.info("the state of before was taken up", { servers, rooms, bans, tasks });
}

function logSharing(log: Logger, { mode, reason, gateways }: Sharing): void {
  if (mode === "joined") log.info("the fleet is shared", { gateways });
  else if (mode === "alone")
    log.error("the shared state cannot be reached: this gateway goes on by what it knows", { reason });
  else log.info("joining the shared state");
}

function logOutcome(log: Logger, outcome: KeepOutcome): void {
  if (outcome.kept) log.info("the state is kept again");
  else if (outcome.lost === undefined) {
    log.error("the state cannot be kept: Connect goes on, calls of backends are answered with an error", {
      reason: outcome.reason,
    });
  } else {
    log.error("the state could not be kept to the end: what is lost, a restart does not know", {
      reason: outcome.reason,
      lost: outcome.lost,
    });
  }
}

import { createServerKeys, type ServerKeys } from "./auth/server-keys.ts";
import type { Clock, Random } from "./clock.ts";
import { restoreFleet } from "./fleet/restore.ts";
import type { SavedState } from "./fleet/saved-state.ts";
import { createFleet, type Fleet, type FleetPolicy } from "./fleet/state.ts";
import { isServerKnown } from "./fleet/views.ts";
import type { Logger } from "./log.ts";
import { logFleetEvent } from "./observe/log-fleet-event.ts";
import { createEmbeddedStore, type EmbeddedStore } from "./store/embedded.ts";
import { createKeeper } from "./store/keeper.ts";
import type { StateWriter } from "./store/state-writer.ts";

/** A state that was kept over a restart, and what keeps it from now on. */
export interface KeptState {
  readonly saved: SavedState;
  readonly writer: StateWriter;
}

/** The fleet of this process with all that goes with it, until disposed: then everything is kept. */
export interface HostedFleet extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly store: EmbeddedStore;
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
}): HostedFleet {
  const { policy, masterKeys, clock, random, log, state } = options;
  const serverKeys = createServerKeys(masterKeys);
  const fleet = createFleet(policy, random, clock.now(), serverKeys.isHeldBy);
  if (state) takeUp(state.saved);
  const keeper =
    state &&
    createKeeper({
      fleet,
      writer: state.writer,
      onOutcome(outcome) {
        if (outcome.kept) log.info("the state is kept again");
        else {
          log.error("the state cannot be kept: Connect goes on, calls of backends are answered with an error", {
            reason: outcome.reason,
          });
        }
      },
    });
  const store = createEmbeddedStore({
    fleet,
    keeper,
    now: clock.now,
    onEvent(event) {
      if (event.type === "server.registered" || event.type === "server.added") {
        serverKeys.register({ endpoint: event.server.endpoint, keys: event.keys });
      }
      if (event.type === "server.removed" && !isServerKnown(fleet, event.server.endpoint)) {
        serverKeys.forget(event.server.endpoint);
      }
      logFleetEvent(log, event);
    },
  });
  const timer = clock.every(ADVANCE_INTERVAL_MS, store.advance);

  function takeUp(saved: SavedState): void {
    const restored = restoreFleet(fleet, saved, clock.now());
    for (const server of fleet.servers.values()) serverKeys.register(server);
    if (restored.outdatedServers > 0)
      log.warning("servers that were kept are too old to be taken up", { servers: restored.outdatedServers });
    const { servers, rooms, bans, tasks } = restored;
    if (servers + bans > 0) log.info("the state of before was taken up", { servers, rooms, bans, tasks });
  }

  return {
    fleet,
    store,
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

import { expect, test } from "bun:test";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { createFleet, type Fleet } from "../../src/fleet/state.ts";
import { createEmbeddedStore, type EmbeddedStore } from "../../src/store/embedded.ts";
import type { Keeper } from "../../src/store/keeper.ts";
import { checkByModel, type ModelWorld } from "../store/model.ts";
import { toSteps } from "../store/model-actions.ts";
import { findFaults } from "./find-faults.ts";
import { createStateMirror, createTestFleet, toMeaning, toWholeState } from "./fixture.ts";

/** Sums of these end just when something else does. */
const SLEEPS_MS = [100, 1_000, 3_000, 8_000, 30_000];

/** Leaves the changes with the fleet, for the mirror to take. */
const KEEPER: Keeper = { noteChanges() {}, flush() {}, async kept() {}, async [Symbol.asyncDispose]() {} };

/** A fleet of which everything is looked at, and which begins anew from what was kept of its changes alone. */
async function createKeptWorld(): Promise<ModelWorld> {
  const kept = createStateMirror();
  let now = 0;
  let fleet = createTestFleet();
  let store = createStore(fleet);

  function createStore(of: Fleet): EmbeddedStore {
    return createEmbeddedStore({ fleet: of, keeper: KEEPER, now: () => now, onEvent() {} });
  }

  return {
    now: () => now,
    fleets: () => [fleet],
    get stores() {
      return [store] as const;
    },
    async pass(ms) {
      now += ms;
      store.advance();
    },
    async settle() {},
    check(shown) {
      kept.apply(fleet);
      expect(toMeaning(kept.read(), now)).toEqual(toMeaning(toWholeState(fleet), now));
      expect(findFaults(fleet, shown)).toEqual([]);
    },
    async restart() {
      kept.apply(fleet);
      fleet = createFleet(fleet.policy, fleet.random, now);
      restoreFleet(fleet, kept.read(), now);
      store = createStore(fleet);
    },
    forgetsStrays: true,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

test("in any run, rooms stay whole, limits hold, usage is the sum of the reports, and every acknowledged task arrives, over restarts as well", async () => {
  await checkByModel(createKeptWorld, { steps: toSteps(SLEEPS_MS), numRuns: 1_500 });
}, 60_000);

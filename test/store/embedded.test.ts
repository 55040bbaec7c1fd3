import { createEmbeddedStore } from "../../src/store/embedded.ts";
import { createTestFleet } from "../fleet/fixture.ts";
import { MAX_BANS, testStore } from "./conformance.ts";
import { type ModelWorld, testStoreByModel } from "./model.ts";
import { STEPS } from "./model-actions.ts";

async function createWorld(): Promise<ModelWorld> {
  let now = 0;
  const fleet = createTestFleet({ maxBansPerCustomer: MAX_BANS });
  const store = createEmbeddedStore({ fleet, keeper: undefined, now: () => now, onEvent() {} });
  return {
    now: () => now,
    fleets: () => [fleet],
    stores: [store],
    async pass(ms) {
      now += ms;
      store.advance();
    },
    async settle() {},
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

testStore("the embedded store", createWorld);
testStoreByModel("the embedded store", createWorld, { steps: STEPS, numRuns: 300, timeoutMs: 60_000 });

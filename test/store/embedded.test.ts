import { createEmbeddedStore } from "../../src/store/embedded.ts";
import { createTestFleet } from "../fleet/fixture.ts";
import { MAX_BANS, testStore } from "./conformance.ts";

testStore("the embedded store", async () => {
  let now = 0;
  const fleet = createTestFleet({ maxBansPerCustomer: MAX_BANS });
  const store = createEmbeddedStore({ fleet, keeper: undefined, now: () => now, onEvent() {} });
  return {
    stores: [store],
    async pass(ms) {
      now += ms;
      store.advance();
    },
    async settle() {},
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
});

import type { FleetStore } from "../fleet/store.ts";
import type { RateLimits, Side } from "./rate-limits.ts";

/**
 * The store as one side may use it: what is limited is counted before it is done, and after it was found to be the
 * caller's to ask for, so that nobody can use up what is another's.
 */
export function createLimitedStore(store: FleetStore, limits: RateLimits, side: Side): FleetStore {
  /** Has a call about a room counted. */
  const limited =
    <C extends { readonly namespace: string; readonly room: string }, R>(act: (call: C) => R) =>
    (call: C): R => {
      limits.takeRoomCall(side, call.namespace, call.room);
      return act(call);
    };
  return {
    ...store,
    admit(request) {
      limits.takeConnect(request.customer);
      return store.admit(request);
    },
    closeRoom: limited(store.closeRoom),
    updateRoom: limited(store.updateRoom),
    banClient: limited(store.banClient),
    sendMessage: limited(store.sendMessage),
    removeBan: limited(store.removeBan),
  };
}

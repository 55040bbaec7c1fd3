import type { Membership } from "./membership.ts";
import type { SharedFleet } from "./shared-fleet.ts";
import type { StandingKeeper } from "./standing.ts";

/** How much longer a call waits where a gateway only has to tell what it did alone for its customer. */
const TELLING_MS = 1_000;

/** Creates what says whether the shared state can be asked about customers. */
export function createAsking(
  standing: StandingKeeper,
  membership: Pick<Membership, "follow" | "isTelling">,
): SharedFleet["canAsk"] {
  return async (customers, hasWaited) => {
    const follow = () => Promise.all([...customers()].map(membership.follow));
    if (await standing.canAsk(follow, hasWaited)) return true;
    // Whoever went on alone now would have to be told of as well, and so for ever.
    if (!standing.isOpen() || ![...customers()].some(membership.isTelling)) return false;
    const told = follow().then(
      () => true,
      () => false,
    );
    return await Promise.race([told, Bun.sleep(TELLING_MS).then(() => false)]);
  };
}

import type { FleetEvent } from "../../fleet/events.ts";
import type { Fleet } from "../../fleet/state.ts";
import type { EmbeddedStore } from "../embedded.ts";
import type { Claims } from "./claims.ts";
import type { Unshared } from "./unshared.ts";

/** What the operations of a gateway that shares its fleet work with. */
export interface SharedFleet {
  readonly fleet: Fleet;
  /** The same fleet, as long as nobody else can be asked. */
  readonly alone: EmbeddedStore;
  readonly claims: Claims;
  readonly gateway: string;
  readonly unshared: Unshared;
  readonly now: () => number;
  /** Says whether the shared state can be asked about these customers; what is being joined is waited for, a moment. */
  readonly canAsk: (customers: () => Iterable<string>, hasWaited?: boolean) => boolean | Promise<boolean>;
  /** Has the fleet know of a customer what the shared state has. */
  readonly readAnew: (customer: string) => Promise<void>;
  /**
   * Asks the shared state about a customer, or about one that only the whole state tells; once more if it could not be reached
   * and is back. Gives nothing if it cannot be asked, so that this gateway has to act alone.
   */
  readonly ask: <T>(
    customer: string | undefined,
    claim: () => Promise<T>,
  ) => Promise<{ readonly answer: T } | undefined>;
  /** Throws `unavailable` where a gateway must not act alone. */
  readonly checkAlone: () => void;
  /** Runs a transition, whose events are this gateway's own, and says which they were. */
  readonly act: <T>(transition: () => T) => { readonly result: T; readonly events: readonly FleetEvent[] };
  /** Runs a transition that follows what another gateway did. */
  readonly follow: (transition: () => void) => void;
}

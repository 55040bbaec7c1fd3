import type { FleetStore } from "../../src/fleet/store.ts";

/** Gateways on one fleet: as many as there are stores. */
export interface StoreWorld extends AsyncDisposable {
  readonly stores: readonly [FleetStore, ...FleetStore[]];
  /** Lets virtual time pass at all gateways. */
  readonly pass: (ms: number) => Promise<void>;
  /** Resolves when every gateway knows what happened until now. */
  readonly settle: () => Promise<void>;
}

/** Runs a test of such a sentence with the first and the last gateway, which are the same where there is one. */
export type Check = (
  sentence: string,
  body: (world: StoreWorld, a: FleetStore, b: FleetStore) => Promise<void>,
) => void;

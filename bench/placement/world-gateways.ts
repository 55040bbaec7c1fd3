import type { Awaitable } from "../../src/awaitable.ts";
import { type AdmitRequest, admit } from "../../src/fleet/admit.ts";
import { advance } from "../../src/fleet/advance.ts";
import { includeTraffic, takeChanges } from "../../src/fleet/changes.ts";
import { drainServer, undrainServer } from "../../src/fleet/drain.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import type { PlacementPolicy } from "../../src/fleet/placement-policy.ts";
import { type Report, takeReport } from "../../src/fleet/report.ts";
import { createFleet } from "../../src/fleet/state.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { toFleetPolicy } from "./scenarios.ts";

/** The gateways of a world, by number where it matters which of them is asked. */
export interface WorldGateways extends AsyncDisposable {
  /** Gives the server that a client is sent to, or nothing if they are refused. */
  readonly admit: (gateway: number, request: AdmitRequest, now: number) => Awaitable<string | undefined>;
  readonly report: (report: Report, now: number) => Awaitable<void>;
  readonly drain: (endpoint: string, now: number) => Awaitable<void>;
  readonly undrain: (endpoint: string, now: number) => Awaitable<void>;
  readonly advance: (now: number) => Awaitable<void>;
}

/** What such gateways are made of. */
export interface WorldGatewayOptions {
  readonly policy: PlacementPolicy;
  readonly count: number;
  readonly seed: number;
  readonly now: () => number;
}

/** Creates gateways that all get the reports, and know nothing else of each other. */
export function createFleets({ policy, count, seed, now: clock }: WorldGatewayOptions): WorldGateways {
  const fleets = Array.from({ length: count }, (_, i) =>
    createFleet(toFleetPolicy(policy), createSeededRandom(1_000 * seed + i), clock()),
  );
  return {
    admit(gateway, request, now) {
      const fleet = fleets[gateway % count];
      try {
        return fleet && admit(fleet, request, now).endpoint;
      } catch {
        return undefined;
      }
    },
    report(report, now) {
      for (const fleet of fleets) {
        takeReport(fleet, report, now);
        takeEvents(fleet);
        includeTraffic(fleet);
        takeChanges(fleet);
      }
    },
    drain(endpoint, now) {
      for (const fleet of fleets) drainServer(fleet, { endpoint }, now);
    },
    undrain(endpoint, now) {
      for (const fleet of fleets) undrainServer(fleet, { endpoint }, now);
    },
    advance(now) {
      for (const fleet of fleets) advance(fleet, now);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

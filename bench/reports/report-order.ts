import type { FleetSize } from "../fleet.ts";
import type { Target } from "../load/connection.ts";

/** What the reporter is to do: it is all the servers of a fleet. */
export type ReportOrder =
  /** Has every server report once, as fast as it goes; every `intervalSec` from `resume` on. */
  | {
      readonly kind: "start";
      readonly target: Target;
      readonly fleet: FleetSize;
      readonly intervalSec: number;
      /** Share of the rooms, 0 to 1, that has other peers in each report. */
      readonly changedShare: number;
    }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" };

/** How the reports went since the last `resume` or `start`. */
export interface ReportResult {
  readonly reports: number;
  /** Reports that were still waiting for their connection when they were due. */
  readonly late: number;
  readonly durationMs: number;
}

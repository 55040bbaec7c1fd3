import type { FleetSize } from "../fleet.ts";
import type { FleetCost } from "../scale/virtual-fleet.ts";
import type { KindFigures } from "./kinds.ts";

/** What is to be measured in process. */
export type InProcessOrder =
  | { readonly kind: "reports"; readonly fleet: FleetSize; readonly rounds: number }
  | { readonly kind: "fleet"; readonly fleet: FleetSize };

/** What came of it. */
export type InProcessResult =
  | { readonly kind: "reports"; readonly rounds: readonly KindFigures[] }
  | ({ readonly kind: "fleet" } & FleetCost);

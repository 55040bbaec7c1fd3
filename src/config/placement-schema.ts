import * as v from "valibot";
import { count, secondsOrNone } from "./sections.ts";

const STRATEGIES = ["random", "round-robin", "weighted", "least-loaded", "two-choice", "headroom"] as const;

const load = v.pipe(
  v.number("must be a load, of which 1 is full"),
  v.gtValue(0, "must be more than 0"),
  v.maxValue(100, "must be at most 100"),
);
const share = v.pipe(
  v.number("must be a number from 0 to 1"),
  v.minValue(0, "must be from 0 to 1"),
  v.maxValue(1, "must be from 0 to 1"),
);
const clients = v.pipe(
  v.number("must be a number of clients"),
  v.finite("must be finite"),
  v.minValue(1, "must be at least 1"),
);
const range = v.pipe(
  v.number("must be a number from 1 on"),
  v.finite("must be finite"),
  v.minValue(1, "must be at least 1"),
);

/** How servers are chosen for new rooms. Source: docs/placement.md. */
export const placement = v.pipe(
  v.strictObject(
    {
      strategy: v.optional(v.picklist(STRATEGIES, `must be one of ${STRATEGIES.join(", ")}`), "headroom"),
      overload: v.optional(
        v.picklist(["least-loaded", "refuse"], 'must be "least-loaded" or "refuse"'),
        "least-loaded",
      ),
      maxLoad: v.optional(load, 0.9),
      resumeLoad: v.optional(load, 0.8),
      maxOverMean: v.optional(load, 0.1),
      clientsPerServer: v.optional(clients, 500),
      minClients: v.optional(count, 20),
      costRange: v.optional(range, 4),
      pendingSec: v.optional(secondsOrNone, 15),
      residue: v.optional(share, 0.35),
      growthSec: v.optional(secondsOrNone, 60),
      maxGrowth: v.optional(clients, 60),
      slowStartSec: v.optional(secondsOrNone, 60),
      slowStartShare: v.optional(share, 0.1),
    },
    "must be an object",
  ),
  v.forward(
    v.partialCheck(
      [["maxLoad"], ["resumeLoad"]],
      ({ maxLoad, resumeLoad }) => resumeLoad <= maxLoad,
      "must be at most placement.maxLoad, or a server that is out of it is in at the same time",
    ),
    ["resumeLoad"],
  ),
);

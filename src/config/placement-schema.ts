import * as v from "valibot";
import { count, secondsOrNone } from "./values.ts";

const STRATEGIES = ["random", "round-robin", "weighted", "least-loaded", "two-choice", "headroom"] as const;

const load = (meaning: string) =>
  v.pipe(
    v.number("must be a load, of which 1 is full"),
    v.gtValue(0, "must be more than 0"),
    v.maxValue(100, "must be at most 100"),
    v.description(meaning),
  );
const share = (meaning: string) =>
  v.pipe(
    v.number("must be a number from 0 to 1"),
    v.minValue(0, "must be from 0 to 1"),
    v.maxValue(1, "must be from 0 to 1"),
    v.description(meaning),
  );
const clients = (meaning: string) =>
  v.pipe(
    v.number("must be a number of clients"),
    v.finite("must be finite"),
    v.minValue(1, "must be at least 1"),
    v.description(meaning),
  );
const range = (meaning: string) =>
  v.pipe(
    v.number("must be a number from 1 on"),
    v.finite("must be finite"),
    v.minValue(1, "must be at least 1"),
    v.description(meaning),
  );

/** How servers are chosen for new rooms. Source: docs/placement.md. */
export const placement = v.pipe(
  v.strictObject(
    {
      strategy: v.optional(
        v.pipe(
          v.picklist(STRATEGIES, `must be one of ${STRATEGIES.join(", ")}`),
          v.description("How the server of a new room is chosen ([placement](placement.md))"),
        ),
        "headroom",
      ),
      overload: v.optional(
        v.pipe(
          v.picklist(["least-loaded", "refuse"], 'must be "least-loaded" or "refuse"'),
          v.description(
            "What becomes of a new room when every server is too loaded: the least loaded one takes it, or the client is asked to come again",
          ),
        ),
        "least-loaded",
      ),
      maxLoad: v.optional(load("Load above which a server gets no new rooms; 1 is full"), 0.9),
      resumeLoad: v.optional(
        load("Load below which a server that was above `maxLoad` gets new rooms again; 1 is full"),
        0.8,
      ),
      maxOverMean: v.optional(
        load(
          'A server above `maxLoad` is not left out as long as it is beyond the mean load of its pool by less than this; not with `"refuse"`',
        ),
        0.1,
      ),
      clientsPerServer: v.optional(clients("Clients that fill a server, until their load is known"), 500),
      minClients: v.optional(count("Clients from which on a server's load tells what a client costs there"), 20),
      costRange: v.optional(
        range(
          "How many times dearer or cheaper than in its pool a client can be on a server; 1 takes the mean for all",
        ),
        4,
      ),
      pendingSec: v.optional(
        secondsOrNone("Seconds for which an issued token counts as load while no report shows its user"),
        15,
      ),
      residue: v.optional(
        share(
          "Share, from 0 to 1, of a change in clients that the load of the same report is expected not to show yet",
        ),
        0.35,
      ),
      growthSec: v.optional(
        secondsOrNone("Age in seconds up to which rooms are expected to grow; 0 for not at all"),
        60,
      ),
      maxGrowth: v.optional(clients("Most clients that a young room is expected to get"), 60),
      slowStartSec: v.optional(
        secondsOrNone("Seconds in which a server that is new, or came back, comes to its full share"),
        60,
      ),
      slowStartShare: v.optional(
        share("Load, as a share of a full server, up to which such a server is filled at first"),
        0.1,
      ),
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

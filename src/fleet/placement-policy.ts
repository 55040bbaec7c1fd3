/** Names of the policies that can be chosen. */
export type StrategyName = "random" | "round-robin" | "weighted" | "least-loaded" | "two-choice" | "headroom";

/** How servers are chosen for new rooms; a load of 1 is full. Source: docs/placement.md. */
export interface PlacementPolicy {
  readonly strategy: StrategyName;
  /** What happens when every server is too loaded: the least loaded one is taken, or the client is asked to come back. */
  readonly overload: "least-loaded" | "refuse";
  /** Estimated load above which a server gets no new rooms … */
  readonly maxLoad: number;
  /** … until it has fallen below this. */
  readonly resumeLoad: number;
  /** Beyond the pool's mean by less than this, a server is not out; not with `refuse`. */
  readonly maxOverMean: number;
  /** Clients that fill a server, until their load is known. */
  readonly clientsPerServer: number;
  /** Clients from which on a server's load tells what a client costs there. */
  readonly minClients: number;
  /** How many times cheaper or dearer than in the pool a client can be; 1 takes the pool's mean for all. */
  readonly costRange: number;
  /** How long an issued token counts as load while no report shows the peer; 0 for not at all. */
  readonly pendingMs: number;
  /** Share of a change in clients that the load of the same report is expected not to show yet. */
  readonly residue: number;
  /** Age up to which a room is expected to grow; 0 for not at all. */
  readonly growthMs: number;
  /** Most peers that a young room is expected to get. */
  readonly maxGrowth: number;
  /** Time in which a server that is new, or came back, comes to its full share; 0 for at once. */
  readonly slowStartMs: number;
  /** The load up to which it is filled at first. */
  readonly slowStartShare: number;
}

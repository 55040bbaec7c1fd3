/** How large rooms get, learned from those that have grown up. */
export interface RoomSizes {
  readonly overall: SizeAverage;
  /** The namespace that was learned from last is at the end. */
  readonly byNamespace: Map<string, SizeAverage>;
}

interface SizeAverage {
  mean: number;
  samples: number;
}

/** Rooms over which the averages run. */
const MEMORY = 200;
/** A namespace's own rooms are believed over all rooms by as much as they outnumber these. */
const PRIOR_SAMPLES = 10;
const MAX_NAMESPACES = 10_000;

/** Creates what is known before any room has grown up. */
export function createRoomSizes(): RoomSizes {
  return { overall: createAverage(), byNamespace: new Map() };
}

/** Learns the most peers that a room had when it stopped growing. */
export function learnRoomSize({ overall, byNamespace }: RoomSizes, namespace: string, peers: number): void {
  learn(overall, peers);
  const own = byNamespace.get(namespace) ?? createAverage();
  learn(own, peers);
  byNamespace.delete(namespace);
  byNamespace.set(namespace, own);
  if (byNamespace.size <= MAX_NAMESPACES) return;
  for (const oldest of byNamespace.keys()) {
    byNamespace.delete(oldest);
    return;
  }
}

/** Peers that a new room of the namespace is expected to reach, at least 1 and at most `max`. */
export function expectPeers({ overall, byNamespace }: RoomSizes, namespace: string, max: number): number {
  const own = byNamespace.get(namespace);
  const mean = own
    ? (own.mean * own.samples + overall.mean * PRIOR_SAMPLES) / (own.samples + PRIOR_SAMPLES)
    : overall.mean;
  return Math.max(1, Math.min(mean, max));
}

function createAverage(): SizeAverage {
  return { mean: 0, samples: 0 };
}

/** The plain mean of the first rooms, a moving average from then on. */
function learn(average: SizeAverage, peers: number): void {
  average.samples = Math.min(average.samples + 1, MEMORY);
  average.mean += (peers - average.mean) / average.samples;
}

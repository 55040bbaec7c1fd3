import { createFifo } from "./fifo.ts";

/** A message that waits to be delivered. */
export interface Message {
  /** Rises with every message of any webhook. */
  readonly seq: number;
  /** What the receiver knows it by, the same at every attempt. */
  readonly id: string;
  readonly key: string;
  readonly body: string;
  /** When it was made, as the machine's clock showed it. */
  readonly wallMs: number;
}

/** The messages of one key, of which only the first is ever on its way. */
export interface Lane {
  readonly key: string;
  readonly messages: Message[];
  attempts: number;
  /** When it may be tried again, on the clock that only runs forward. */
  dueAt: number;
  isBusy: boolean;
  /** Whether it may be tried now. */
  isReady: boolean;
}

/** Most that may wait for one webhook. */
export interface QueueBounds {
  readonly messages: number;
  readonly bytes: number;
}

/** The messages of one webhook: in order within a key, and the keys in turn. */
export interface Lanes {
  readonly count: () => number;
  readonly bytes: () => number;
  /** Adds a message, and gives those that had to go for it, the oldest. */
  readonly add: (message: Message) => readonly Message[];
  /** Takes a lane that is due, and makes it busy; it is to be `finish`ed or `retry`ed. */
  readonly take: (now: number) => Lane | undefined;
  /** Takes the first message of a busy lane out, if it is still the one. */
  readonly finish: (lane: Lane, message: Message) => void;
  /** Has the lane wait until `dueAt`. */
  readonly retry: (lane: Lane, dueAt: number) => void;
  readonly oldest: () => Message | undefined;
  readonly all: () => Iterable<Message>;
  readonly clear: () => void;
}

/** Creates empty lanes. */
export function createLanes(bounds: QueueBounds): Lanes {
  const waiting = new Set<number>();
  const byAge = createFifo<Message>(({ seq }) => waiting.has(seq));
  const lanes = new Map<string, Lane>();
  /** Lanes that may be tried now, the one that waits longest first. */
  const ready = createFifo<Lane>(({ isReady }) => isReady);
  /** Lanes that wait after a failure. */
  const resting = new Set<Lane>();
  let bytes = 0;
  /** When the first of those that rest is due, or earlier. */
  let wakeAt = Number.POSITIVE_INFINITY;

  function wake(now: number): void {
    if (now < wakeAt) return;
    wakeAt = Number.POSITIVE_INFINITY;
    for (const lane of resting) {
      if (lane.dueAt > now) wakeAt = Math.min(wakeAt, lane.dueAt);
      else if (resting.delete(lane)) makeReady(lane);
    }
  }

  function makeReady(lane: Lane): void {
    lane.isReady = true;
    ready.push(lane);
  }

  function forget(message: Message): void {
    if (waiting.delete(message.seq)) bytes -= sizeOf(message);
  }

  function dropOldest(): Message | undefined {
    for (const message of byAge.values()) {
      const lane = lanes.get(message.key);
      if (!lane || (lane.isBusy && lane.messages[0] === message)) continue;
      // The oldest of all is the oldest of its key too, but for one that is on its way.
      lane.messages.splice(lane.isBusy ? 1 : 0, 1);
      if (!lane.isBusy) lane.attempts = 0;
      forget(message);
      if (lane.messages.length === 0) drop(lane);
      return message;
    }
    return undefined;
  }

  function drop(lane: Lane): void {
    lanes.delete(lane.key);
    lane.isReady = false;
    resting.delete(lane);
  }

  return {
    count: () => waiting.size,
    bytes: () => bytes,
    add(message) {
      const lane = lanes.get(message.key) ?? createLane(message.key);
      if (lane.messages.length === 0) {
        lanes.set(lane.key, lane);
        makeReady(lane);
      }
      lane.messages.push(message);
      waiting.add(message.seq);
      byAge.push(message);
      bytes += sizeOf(message);
      const dropped: Message[] = [];
      while (waiting.size > bounds.messages || bytes > bounds.bytes) {
        const oldest = dropOldest();
        if (!oldest) break;
        dropped.push(oldest);
      }
      return dropped;
    },
    take(now) {
      wake(now);
      const [lane] = ready.values();
      if (!lane) return undefined;
      lane.isReady = false;
      lane.isBusy = true;
      return lane;
    },
    finish(lane, message) {
      if (lanes.get(lane.key) !== lane) return;
      lane.isBusy = false;
      lane.attempts = 0;
      lane.messages.shift();
      forget(message);
      if (lane.messages.length === 0) drop(lane);
      else makeReady(lane);
    },
    retry(lane, dueAt) {
      if (lanes.get(lane.key) !== lane) return;
      lane.isBusy = false;
      lane.dueAt = dueAt;
      wakeAt = Math.min(wakeAt, dueAt);
      resting.add(lane);
    },
    oldest() {
      const [oldest] = byAge.values();
      return oldest;
    },
    all: byAge.values,
    clear() {
      for (const each of [waiting, byAge, lanes, ready, resting]) each.clear();
      bytes = 0;
    },
  };
}

function createLane(key: string): Lane {
  return { key, messages: [], attempts: 0, dueAt: 0, isBusy: false, isReady: false };
}

function sizeOf({ body, key }: Message): number {
  return body.length + key.length;
}

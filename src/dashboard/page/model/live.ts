import type { FeedEvent } from "../../feed.ts";
import { applyEvent, type FleetState } from "./fleet-state.ts";
import { createStore, type Store } from "./store.ts";

/** What the page knows, and whether that is still so. */
export interface Live {
  readonly fleet: FleetState | undefined;
  /** When the last event came, or the page began to wait for one; epoch milliseconds of the browser's clock. */
  readonly heardAt: number;
  readonly isConnected: boolean;
  /** What to add to the browser's clock to get the gateway's, milliseconds. */
  readonly skewMs: number;
}

/** Told of what comes over a connection, and of its end. */
export interface FeedListener {
  readonly onData: (text: string) => void;
  readonly onError: () => void;
}

/** Where the feed lies, and what of the browser it needs. */
export interface LiveOptions {
  /** Opens a connection, and gives what closes it. */
  readonly open: (listener: FeedListener) => () => void;
  readonly now: () => number;
  /** Calls the function again and again until it is disposed. */
  readonly every: (ms: number, run: () => void) => Disposable;
}

/** So long nothing has come when the connection counts as lost, although nobody has said so. */
const SILENCE_MS = 4_000;
/** Between attempts to connect. */
const RETRY_MS = 2_000;
const CHECK_MS = 500;

/** Follows the feed until disposed; it connects again by itself whatever cut it off. */
export function followFeed({ open, now, every }: LiveOptions): { readonly live: Store<Live> } & Disposable {
  const live = createStore<Live>({ fleet: undefined, heardAt: now(), isConnected: false, skewMs: 0 });
  let triedAt = 0;
  let close: (() => void) | undefined;

  function lose(): void {
    close?.();
    close = undefined;
    if (live.get().isConnected) live.set({ ...live.get(), isConnected: false });
  }

  function connect(): void {
    triedAt = now();
    close = open({
      onData(text) {
        const event = parseEvent(text);
        const fleet = applyEvent(live.get().fleet, event);
        live.set({ fleet, heardAt: now(), isConnected: true, skewMs: event.at - now() });
      },
      onError: lose,
    });
  }

  const checking = every(CHECK_MS, () => {
    const lastSign = Math.max(live.get().heardAt, triedAt);
    if (close && now() - lastSign >= SILENCE_MS) lose();
    if (close === undefined && now() - triedAt >= RETRY_MS) connect();
  });
  connect();

  return {
    live,
    [Symbol.dispose]() {
      checking[Symbol.dispose]();
      close?.();
    },
  };
}

/** Reads an event; the feed comes from the gateway that sent this page, so its shape is known. */
function parseEvent(data: string): FeedEvent {
  return JSON.parse(data) as FeedEvent;
}

import { RpcError } from "../errors.ts";
import type { Viewer } from "../http/router.ts";

/** Those who look at the feed at the moment. */
export interface Viewers {
  readonly count: () => number;
  /** Answers one more with a stream that begins with `first`; throws `unavailable` if there are too many, or all is over. */
  readonly add: (viewer: Viewer, first: Uint8Array) => Response;
  /** Sends the same to all. Whoever does not keep up is cut: they come again, and are told everything. */
  readonly send: (event: Uint8Array) => void;
  /** Ends the streams of those for whom it does not hold. */
  readonly endUnless: (holds: (viewer: Viewer) => boolean) => void;
  /** Ends all streams, and begins no more. */
  readonly close: () => void;
}

const MAX_VIEWERS = 50;
/** Events that may wait for a viewer, so many seconds. They are the same bytes for all, so that they cost memory once. */
const MAX_WAITING = 10;
/** Seconds after which the connection is cut of a viewer who takes nothing, or whose stream is over. */
const CUT_AFTER_SEC = 1;
const RETRY_AFTER_SEC = 5;
/** Browsers come again after so many milliseconds. */
const PREAMBLE = Buffer.from("retry: 1000\n\n");

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Or nginx keeps events back until it has enough of them.
  "X-Accel-Buffering": "no",
};

/** Creates a list without viewers. */
export function createViewers(): Viewers {
  const viewers = new Map<ReadableStreamDefaultController<Uint8Array>, Viewer>();
  let isOver = false;

  function end(controller: ReadableStreamDefaultController<Uint8Array>): void {
    viewers.get(controller)?.peer.setIdleTimeout?.(CUT_AFTER_SEC);
    viewers.delete(controller);
    controller.close();
  }

  return {
    count: () => viewers.size,
    add(viewer, first) {
      if (isOver) throw unavailable("the gateway is draining");
      if (viewers.size >= MAX_VIEWERS) throw unavailable(`${MAX_VIEWERS} others look at the dashboard already`);
      // What is sent does not count as traffic on the connection.
      viewer.peer.setIdleTimeout?.(0);
      let own: ReadableStreamDefaultController<Uint8Array> | undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            own = controller;
            viewers.set(controller, viewer);
            controller.enqueue(PREAMBLE);
            controller.enqueue(first);
          },
          cancel() {
            if (own) viewers.delete(own);
          },
        },
        new CountQueuingStrategy({ highWaterMark: MAX_WAITING }),
      );
      return new Response(body, { headers: HEADERS });
    },
    send(event) {
      for (const controller of [...viewers.keys()]) {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(event);
        else end(controller);
      }
    },
    endUnless(holds) {
      for (const [controller, viewer] of [...viewers]) if (!holds(viewer)) end(controller);
    },
    close() {
      isOver = true;
      for (const controller of [...viewers.keys()]) end(controller);
    },
  };
}

function unavailable(message: string): RpcError {
  return new RpcError("unavailable", { message, data: { retryAfterSec: RETRY_AFTER_SEC } });
}

import type { DeltaEvent, FeedEvent, FullEvent } from "../../src/dashboard/feed.ts";
import type { Gateway } from "../../src/gateway.ts";
import type { Peer } from "../../src/http/caller.ts";
import { USERS } from "../world.ts";

/** Credentials of the operator of the test worlds. */
export const OPERATOR = `Basic ${btoa(`op:${USERS.op.password}`)}`;

/** A request to a gateway, in process and with an operator's credentials unless `headers` has others. */
export function ask(
  gateway: Gateway,
  path: string,
  headers: Record<string, string> = {},
  { peer = {}, method = "GET" }: { peer?: Partial<Peer>; method?: string } = {},
): Promise<Response> {
  const request = new Request(`http://gateway.test${path}`, {
    method,
    headers: { host: "gateway.test", authorization: OPERATOR, ...headers },
  });
  return gateway.fetch(request, { address: "10.0.0.9", port: 50_000, ...peer });
}

/** Somebody who looks at the feed. */
export interface Watcher {
  /** The next event; undefined if the stream has ended. */
  readonly next: () => Promise<FeedEvent | undefined>;
  readonly full: () => Promise<FullEvent>;
  readonly delta: () => Promise<DeltaEvent>;
  readonly leave: () => Promise<void>;
}

/** Looks at the feed of a gateway. */
export async function openFeed(gateway: Gateway, peer: Partial<Peer> = {}): Promise<Watcher> {
  const response = await ask(gateway, "/dashboard/feed", {}, { peer });
  if (response.status !== 200 || !response.body) throw new Error(await response.text());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";

  async function next(): Promise<FeedEvent | undefined> {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (event.startsWith("data: ")) return JSON.parse(event.slice("data: ".length));
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  }

  async function take<K extends FeedEvent["kind"]>(kind: K): Promise<Extract<FeedEvent, { kind: K }>> {
    const event = await next();
    if (event?.kind !== kind) throw new Error(`the next event is ${event?.kind ?? "the end"}, not ${kind}`);
    return event as Extract<FeedEvent, { kind: K }>;
  }

  return { next, full: () => take("full"), delta: () => take("delta"), leave: () => reader.cancel() };
}

import { createHmac } from "node:crypto";
import type { WebhookEvent } from "../../src/config/webhooks-schema.ts";
import { createLogger } from "../../src/log.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createVirtualClock, type VirtualClock } from "../../src/sim/virtual-clock.ts";
import type { KeptMessages } from "../../src/webhooks/queue-file.ts";
import { createWebhooks } from "../../src/webhooks/webhooks.ts";
import type { Json } from "../json.ts";

export const SECRET_TEXT = "whsec_d2ViaG9vay1zZWNyZXQtb2YtdGhlLXRlc3RzIQ==";
export const SECRET = Buffer.from("webhook-secret-of-the-tests!");

/** What a receiver got. */
export interface Received {
  readonly id: string;
  readonly headers: Headers;
  readonly raw: string;
  readonly body: Json;
}

/** What it answers. */
type Answer = (received: Received, count: number) => Response | Promise<Response>;

/** A receiver on a port of its own, which answers 204 if it is not told otherwise. */
export function createReceiver(answer: Answer = () => new Response(null, { status: 204 })) {
  const received: Received[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request): Promise<Response> {
      const raw = await request.text();
      const { headers } = request;
      const one = { id: headers.get("webhook-id") ?? "", headers, raw, body: JSON.parse(raw) };
      received.push(one);
      return answer(one, received.length);
    },
  });
  return {
    url: server.url.href,
    received,
    types: () => received.map(({ body }) => body.type),
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`this never came: ${isSo}`);
    await Bun.sleep(1);
  }
}

/** The same while the clock goes on in small steps, but not while a message is on its way. */
export async function tickUntil(
  { clock, isBusy }: { clock: VirtualClock; isBusy: () => boolean },
  isSo: () => boolean,
  stepMs = 50,
): Promise<void> {
  let isTicking = true;
  const ticking = (async () => {
    while (isTicking) {
      for (let passed = 0; passed < stepMs && !isBusy(); passed += MAX_STEP_MS)
        await clock.sleep(Math.min(stepMs, MAX_STEP_MS));
      await Bun.sleep(1);
    }
  })();
  await until(isSo).finally(() => {
    isTicking = false;
  });
  await ticking;
}

/** An attempt that begins in the middle of a step must not be late at its end. */
const MAX_STEP_MS = 5_000;
const DEADLINE_MS = 10_000;

/** A clock, and whether anybody waits for an answer with its help. */
function watchAttempts(clock: VirtualClock) {
  let attempts = 0;
  return {
    isBusy: () => attempts > 0,
    clock: {
      ...clock,
      every(intervalMs: number, callback: () => void) {
        const timer = clock.every(intervalMs, callback);
        if (intervalMs !== DEADLINE_MS) return timer;
        attempts++;
        return {
          [Symbol.dispose]() {
            timer[Symbol.dispose]();
            attempts--;
          },
        };
      },
    },
  };
}

/** Webhooks of those receivers, on a virtual clock. */
export function createTestWebhooks(
  receivers: readonly { url: string; events?: readonly WebhookEvent[]; secret?: Uint8Array }[],
  { kept, startMs = Date.now() }: { kept?: KeptMessages | undefined; startMs?: number } = {},
) {
  const { clock, isBusy } = watchAttempts(createVirtualClock(startMs));
  const logLines: Json[] = [];
  const counts: Record<string, number> = {};
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const toConfig = (list: typeof receivers) =>
    list.map(({ url, events = ["server.added"], secret = SECRET }) => ({ url, secret, events }));
  const webhooks = createWebhooks({
    webhooks: toConfig(receivers),
    kept,
    version: "0.0.0",
    clock,
    random: createSeededRandom(1),
    log: createLogger({ level: "DEBUG", format: "json", write: (line) => logLines.push(JSON.parse(line)) }),
    watch: {
      onWebhooks() {},
      onDelivered: () => count("delivered"),
      onRetry: () => count("retried"),
      onGivenUp: (_, reason) => count(reason),
    },
  });
  return {
    ...webhooks,
    clock,
    isBusy,
    logLines,
    counts,
    reload: (list: typeof receivers) => webhooks.reconfigure(toConfig(list)),
    /** A server of that name is added. */
    add: (endpoint: string) =>
      webhooks.onFleetEvent({ type: "server.added", server: { pool: "default", endpoint }, keys: undefined }),
    status: (index = 0) => webhooks.status()[index],
  };
}

/** Says whether a signature is that of the text; made without the code that is tested. */
export function isSigned({ id, headers, raw }: Received, secret: Uint8Array = SECRET): boolean {
  const text = `${id}.${headers.get("webhook-timestamp")}.${raw}`;
  const expected = createHmac("sha256", secret).update(text).digest("base64");
  return headers.get("webhook-signature") === `v1,${expected}`;
}

import type { Clock } from "../clock.ts";
import { createSignatureHeaders } from "./sign.ts";

/** How an attempt to deliver a message ended; `reason` is for people, without the URL. */
export type AttemptOutcome =
  | { readonly kind: "delivered" }
  /** The receiver wants nothing any more. */
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly reason: string }
  /** It was called off from here. */
  | { readonly kind: "aborted" };

const DEADLINE_MS = 10_000;
/** So much of an answer is read, so that the connection can be used again; of a longer one nothing more. */
const MAX_ANSWER_BYTES = 16 * 1_024;

/**
 * Sends a message once, to the URL and nowhere else: an answer that leads on to another one is a failure. Never rejects;
 * the answer has to begin within 10 s.
 */
export async function attemptDelivery(options: {
  url: string;
  secret: Uint8Array;
  message: { readonly id: string; readonly body: string };
  version: string;
  clock: Clock;
  signal: AbortSignal;
}): Promise<AttemptOutcome> {
  const { url, secret, message, version, clock, signal } = options;
  const own = new AbortController();
  let isLate = false;
  const deadline = clock.every(DEADLINE_MS, () => {
    isLate = true;
    own.abort();
  });
  const end = () => {
    deadline[Symbol.dispose]();
    signal.removeEventListener("abort", abort);
  };
  const abort = () => own.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) return { kind: "aborted" };
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      decompress: false,
      headers: {
        "content-type": "application/json",
        "user-agent": `odin-gateway/${version}`,
        // What a receiver answers is of no interest, and a few bytes could unpack to gigabytes.
        "accept-encoding": "identity",
        ...createSignatureHeaders(message, secret, clock.wall()),
      },
      body: message.body,
      signal: own.signal,
    });
    void dropAnswer(response, own).finally(end);
    return toOutcome(response.status);
  } catch (error) {
    end();
    if (isLate) return { kind: "failed", reason: `no answer within ${DEADLINE_MS / 1_000} s` };
    if (signal.aborted) return { kind: "aborted" };
    return { kind: "failed", reason: toReason(error) };
  }
}

function toOutcome(status: number): AttemptOutcome {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return { kind: "gone" };
  if (status >= 300 && status < 400)
    return { kind: "failed", reason: `the answer was ${status}, and redirects are not followed` };
  return { kind: "failed", reason: `the answer was ${status}` };
}

/** Reads a short answer to its end, and breaks off the connection of a longer one. */
async function dropAnswer({ body }: Response, connection: AbortController): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status was there, and that is all that counts.
  }
  if (bytes > MAX_ANSWER_BYTES) connection.abort();
}

/** The system's word for it: the message may have the URL in it. */
function toReason(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? `the connection failed: ${code}` : "the connection failed";
}

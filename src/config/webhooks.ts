import { ConfigError } from "../errors.ts";
import type { ParsedConfig } from "./schema.ts";
import type { ReferenceReader } from "./secrets.ts";
import { WEBHOOK_EVENTS, type WebhookEvent } from "./webhooks-schema.ts";

/** A webhook with its secret read. */
export interface Webhook {
  /** Never in a log, as its path and query may hold secrets. */
  readonly url: string;
  /** The key that signatures are made with. */
  readonly secret: Uint8Array;
  readonly events: readonly WebhookEvent[];
}

const MIN_BYTES = 24;
const PREFIX = "whsec_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads the secrets of webhooks; what is wrong with them goes to the reader's issues. */
export function readWebhooks({ webhooks }: ParsedConfig, read: ReferenceReader, source: string): readonly Webhook[] {
  return webhooks.map(({ url, secret, events }, index) => {
    const path = `webhooks[${index}].secret`;
    const text = read.secret(path, secret);
    return {
      url: new URL(url).href,
      secret: (text !== "" && read.parsed(() => parseWebhookSecret(text, source, path))) || new Uint8Array(),
      events: events === "*" ? WEBHOOK_EVENTS : [...new Set(events)],
    };
  });
}

/** What of a webhook's URL may be shown: what comes after the host may hold secrets. */
export function toShownUrl(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/…`;
}

/**
 * The key in a secret of the form `whsec_<base64>`, or the bytes of any other text. Throws a ConfigError if it is short.
 * Source: the Standard Webhooks specification, "Signature scheme".
 */
function parseWebhookSecret(text: string, source: string, path: string): Uint8Array {
  const isEncoded = text.startsWith(PREFIX);
  const encoded = text.slice(PREFIX.length);
  const fault = (message: string) => new ConfigError(source, [{ path, message }]);
  if (isEncoded && !BASE64.test(encoded)) throw fault(`must be base64 after ${PREFIX}`);
  const key = isEncoded ? Buffer.from(encoded, "base64") : Buffer.from(text);
  if (key.byteLength < MIN_BYTES) throw fault(`must be at least ${MIN_BYTES} bytes, as others could guess it`);
  return key;
}

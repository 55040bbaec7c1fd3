import { createHmac } from "node:crypto";

/**
 * Headers by which a receiver knows who sent a message, and when: the signature is made of the id, the time of the attempt
 * and the body. Source: the Standard Webhooks specification, "Webhook Headers" and "Signature scheme".
 */
export function createSignatureHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  secret: Uint8Array,
  wallMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(wallMs / 1_000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

import { RpcError } from "../errors.ts";
import { findExcess, type JsonBounds } from "./json-bounds.ts";

/** Bytes that are no UTF-8 are no text: what would be put in their place makes one name of many. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body of at most `maxBytes`; throws `bodyTooLarge` as soon as it is known to be longer, and `parse` if the peer goes
 * away in the middle of it.
 */
export function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  const body = announced === null ? readCounted(request, maxBytes) : request.bytes();
  return body.catch(throwParseError);
}

/**
 * What a body says in JSON; throws `parse` if it is no JSON in UTF-8, or exceeds the bounds. `onRead` is told how long its text
 * was. Not by a promise, as the bytes come: one that was there before the last collection of young garbage keeps what it is
 * resolved with until the next one of everything, and what is parsed of a report is twice as large as its bytes.
 */
export function parseBody(body: Uint8Array, bounds: JsonBounds | undefined, onRead: (length: number) => void): unknown {
  try {
    const text = decoder.decode(body);
    onRead(text.length);
    const excess = bounds && findExcess(text, bounds);
    if (excess !== undefined) throw new RpcError("parse", { message: `the body ${excess}` });
    return JSON.parse(text);
  } catch (cause) {
    throw toParseError(cause);
  }
}

/** Reads a body of unknown length (chunked), and gives up when it passes the limit. */
async function readCounted(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function throwParseError(cause: unknown): never {
  throw toParseError(cause);
}

function toParseError(cause: unknown): RpcError {
  return cause instanceof RpcError ? cause : new RpcError("parse", { cause });
}

function tooLarge(maxBytes: number): RpcError {
  return new RpcError("bodyTooLarge", { message: `the body is longer than ${maxBytes} bytes` });
}

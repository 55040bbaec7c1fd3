import { RpcError } from "../errors.ts";
import { findExcess, type JsonBounds } from "./json-bounds.ts";

/** Bytes that are no UTF-8 are no text: what would be put in their place makes one name of many. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a JSON body of at most `maxBytes`; throws `bodyTooLarge` as soon as it is known to be longer, and `parse` if it is
 * no JSON in UTF-8, if it exceeds the bounds, or if the peer goes away in the middle of it. `onRead` is told how long its
 * text was.
 */
export async function readJson(
  request: Request,
  { maxBytes, bounds }: { readonly maxBytes: number; readonly bounds: JsonBounds | undefined },
  onRead: (length: number) => void,
): Promise<unknown> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  try {
    const text = decoder.decode(announced === null ? await readCounted(request, maxBytes) : await request.bytes());
    onRead(text.length);
    const excess = bounds && findExcess(text, bounds);
    if (excess !== undefined) throw new RpcError("parse", { message: `the body ${excess}` });
    return JSON.parse(text);
  } catch (cause) {
    throw cause instanceof RpcError ? cause : new RpcError("parse", { cause });
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

function tooLarge(maxBytes: number): RpcError {
  return new RpcError("bodyTooLarge", { message: `the body is longer than ${maxBytes} bytes` });
}

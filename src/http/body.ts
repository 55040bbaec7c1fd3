import { RpcError } from "../errors.ts";

/**
 * Reads a JSON body of at most `maxBytes`; throws `bodyTooLarge` as soon as it is known to be longer, and `parse` if it is
 * no JSON, or if the peer goes away in the middle of it. `onRead` is told how long its text was.
 */
export async function readJson(request: Request, maxBytes: number, onRead: (length: number) => void): Promise<unknown> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  try {
    const text = announced === null ? await readCounted(request, maxBytes) : await request.text();
    onRead(text.length);
    return JSON.parse(text);
  } catch (cause) {
    throw cause instanceof RpcError ? cause : new RpcError("parse", { cause });
  }
}

/** Reads a body of unknown length (chunked), and gives up when it passes the limit. */
async function readCounted(request: Request, maxBytes: number): Promise<string> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(maxBytes: number): RpcError {
  return new RpcError("bodyTooLarge", { message: `the body is longer than ${maxBytes} bytes` });
}

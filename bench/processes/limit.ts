import { LIMIT_BINARY } from "./binaries.ts";
import type { Children } from "./children.ts";
import { type MeasuredServer, TLS_PAIR } from "./gateway.ts";

/** Ways in which the limit server calls the cryptography: its paths. */
export const LIMIT_VARIANTS = ["sync", "pool", "hybrid"] as const;

/** One of them. */
export type LimitVariant = (typeof LIMIT_VARIANTS)[number];

/** Starts the limit server and waits until it listens. */
export async function startLimit(children: Children, tls: boolean): Promise<MeasuredServer> {
  const child = Bun.spawn([LIMIT_BINARY, ...(tls ? [TLS_PAIR.cert, TLS_PAIR.key] : [])], {
    env: {},
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  children.adopt(child);
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  const port = Number(text);
  if (!(port > 0)) throw new Error("the limit server did not start");
  return { pid: child.pid, target: { port, tls }, [Symbol.asyncDispose]: () => children.end(child) };
}

/** What came back on a connection. */
export interface Exchange {
  /** Status of each reply, interim ones included, in their order. */
  readonly statuses: readonly number[];
  /** How many of them had come when the exchange went on with `next`. */
  readonly before: number;
  readonly text: string;
  /** Whether the other end closed the connection, in the time that it was given. */
  readonly isClosed: boolean;
}

/** A piece to send as it is, or milliseconds to wait before the next one. */
export type Piece = string | number;

const STATUS_LINE = /HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/g;

/**
 * Sends pieces on a connection of its own, byte by byte as they are (Latin-1), and gives what came back until the other end
 * closed, or `until` holds of it, or `waitMs` have passed since the last piece. With `next`, that is sent as soon as `until`
 * holds, and one more reply is waited for: if it comes, both ends agree on where the first request ended.
 */
export async function exchange(
  url: string,
  pieces: readonly Piece[],
  options: { until?: (statuses: readonly number[]) => boolean; next?: string; waitMs?: number } = {},
): Promise<Exchange> {
  const { until = () => false, next, waitMs = 300 } = options;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let text = "";
  let isClosed = false;
  let before: number | undefined;
  const toStatuses = () => [...text.matchAll(STATUS_LINE)].map(([, status]) => Number(status));
  const { hostname, port } = new URL(url);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(self, bytes) {
        text += bytes.toString("latin1");
        const statuses = toStatuses();
        if (before !== undefined && statuses.length > before) end();
        if (before !== undefined || !until(statuses)) return;
        before = statuses.length;
        if (next === undefined) end();
        else self.write(Buffer.from(next, "latin1"));
      },
      close() {
        isClosed = true;
        end();
      },
      error: () => end(),
    },
  });
  for (const piece of pieces) {
    if (typeof piece === "number") await Promise.race([Bun.sleep(piece), ended]);
    else if (!isClosed) socket.write(Buffer.from(piece, "latin1"));
  }
  await Promise.race([ended, Bun.sleep(waitMs)]);
  const statuses = toStatuses();
  const result = { statuses, before: before ?? statuses.length, text, isClosed };
  socket.terminate();
  return result;
}

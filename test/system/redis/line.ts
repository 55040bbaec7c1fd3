import { type Connections, openConnections } from "../../../bench/load/connection.ts";
import type { HttpAnswer } from "../../../bench/load/response-parser.ts";

/** A connection to a gateway that is kept open from one request to the next, and opened anew after it failed. */
export interface Line extends Disposable {
  /** Sends one whole request; rejects if the connection cannot be opened, is cut, or no answer comes in time. */
  readonly post: (bytes: Uint8Array, deadlineMs: number) => Promise<HttpAnswer>;
  /** When the last answer came, on the clock of `performance`. */
  readonly usedAt: () => number;
}

/** Creates a line that is not connected yet. One request at a time. */
export function createLine(port: number): Line {
  let connections: Connections | undefined;
  let usedAt = Number.NEGATIVE_INFINITY;
  /** Rejects the request that is on its way. */
  let fail: (error: Error) => void = () => {};

  function close(): void {
    connections?.[Symbol.dispose]();
    connections = undefined;
  }

  async function send(bytes: Uint8Array, isOver: () => boolean, onAnswer: (answer: HttpAnswer) => void): Promise<void> {
    const opened = connections ?? (await openConnections({ port, tls: false }, 1));
    if (isOver()) {
      opened[Symbol.dispose]();
      return;
    }
    if (connections === undefined) {
      connections = opened;
      opened.failed.catch((error: Error) => {
        if (connections !== opened) return;
        close();
        fail(error);
      });
    }
    const [connection] = opened.all;
    connection?.listen(onAnswer);
    connection?.send(bytes);
  }

  return {
    async post(bytes, deadlineMs) {
      const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
      let isOver = false;
      fail = reject;
      const timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      try {
        send(bytes, () => isOver, resolve).catch(reject);
        const answer = await promise;
        usedAt = performance.now();
        return answer;
      } catch (error) {
        close();
        throw error;
      } finally {
        isOver = true;
        clearTimeout(timer);
        fail = () => {};
      }
    },
    usedAt: () => usedAt,
    [Symbol.dispose]: close,
  };
}

/** Lines to one gateway, of which each request takes a free one. */
export interface Lines extends Disposable {
  readonly post: Line["post"];
  /** Requests that wait for their answers. */
  readonly waiting: () => number;
}

/** A line that was not used for longer is not used any more: the other side may be about to close it. */
const MAX_IDLE_MS = 20_000;

/** Creates lines to a gateway, as many as are needed at a time. */
export function createLines(port: number): Lines {
  const free: Line[] = [];
  const busy = new Set<Line>();

  function take(): Line {
    for (let line = free.pop(); line !== undefined; line = free.pop()) {
      if (line.usedAt() > performance.now() - MAX_IDLE_MS) return line;
      line[Symbol.dispose]();
    }
    return createLine(port);
  }

  return {
    async post(bytes, deadlineMs) {
      const line = take();
      busy.add(line);
      try {
        const answer = await line.post(bytes, deadlineMs);
        free.push(line);
        return answer;
      } finally {
        busy.delete(line);
      }
    },
    waiting: () => busy.size,
    [Symbol.dispose]() {
      for (const line of [...free, ...busy]) line[Symbol.dispose]();
    },
  };
}

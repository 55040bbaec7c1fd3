import { createResponseParser, type HttpAnswer } from "./response-parser.ts";

/** Where to send requests to, on this machine. */
export interface Target {
  readonly port: number;
  readonly tls: boolean;
}

/** A connection that is kept open; one request at a time. */
export interface Connection {
  /** Sends a whole request. */
  readonly send: (bytes: Uint8Array) => void;
  /** Says who is told of answers from now on. */
  readonly listen: (onAnswer: (answer: HttpAnswer) => void) => void;
}

/** Connections to one target, until disposed. */
export interface Connections extends Disposable {
  readonly all: readonly Connection[];
  /** Rejects when a connection fails or is closed from the other side. */
  readonly failed: Promise<never>;
}

/** How many connections are opened at a time. */
const OPENED_AT_ONCE = 32;

/** Opens connections; rejects if one of them cannot be. */
export async function openConnections(target: Target, count: number): Promise<Connections> {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Whoever uses the connections may be done before one fails.
  failed.catch(() => {});
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  let isOver = false;
  const onFailure = (error: Error) => {
    if (!isOver) fail(error);
  };
  while (opened.length < count) {
    const batch = Math.min(OPENED_AT_ONCE, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: batch }, () => open(target, onFailure)))));
  }
  return {
    all: opened,
    failed,
    [Symbol.dispose]() {
      isOver = true;
      for (const { close } of opened) close();
    },
  };
}

async function open({ port, tls }: Target, onFailure: (error: Error) => void): Promise<Connection & { close(): void }> {
  const ready = Promise.withResolvers<void>();
  const fail = (error: Error) => {
    ready.reject(error);
    onFailure(error);
  };
  let onAnswer: (answer: HttpAnswer) => void = () => fail(new Error("there was an answer without a request"));
  let unsent: Uint8Array | undefined;
  const parse = createResponseParser((answer) => onAnswer(answer));
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    ...(tls && { tls: { rejectUnauthorized: false } }),
    socket: {
      open() {
        if (!tls) ready.resolve();
      },
      handshake: () => ready.resolve(),
      data(_socket, chunk) {
        try {
          parse(chunk);
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
      },
      drain: () => void (unsent && write(unsent)),
      close: () => fail(new Error(`the connection to port ${port} was closed`)),
      error: (_socket, error) => fail(error),
    },
  });
  await ready.promise;

  function write(bytes: Uint8Array): void {
    const written = Math.max(0, socket.write(bytes));
    unsent = written < bytes.length ? bytes.subarray(written) : undefined;
  }

  return {
    send: write,
    listen(listener) {
      onAnswer = listener;
    },
    close: () => void socket.end(),
  };
}

import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";

/** A process that takes over from this one: it listens already, and waits for the state. */
export interface Successor {
  readonly pid: number;
  /** Tells it that the state is free, and says whether it serves then; waits for that at most `deadlineMs`. */
  readonly handOver: (deadlineMs: number) => Promise<boolean>;
}

/** The offer to give way to a new process, until disposed. */
export interface TakeoverOffer extends Disposable {
  /** Settles when somebody takes it, and may never. */
  readonly successor: Promise<Successor>;
}

/**
 * The words of a takeover. The new process asks, with its process id; the old one has it listen, or refuses with a reason;
 * the new one says that it listens; the old one, when its state is free, that it is; the new one, that it serves.
 */
const ASK = /^take over ([1-9]\d{0,9})$/;
const LISTEN = "listen";
const REFUSE = "no: ";
const LISTENING = "listening";
const FREE = "free";
const SERVING = "serving";

function toSocketFile(stateDir: string): string {
  return join(stateDir, "takeover.sock");
}

/**
 * Offers to give way to a process of this user that asks through the socket in the state folder. `mayAsk` resolves with the
 * reason if it is not to be now; only one process at a time is listened to. Throws if there can be no socket.
 */
export function offerTakeover(stateDir: string, mayAsk: () => Promise<string | undefined>): TakeoverOffer {
  const { promise: successor, resolve } = Promise.withResolvers<Successor>();
  const lines = new WeakMap<Socket, LineReader>();
  let asker: Socket | undefined;
  const file = toSocketFile(stateDir);
  // Whoever holds the state's lock may: if it is there, it was left by a process that was killed.
  rmSync(file, { force: true });
  const server = Bun.listen({
    unix: file,
    socket: {
      open(socket) {
        lines.set(socket, createLineReader());
        void converse(socket);
      },
      data: (socket, data) => lines.get(socket)?.take(data.toString()),
      close(socket) {
        lines.get(socket)?.end();
        if (asker === socket) asker = undefined;
      },
    },
  });
  chmodSync(file, 0o600);

  async function converse(socket: Socket): Promise<void> {
    const line = lines.get(socket);
    const [, pid] = ASK.exec((await line?.next()) ?? "") ?? [];
    if (!line || pid === undefined) return void socket.end();
    if (asker) return void socket.end(`${REFUSE}another process takes over already\n`);
    asker = socket;
    const reason = await mayAsk();
    if (reason !== undefined) return void socket.end(`${REFUSE}${reason}\n`);
    socket.write(`${LISTEN}\n`);
    if ((await line.next()) !== LISTENING) return void socket.end();
    resolve({
      pid: Number(pid),
      async handOver(deadlineMs) {
        socket.write(`${FREE}\n`);
        const answer = await Promise.race([line.next(), Bun.sleep(deadlineMs)]);
        socket.end();
        return answer === SERVING;
      },
    });
  }

  return {
    successor,
    [Symbol.dispose]() {
      // Not the connections: the successor waits on one of them.
      server.stop(false);
      rmSync(file, { force: true });
    },
  };
}

/** The gateway that runs, from the side of the one that takes over. */
export type Predecessor =
  | { readonly outcome: "nobody" }
  | { readonly outcome: "refused"; readonly reason: string }
  | {
      readonly outcome: "accepted";
      /** To be called when this process listens: resolves when the state is free; `late` if that takes longer than `deadlineMs`. */
      readonly waitForState: (deadlineMs: number) => Promise<"free" | "late">;
      /** To be called when this process serves. */
      readonly thank: () => void;
    };

/** Asks the process that uses the state folder, if there is one, to give way to this one. */
export async function askToGiveWay(stateDir: string): Promise<Predecessor> {
  const line = createLineReader();
  let socket: Socket;
  try {
    socket = await Bun.connect({
      unix: toSocketFile(stateDir),
      socket: { data: (_, data) => line.take(data.toString()), close: () => line.end(), error: () => line.end() },
    });
  } catch {
    return { outcome: "nobody" };
  }
  socket.write(`take over ${process.pid}\n`);
  const answer = await line.next();
  if (answer !== LISTEN) {
    socket.end();
    const reason = answer?.startsWith(REFUSE) ? answer.slice(REFUSE.length) : "it did not answer";
    return { outcome: "refused", reason };
  }
  return {
    outcome: "accepted",
    async waitForState(deadlineMs) {
      socket.write(`${LISTENING}\n`);
      // If it ends without a word, it ended all the same: the lock will tell.
      const freed = line.next().then(() => "free" as const);
      const late = Bun.sleep(deadlineMs).then(() => "late" as const);
      return Promise.race([freed, late]);
    },
    thank: () => void socket.end(`${SERVING}\n`),
  };
}

/** Lines of a connection, one at a time. */
interface LineReader {
  readonly take: (text: string) => void;
  readonly end: () => void;
  /** The next line, or nothing if there is none to come. */
  readonly next: () => Promise<string | undefined>;
}

/** Nobody has more to say in a line. */
const MAX_LINE = 1_024;

function createLineReader(): LineReader {
  const lines: string[] = [];
  let rest = "";
  let isOver = false;
  let waiting: ((line: string | undefined) => void) | undefined;

  function settle(): void {
    if (!waiting || (lines.length === 0 && !isOver)) return;
    const resolve = waiting;
    waiting = undefined;
    resolve(lines.shift());
  }

  return {
    take(text) {
      const parts = (rest + text).split("\n");
      rest = (parts.pop() ?? "").slice(0, MAX_LINE);
      lines.push(...parts.slice(0, 8));
      settle();
    },
    end() {
      isOver = true;
      settle();
    },
    next: () =>
      new Promise((resolve) => {
        waiting = resolve;
        settle();
      }),
  };
}

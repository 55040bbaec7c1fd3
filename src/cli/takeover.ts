import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";

/** A process that asked to take over from this one, and waits. */
export interface Successor {
  readonly pid: number;
  /** Tells it that the state is free; says whether it is still there to hear it. */
  readonly handOver: () => boolean;
}

/** The offer to give way to a new process, until disposed. */
export interface TakeoverOffer extends Disposable {
  /** Settles when somebody asks, and may never. */
  readonly successor: Promise<Successor>;
}

/** What a new process says, followed by its process id. */
const ASK = "take over ";
/** What the old one answers when the state is free. */
const FREE = "free\n";

function toSocketFile(stateDir: string): string {
  return join(stateDir, "takeover.sock");
}

/** Offers to give way to whoever asks through the socket in the state folder, which is for this user only. Throws if it cannot. */
export function offerTakeover(stateDir: string): TakeoverOffer {
  const { promise: successor, resolve } = Promise.withResolvers<Successor>();
  const file = toSocketFile(stateDir);
  // Whoever holds the state's lock may: if it is there, it was left by a process that was killed.
  rmSync(file, { force: true });
  const gone = new WeakSet<Socket>();
  const server = Bun.listen({
    unix: file,
    socket: {
      data(socket, data) {
        const text = data.toString();
        if (!text.startsWith(ASK)) return void socket.end();
        const pid = Number.parseInt(text.slice(ASK.length), 10);
        resolve({
          pid,
          handOver() {
            const isThere = !gone.has(socket);
            socket.end(FREE);
            return isThere;
          },
        });
      },
      close: (socket) => void gone.add(socket),
    },
  });
  return {
    successor,
    [Symbol.dispose]() {
      // Not the connections: the successor waits on one of them.
      server.stop(false);
      rmSync(file, { force: true });
    },
  };
}

/**
 * Asks the process that uses the state folder to give way, and waits until it has: `nobody` if there is none, `late` if it
 * takes longer than `deadlineMs`.
 */
export async function askToGiveWay(stateDir: string, deadlineMs: number): Promise<"free" | "nobody" | "late"> {
  const { promise: ended, resolve: end } = Promise.withResolvers<"free">();
  let socket: Socket;
  try {
    socket = await Bun.connect({
      unix: toSocketFile(stateDir),
      // If it ends without a word, it ended all the same: the lock will tell.
      socket: { data: () => end("free"), close: () => end("free"), error: () => end("free") },
    });
  } catch {
    return "nobody";
  }
  socket.write(`${ASK}${process.pid}\n`);
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), deadlineMs);
  const outcome = await Promise.race([ended, late.promise]);
  clearTimeout(timer);
  socket.end();
  return outcome;
}

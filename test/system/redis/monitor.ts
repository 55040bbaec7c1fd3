import { connect } from "node:net";

/** What a Redis carries out, command by command, until disposed. */
export interface Monitor extends Disposable {
  readonly commands: () => readonly MonitoredCommand[];
}

/** A command, and whether a script gave it. */
export interface MonitoredCommand {
  readonly words: readonly string[];
  readonly isOfScript: boolean;
}

const LINE = /^\+?[\d.]+ \[\d+ (lua|[^\]]*)\] (.*)$/;

/** Begins to look over the shoulder of the Redis of that address. */
export async function startMonitor(redisUrl: string): Promise<Monitor> {
  const { hostname, port, password } = new URL(redisUrl);
  const begun = Promise.withResolvers<void>();
  const commands: MonitoredCommand[] = [];
  let text = "";
  const socket = connect(Number(port), hostname);
  socket.on("error", begun.reject);
  socket.on("data", (bytes: Buffer) => {
    const lines = (text + bytes.toString("latin1")).split("\r\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const [, from, words = ""] = LINE.exec(line) ?? [];
      if (from !== undefined) commands.push({ words: toWords(words), isOfScript: from === "lua" });
    }
    begun.resolve();
  });
  socket.write(`AUTH ${password}\r\nMONITOR\r\n`);
  await begun.promise;
  return { commands: () => commands, [Symbol.dispose]: () => socket.destroy() };
}

/** Words in quotation marks, in which those of their own have a backslash before them. */
function toWords(text: string): string[] {
  return (text.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((word) => word.slice(1, -1));
}

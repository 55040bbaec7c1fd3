import { createServer } from "node:net";
import { expectNoSecrets } from "../secrets.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { createCustomer, USERS } from "../world.ts";
import { runTool } from "./tools.ts";

/** The customer of all system tests. */
export const acme = createCustomer("acme");

/** No wait in these tests is for more. */
const WAIT_DEADLINE_MS = 30_000;

/** A running binary; disposing of it asks it to end and checks that it does, with 0. */
export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number;
  /** Log, and what came to standard error, so far. */
  readonly log: () => string;
  /** Waits until the log matches. */
  readonly waitFor: (pattern: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<number>;
}

/** Compiles the binary into a folder of its own. */
export async function buildBinary(): Promise<TempFolder> {
  const folder = createTempFolder();
  await runTool(["bun", "run", "build", "--outfile", folder.file("odin-gateway")], { cwd: process.cwd() });
  return folder;
}

/** A port that nobody uses at the moment. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** A folder with a config for the customer "acme" and the users of USERS. */
export function createConfigFolder(
  port: number,
  settings = "",
  files: Readonly<Record<string, string>> = {},
): TempFolder {
  return createTempFolder({
    "gateway.config.ts": toConfigText(port, settings),
    "customers.json": JSON.stringify([{ ...acme.entry, maxPeers: null, maxRooms: null }]),
    ...files,
  });
}

/** Text of such a config; `settings` are lines of TypeScript. */
export function toConfigText(port: number, settings = ""): string {
  return `export default {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: ${port} },
  customersFile: "customers.json",
  internal: { users: ${JSON.stringify(USERS)} },
  ${settings}
};
`;
}

/** Starts the binary and waits until it listens. */
export async function startGateway(
  binary: TempFolder,
  folder: TempFolder,
  args: readonly string[] = [],
): Promise<GatewayProcess> {
  const child = Bun.spawn([binary.file("odin-gateway"), "serve", ...args], {
    cwd: folder.path,
    env: {},
    stdout: "pipe",
    stderr: "pipe",
  });
  let log = "";
  const waiting = new Set<() => void>();
  const look = () => {
    for (const each of waiting) each();
  };
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      log += chunk;
      look();
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const gateway: GatewayProcess = {
    pid: child.pid,
    log: () => log,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!pattern.test(log)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        const fail = (how: string) => reject(new Error(`it ${how} without having logged ${pattern}:\n${log}`));
        void reading.then(() => fail("ended"));
        setTimeout(() => fail("went on"), WAIT_DEADLINE_MS).unref();
      }),
    kill: (signal) => child.kill(signal),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const code = await child.exited;
      await reading;
      expectNoSecrets(log);
      if (code !== 0 && child.signalCode !== "SIGKILL") throw new Error(`the gateway ended with ${code}:\n${log}`);
    },
  };
  await gateway.waitFor(/"listening"/);
  return gateway;
}

/** Calls a method of `/internal` as an operator. */
export async function ask(url: string, method: string, params: object = {}): Promise<unknown> {
  const response = await fetch(`${url}/internal`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`op:${USERS.op.password}`)}`, "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error) throw new Error(answer.error.message);
  return answer.result;
}

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CUSTOMER, CUSTOMER_JWK, MASTER_KEY, SERVER_PASSWORD } from "../keys.ts";
import type { Target } from "../load/connection.ts";
import { GATEWAY_BINARY } from "./binaries.ts";
import type { Children } from "./children.ts";

/** A server that is measured: the gateway, or the limit. */
export interface MeasuredServer extends AsyncDisposable {
  readonly pid: number;
  readonly target: Target;
}

/** The pair with which the benchmarks serve TLS. */
export const TLS_PAIR = {
  cert: new URL("../../test/fixtures/tls/cert.pem", import.meta.url).pathname,
  key: new URL("../../test/fixtures/tls/key.pem", import.meta.url).pathname,
};

const START_DEADLINE_MS = 30_000;
/** While the limit is measured the servers pause, and must not count as silent. */
const DISABLE_TIMEOUT_SEC = 120;

/** Makes a folder with a config in it, the state beside it; port 0 for one that is free. */
export function createGatewayFolder(children: Children, { port, tls }: Target, settings: object = {}): string {
  const folder = mkdtempSync(join(children.folder, "gateway-"));
  const { d: _, ...publicKey } = CUSTOMER_JWK;
  const listen = { hostname: "127.0.0.1", port };
  const config = {
    logFormat: "json",
    ...(tls
      ? { useSsl: true, https: { ...listen, certFile: TLS_PAIR.cert, keyFile: TLS_PAIR.key } }
      : { http: listen }),
    customersFile: "customers.json",
    internal: { users: { sfu: SERVER_PASSWORD } },
    masterKey: MASTER_KEY.toBase64(),
    sfuConfig: { disableTimeout: DISABLE_TIMEOUT_SEC },
    stateDir: "state",
    ...settings,
  };
  const customer = { id: CUSTOMER, maxPeers: null, maxRooms: null, accessKeys: [{ publicKey }] };
  mkdirSync(join(folder, "state"), { mode: 0o700 });
  writeFileSync(join(folder, "customers.json"), JSON.stringify([customer]));
  writeFileSync(join(folder, "gateway.config.ts"), `export default ${JSON.stringify(config, null, 2)};\n`);
  return folder;
}

/** Starts the gateway's binary on such a folder; it may not listen yet. Its log goes to a file there. */
export function spawnGateway(children: Children, folder: string): Bun.Subprocess {
  const log = Bun.file(join(folder, "log"));
  const child = Bun.spawn([GATEWAY_BINARY, "serve", "--config", join(folder, "gateway.config.ts")], {
    cwd: folder,
    env: {},
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  children.adopt(child);
  return child;
}

/** Starts the gateway's binary as in production, its state kept in a folder, and waits until it listens. */
export async function startGateway(
  children: Children,
  tls: boolean,
  folder: string = createGatewayFolder(children, { port: 0, tls }),
): Promise<MeasuredServer> {
  const child = spawnGateway(children, folder);
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    const log = readFileSync(join(folder, "log"), "utf8");
    const port = /"listening".*?:(\d+)\/"|:(\d+)\/".*?"listening"/.exec(log);
    if (port) {
      return {
        pid: child.pid,
        target: { port: Number(port[1] ?? port[2]), tls },
        [Symbol.asyncDispose]: () => children.end(child),
      };
    }
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`the gateway did not start:\n${log}`);
    await Bun.sleep(5);
  }
}

import type { Running } from "../cli/run.ts";
import { serveFolder } from "../cli/serve-folder.ts";
import type { Json } from "../json.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { createCustomer, MASTER_KEY_TEXT, USERS } from "../world.ts";

/** The customer that is configured, of one peer. */
export const acme = createCustomer("acme", { maxPeers: 1 });
/** A customer that is not. */
export const other = createCustomer("other");
/** A customers file of those. */
export const customersJson = (...entries: object[]) =>
  JSON.stringify(entries.map((entry) => ({ ...entry, maxRooms: null })));
/** A config that imports more from "./extra", and has more settings if need be. */
export const configText = (more = "") =>
  `import { extra } from "./extra";
export default {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: 0 },
  customersFile: "customers.json",
  internal: { users: ${JSON.stringify(USERS)} },
  masterKey: "${MASTER_KEY_TEXT}",
  ...extra,
  ${more}
};
`;

/** A gateway on real files, reached over its socket. */
export interface Served extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly gateway: Running;
  readonly connect: (customer: typeof acme, user?: string) => Promise<Json>;
  readonly operator: (method: string) => Promise<Json>;
  /** Waits for log lines with this message beyond those that were there before. */
  readonly nextLog: (msg: string) => Promise<Json>;
}

/** Starts one. */
export async function serve(): Promise<Served> {
  const folder = createTempFolder({
    "gateway.config.ts": configText(),
    "extra.ts": "export const extra = {};\n",
    "customers.json": customersJson(acme.entry),
  });
  const gateway = await serveFolder(folder);
  const { url } = gateway;
  const post = async (path: string, headers: Record<string, string>, method: string, params: object = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await response.json()) as Json;
  };
  const basic = (pair: string) => ({ authorization: `Basic ${btoa(pair)}` });
  const report = { public_endpoint: "sfu1:4433", version: "1", load: 0, clients: 0, rooms: [] };
  await post("internal", basic(`sfu:${USERS.sfu}`), "sfu.Report", report);
  const lines = (): Json[] =>
    gateway
      .out()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  let read = lines().length;
  return {
    folder,
    gateway,
    connect: async (customer, user = "u") => {
      const token = await customer.signToken({ room: `room-${user}`, user, nowMs: Date.now() });
      return post("", { authorization: `Bearer ${token}` }, "Connect");
    },
    operator: async (method) => (await post("internal", basic(`op:${USERS.op.password}`), method)).result,
    async nextLog(msg) {
      for (;;) {
        const found = lines().findIndex((line, index) => index >= read && line.msg.startsWith(msg));
        if (found >= 0) {
          read = found + 1;
          return lines()[found];
        }
        await Bun.sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

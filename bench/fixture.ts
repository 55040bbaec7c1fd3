import { createAccessKey, parseAccessKey } from "../src/auth/access-key.ts";
import type { Signatures } from "../src/auth/signatures.ts";
import type { Clock } from "../src/clock.ts";
import { resolveConfig } from "../src/config/load.ts";
import type { Report } from "../src/fleet/report.ts";
import { createGateway, type Gateway } from "../src/gateway.ts";
import type { KeptState } from "../src/hosted-fleet.ts";
import { createLogger } from "../src/log.ts";
import { createSeededRandom } from "../src/sim/random.ts";
import { createTokenSigner } from "../src/sim/room-token.ts";

const accessKey = createAccessKey();
const password = "bench";

/** Key pair of the only customer, who has no limits. */
export const customerJwk = parseAccessKey(accessKey);

/** Signs that customer's tokens. */
export const signCustomerToken = createTokenSigner(accessKey);

const { d: _, ...publicKey } = customerJwk;

/** The config of all benchmarks. */
export const benchConfig = resolveConfig(
  {
    customers: [
      {
        id: "bench",
        maxPeers: Number.POSITIVE_INFINITY,
        maxRooms: Number.POSITIVE_INFINITY,
        accessKeys: [{ publicKey }],
      },
    ],
    internal: { users: { sfu: password, op: { password, role: "operator" } } },
    masterKey: new Uint8Array(32).fill(1).toBase64(),
  },
  { source: "bench", flags: {}, env: {} },
);

/** A gateway of that customer, reached in process; with a state it keeps what happens, and others can sign for it. */
export function createBenchGateway(clock: Clock, state?: KeptState, signatures?: Signatures): Gateway {
  const log = createLogger({ level: "ERROR", format: "json", write: (line) => process.stderr.write(line) });
  return createGateway({ config: benchConfig, clock, random: createSeededRandom(1), log, state, signatures });
}

/** Connects with a token; throws unless the answer is right. */
export async function connect(gateway: Gateway, token: string): Promise<void> {
  const { address, token: roomToken } = await call(gateway, "/", `Bearer ${token}`, "Connect", {});
  if (!address?.startsWith("sfu") || roomToken === undefined) throw new Error("a Connect gave no address and token");
}

/** Sends a server's report. */
export async function sendReport(gateway: Gateway, report: Report): Promise<void> {
  const rooms = report.rooms.map(({ namespace, name, customer, peers, ageMs }) => ({
    id: [namespace, name],
    customer,
    age: { secs: Math.floor(ageMs / 1_000), nanos: 0 },
    peers,
  }));
  const { endpoint: public_endpoint, version, load, clients } = report;
  const basic = `Basic ${btoa(`sfu:${password}`)}`;
  await call(gateway, "/internal", basic, "sfu.Report", { public_endpoint, version, load, clients, rooms });
}

/** Has servers report, each with so many rooms of four peers. */
export async function reportServers(gateway: Gateway, servers: number, roomsPerServer: number): Promise<void> {
  const basic = `Basic ${btoa(`sfu:${password}`)}`;
  for (let s = 0; s < servers; s++) {
    const rooms = Array.from({ length: roomsPerServer }, (_, r) => ({
      id: ["bench", `s${s}-r${r}`],
      customer: "bench",
      age: { secs: 60, nanos: 0 },
      peers: 4,
    }));
    const params = {
      public_endpoint: `sfu${s}:4433`,
      version: "1",
      load: (s % 10) / 10,
      clients: roomsPerServer * 4,
      rooms,
    };
    await call(gateway, "/internal", basic, "sfu.Report", params);
  }
}

async function call(gateway: Gateway, path: string, authorization: string, method: string, params: object) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { authorization, "content-type": "application/json", "content-length": String(body.length) };
  const response = await gateway.fetch(new Request(`http://bench${path}`, { method: "POST", headers, body }), {
    address: "10.0.0.1",
    port: 1,
  });
  const { result } = (await response.json()) as { result?: { address?: string; token?: string } };
  if (!result) throw new Error(`${method} was answered with an error`);
  return result;
}

/**
 * What a Connect costs, and what of it is cryptography: `bun run bench`.
 * Beside each figure stands the limit from the same run, a bare verify and sign with the same keys, and their ratio: the
 * ratio says something on a shared machine, the microseconds do not. Wrong answers end the run.
 */
import { createAccessKey, parseAccessKey } from "../src/auth/access-key.ts";
import { createSigningKey, createVerifyKey, parseToken, signToken, verifyToken } from "../src/auth/jwt.ts";
import { resolveConfig } from "../src/config/load.ts";
import { createGateway } from "../src/gateway.ts";
import { createLogger } from "../src/log.ts";
import { createSeededRandom } from "../src/sim/random.ts";
import { createTokenSigner } from "../src/sim/room-token.ts";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";

const CONNECTS = 2_000;
const CONCURRENCY = 64;
const FLEETS = [
  { servers: 10, roomsPerServer: 10 },
  { servers: 100, roomsPerServer: 100 },
  { servers: 1_000, roomsPerServer: 100 },
];

const accessKey = createAccessKey();
const jwk = parseAccessKey(accessKey);
const signCustomerToken = createTokenSigner(accessKey);
const clock = createVirtualClock();
const password = "bench";

const config = resolveConfig(
  {
    customers: [
      {
        id: "bench",
        maxPeers: Number.POSITIVE_INFINITY,
        maxRooms: Number.POSITIVE_INFINITY,
        accessKeys: [{ publicKey: jwk }],
      },
    ],
    internal: { users: { sfu: password } },
    masterKey: new Uint8Array(32).fill(1).toBase64(),
  },
  { source: "bench", flags: {}, env: {} },
);

function createBenchGateway() {
  const log = createLogger({ level: "ERROR", format: "json", write: (line) => process.stderr.write(line) });
  return createGateway({ config, clock, random: createSeededRandom(1), log });
}

async function call(
  gateway: ReturnType<typeof createBenchGateway>,
  path: string,
  authorization: string,
  method: string,
  params: object,
) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { authorization, "content-type": "application/json", "content-length": String(body.length) };
  const response = await gateway.fetch(new Request(`http://bench${path}`, { method: "POST", headers, body }), {
    address: "10.0.0.1",
    port: 1,
  });
  const { result } = (await response.json()) as { result?: { address?: string; token?: string; tasks?: unknown[] } };
  if (!result) throw new Error(`${method} was answered with an error`);
  return result;
}

/** Microseconds for each of `items`, so many at a time. */
async function measure<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const queue = items.values();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const item of queue) await work(item);
    }),
  );
  return ((performance.now() - start) * 1_000) / items.length;
}

function signTokens(room: (i: number) => string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: CONNECTS }, (_, i) =>
      signCustomerToken({ room: room(i), user: `user-${i}`, nowMs: clock.wall() }),
    ),
  );
}

const verifyKey = createVerifyKey(jwk);
const signingKey = createSigningKey(jwk);
const limitTokens = await signTokens((i) => `room-${i}`);
const limit = () =>
  measure(limitTokens, async (text) =>
    signToken((await verifyToken(parseToken(text), verifyKey)) as Record<string, unknown>, signingKey),
  );
await limit();

console.log("servers    rooms   Connect µs   verify and sign µs   ratio");
for (const { servers, roomsPerServer } of FLEETS) {
  await using gateway = createBenchGateway();
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
  // Every other Connect goes to a room that is there, the rest to new ones.
  const tokens = await signTokens((i) => (i % 2 === 0 ? `s${i % servers}-r0` : `new-${i}`));
  const connect = await measure(tokens, async (token) => {
    const { address, token: roomToken } = await call(gateway, "/", `Bearer ${token}`, "Connect", {});
    if (!address?.startsWith("sfu") || roomToken === undefined) throw new Error("a Connect gave no address and token");
  });
  const limitUs = await limit();
  const cells = [
    servers,
    servers * roomsPerServer,
    connect.toFixed(1),
    limitUs.toFixed(1),
    (connect / limitUs).toFixed(2),
  ];
  console.log(cells.map((cell, i) => String(cell).padStart([7, 9, 13, 21, 8][i] ?? 0)).join(""));
}

/**
 * What a Connect costs, and what of it is cryptography: `bun run bench`.
 * Beside each figure stands the limit from the same run, a bare verify and sign with the same keys, and their ratio: the
 * ratio says something on a shared machine, the microseconds do not. Wrong answers end the run.
 */
import { createSigningKey, createVerifyKey, parseToken, signToken, verifyToken } from "../src/auth/jwt.ts";
import { createAdaptiveSignatures } from "../src/auth/signatures.ts";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { connect, createBenchGateway, customerJwk, reportServers, signCustomerToken } from "./fixture.ts";

const CONNECTS = 2_000;
const CONCURRENCY = 64;
const FLEETS = [
  { servers: 10, roomsPerServer: 10 },
  { servers: 100, roomsPerServer: 100 },
  { servers: 1_000, roomsPerServer: 100 },
];

const clock = createVirtualClock();

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

const verifyKey = createVerifyKey(customerJwk);
const signingKey = createSigningKey(customerJwk);
const signatures = createAdaptiveSignatures(setImmediate);
const limitTokens = await signTokens((i) => `room-${i}`);
const limit = () =>
  measure(limitTokens, async (text) =>
    signToken(
      (await verifyToken(parseToken(text), verifyKey, signatures)) as Record<string, unknown>,
      signingKey,
      signatures,
    ),
  );
await limit();

console.log("servers    rooms   Connect µs   verify and sign µs   ratio");
for (const { servers, roomsPerServer } of FLEETS) {
  await using gateway = createBenchGateway(clock);
  await reportServers(gateway, servers, roomsPerServer);
  // Every other Connect goes to a room that is there, the rest to new ones.
  const tokens = await signTokens((i) => (i % 2 === 0 ? `s${i % servers}-r0` : `new-${i}`));
  const connectUs = await measure(tokens, (token) => connect(gateway, token));
  const limitUs = await limit();
  const cells = [
    servers,
    servers * roomsPerServer,
    connectUs.toFixed(1),
    limitUs.toFixed(1),
    (connectUs / limitUs).toFixed(2),
  ];
  console.log(cells.map((cell, i) => String(cell).padStart([7, 9, 13, 21, 8][i] ?? 0)).join(""));
}

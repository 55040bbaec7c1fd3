/**
 * What a Connect costs on the way that is ours, to profile and to compare versions by: `bun run bench:path`.
 * In process, without cryptography and HTTP, with the state kept on the disk of the folder for temporary files. 8,000 Connects
 * come in each second of a virtual clock, every other one to a room that is there. Slots that nobody claims end after 15 s, so
 * from then on as much goes as comes. In the end it is counted what a Connect makes, by kind: that does not depend on the machine,
 * and what is made has to be collected.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signatures } from "../src/auth/signatures.ts";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { readState } from "../src/store/state-file.ts";
import { createStateWriter } from "../src/store/state-writer.ts";
import { countMade } from "./count-made.ts";
import { createBenchGateway, customerJwk, reportServers } from "./fixture.ts";
import { median } from "./statistics.ts";

const CONNECTS = 240_000;
const SERVERS = 10;
const ROOMS_PER_SERVER = 10;
const PER_MS = 8;
const PER_ROUND = 4_000;
const REPORT_INTERVAL_MS = 5_000;
const SLOT_MS = 15_000;
/** So few that nothing is collected while they are made. */
const COUNTED = 200;
const PEER = { address: "10.0.0.1", port: 1 };

/** Takes everything for good, on the next turn of the microtasks as the thread pool would at the soonest. */
const NO_SIGNATURES: Signatures = {
  verify: async () => true,
  sign: async () => Buffer.alloc(64),
};

const clock = createVirtualClock();
const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: customerJwk.kid })).toString("base64url");

function prepare(id: number): Request {
  const nth = id >> 1;
  const room = id % 2 === 0 ? `s${nth % SERVERS}-r${Math.floor(nth / SERVERS) % ROOMS_PER_SERVER}` : `new-${id}`;
  const claims = Buffer.from(JSON.stringify({ rid: room, uid: `user-${id}` })).toString("base64url");
  const signature = crypto.getRandomValues(Buffer.alloc(64)).toString("base64url");
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method: "Connect", params: {} }));
  return new Request("http://bench/", {
    method: "POST",
    headers: {
      host: "127.0.0.1",
      authorization: `Bearer ${header}.${claims}.${signature}`,
      "content-type": "application/json",
      "content-length": String(body.length),
    },
    body,
  });
}

const folder = mkdtempSync(join(tmpdir(), "odin-gateway-bench-"));
try {
  const { file, saved, isUnread } = readState(folder, "aside");
  const state = { saved, writer: createStateWriter({ file, isUnread }) };
  await using gateway = createBenchGateway(clock, state, NO_SIGNATURES);
  const rounds: { readonly atMs: number; readonly us: number }[] = [];
  const beganAt = clock.now();
  let reportedAt = Number.NEGATIVE_INFINITY;
  for (let first = 0; first < CONNECTS; first += PER_ROUND) {
    if (clock.now() - reportedAt >= REPORT_INTERVAL_MS) {
      await reportServers(gateway, SERVERS, ROOMS_PER_SERVER);
      reportedAt = clock.now();
    }
    const requests = Array.from({ length: PER_ROUND }, (_, i) => prepare(first + i));
    const responses: Response[] = [];
    const startedAt = performance.now();
    for (const [i, request] of requests.entries()) {
      if (i % PER_MS === 0) await clock.sleep(1);
      // Young garbage is collected, and the state written, when the event loop turns.
      if (i % (10 * PER_MS) === 0) await new Promise((resolve) => setImmediate(resolve));
      responses.push(await gateway.fetch(request, PEER, "POST /"));
    }
    const us = ((performance.now() - startedAt) * 1_000) / PER_ROUND;
    rounds.push({ atMs: clock.now() - beganAt, us });
    for (const response of responses) {
      const { result } = (await response.json()) as { result?: { address?: string } };
      if (!result?.address?.startsWith("sfu")) throw new Error(`a Connect was answered with ${response.status}`);
    }
    process.stderr.write(`${first + PER_ROUND} of ${CONNECTS}\r`);
  }
  let next = CONNECTS;
  const made = await countMade(
    async () => Array.from({ length: COUNTED }, () => prepare(next++)),
    (request) => gateway.fetch(request, PEER, "POST /"),
  );
  const between = (fromMs: number, toMs: number) =>
    median(rounds.filter(({ atMs }) => atMs > fromMs && atMs <= toMs).map(({ us }) => us)).toFixed(1);
  console.log(`a Connect while slots are only taken   ${between(SLOT_MS / 3, SLOT_MS)} µs`);
  console.log(`a Connect while as many end            ${between(SLOT_MS, Number.POSITIVE_INFINITY)} µs`);
  const kinds = [...made].filter(([, count]) => count >= 0.5).toSorted(([, a], [, b]) => b - a);
  console.log(`it makes ${kinds.map(([kind, count]) => `${count.toFixed(1)} ${kind}`).join(", ")}`);
} finally {
  rmSync(folder, { recursive: true });
}

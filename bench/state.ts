/**
 * What keeping the state costs a Connect: `bun run bench:state`.
 * Two gateways in one process, one that keeps its state on the disk of the folder for temporary files and one that does
 * not, take turns; each Connect opens a room, which is as much to keep as there can be.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { readState } from "../src/store/state-file.ts";
import { createStateWriter } from "../src/store/state-writer.ts";
import { connect, createBenchGateway, reportServers, signCustomerToken } from "./fixture.ts";

const ROUNDS = 22;
const CONNECTS = 2_000;
const SERVERS = 10;

/** Milliseconds of each Connect, one at a time, with time in between as at half load. */
async function measure(gateway: ReturnType<typeof createBenchGateway>, round: string): Promise<number[]> {
  const tokens = await Promise.all(
    Array.from({ length: CONNECTS }, (_, i) =>
      signCustomerToken({ room: `${round}-${i}`, user: `user-${i}`, nowMs: Date.now() }),
    ),
  );
  const times: number[] = [];
  for (const token of tokens) {
    const start = performance.now();
    await connect(gateway, token);
    times.push(performance.now() - start);
    if (times.length % 16 === 0) await Bun.sleep(1);
  }
  return times;
}

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
}

const folder = mkdtempSync(join(tmpdir(), "odin-gateway-bench-"));
try {
  const { file, saved, isUnread } = readState(folder, "aside");
  await using keeping = createBenchGateway(systemClock, {
    saved,

    writer: createStateWriter({ file, isUnread }),
  });
  await using forgetting = createBenchGateway(systemClock);
  const gateways = [keeping, forgetting];
  const rounds: [number[][], number[][]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const gateway of gateways) await reportServers(gateway, SERVERS, 10);
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const measured = await measure(which === 0 ? keeping : forgetting, `${round}-${which}`);
      // The first rounds warm the code up.
      if (round >= 2) rounds[which].push(measured);
    }
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\r`);
  }
  console.log("Connect      with state   without   ratio");
  for (const [name, share] of [
    ["p50", 0.5],
    ["p90", 0.9],
    ["p99", 0.99],
    ["p99.9", 0.999],
  ] as const) {
    // The median of the rounds: others use this machine too, and a round in which they do says nothing of ours.
    const [kept, forgotten] = rounds.map((each) => {
      const figures = each.map((times) => percentile(times, share) * 1_000);
      return percentile(figures, 0.5);
    }) as [number, number];
    const cells = [
      name.padEnd(8),
      `${kept.toFixed(0)} µs`,
      `${forgotten.toFixed(0)} µs`,
      (kept / forgotten).toFixed(2),
    ];
    console.log(cells.map((cell, i) => cell.padStart([0, 15, 10, 8][i] ?? 0)).join(""));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

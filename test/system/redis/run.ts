import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import { isKept, toTable } from "./verdict.ts";

/** Runs the proof with other parameters than the tests: `bun test/system/redis/run.ts --seconds 10 --rate 300`. */

const { values } = parseArgs({
  options: {
    binary: { type: "string", default: "dist/odin-gateway" },
    gateways: { type: "string", default: "4" },
    redis: { type: "string", default: "append-only" },
    servers: { type: "string", default: "50" },
    rate: { type: "string", default: "2000" },
    seconds: { type: "string", default: "60" },
    quiet: { type: "string", default: "15" },
    faults: { type: "string", default: FAULT_KINDS.join(",") },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
  },
});

const { redis } = values;
if (redis !== "append-only" && redis !== "snapshots" && redis !== "none")
  throw new Error("--redis is append-only, snapshots or none");
const startedAt = performance.now();
const verdicts = await runChaos({
  binary: new URL(values.binary, `file://${process.cwd()}/`).pathname,
  redis,
  gateways: Number(values.gateways),
  servers: Number(values.servers),
  perSecond: Number(values.rate),
  seconds: Number(values.seconds),
  quietSeconds: Number(values.quiet),
  faults: FAULT_KINDS.filter((kind: FaultKind) => values.faults.split(",").includes(kind)),
  seed: Number(values.seed),
  say: (line) => process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s  ${line}\n`),
});
process.stdout.write(toTable(verdicts));
process.exitCode = verdicts.every(isKept) ? 0 : 1;

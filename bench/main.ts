/**
 * What the gateway costs, beside what it would cost at the least: `bun run bench --help`.
 * Real processes, real connections; how to read the figures stands in docs/performance.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { LoadPoint } from "./connect/case.ts";
import { runConnectSuite } from "./connect/suite.ts";
import type { Figure } from "./figures.ts";
import { drawCost, drawLatency } from "./output/charts.ts";
import { describeOrigin } from "./output/machine.ts";
import { formatGoals, formatTables } from "./output/table.ts";
import { buildBinaries } from "./processes/binaries.ts";
import { createChildren } from "./processes/children.ts";
import { PROFILES, type Profile, withVirtualServers } from "./profiles.ts";
import { runReportSuite } from "./report/suite.ts";
import { type CostPoint, runScaleSuite } from "./scale/suite.ts";
import { runStartupSuite } from "./startup/suite.ts";

const SUITES = ["startup", "connect", "report", "scale"] as const;
const HELP = `bun run bench [flags]: what the gateway costs, beside what it would cost at the least

  --quick         fewer loads, shorter rounds: less than a minute
  --smoke         a few seconds, to see that it works; the figures say nothing
  --only NAME,…   ${SUITES.join(", ")}
  --json FILE     write the figures as JSON
  --charts        draw charts into bench/results
  --servers N     servers of the largest fleet on the virtual clock (10,000; each takes 0.4 MB of memory)
`;
const RESULTS = `${import.meta.dir}/results`;

const values = readFlags();

function readFlags() {
  try {
    return parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        smoke: { type: "boolean", default: false },
        only: { type: "string" },
        json: { type: "string" },
        charts: { type: "boolean", default: false },
        servers: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n\n${HELP}`);
  process.exit(2);
}

function readSuites(): ReadonlySet<string> {
  const named = values.only?.split(",") ?? SUITES;
  for (const name of named) {
    if (!SUITES.some((suite) => suite === name)) refuse(`--only must name some of ${SUITES.join(", ")}, not "${name}"`);
  }
  return new Set(named);
}

function readProfile(): Profile {
  const profile = values.smoke ? PROFILES.smoke : values.quick ? PROFILES.quick : PROFILES.full;
  if (values.servers === undefined) return profile;
  const servers = Number(values.servers);
  if (!Number.isInteger(servers) || servers < 1)
    refuse(`--servers must be a whole number from 1 on, not "${values.servers}"`);
  return withVirtualServers(profile, servers);
}

async function run(): Promise<void> {
  const [suites, profile] = [readSuites(), readProfile()];
  const startedAt = performance.now();
  const progress = (text: string) =>
    void process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);
  const figures: Figure[] = [];
  let loads: readonly LoadPoint[] = [];
  let costs: readonly CostPoint[] = [];
  await using children = createChildren();
  await buildBinaries();
  if (suites.has("startup")) figures.push(...(await runStartupSuite(children, profile.startup, progress)));
  if (suites.has("connect")) {
    const result = await runConnectSuite(children, profile.connect, progress);
    figures.push(...result.figures);
    loads = result.points;
  }
  if (suites.has("report")) figures.push(...(await runReportSuite(children, profile.report, progress)));
  if (suites.has("scale")) {
    const result = await runScaleSuite(children, profile.scale, progress);
    figures.push(...result.figures);
    costs = result.points;
  }
  console.log(`${formatTables(figures)}\n\ntargets\n${formatGoals(figures)}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ...describeOrigin(), figures, loads, costs }, null, 2)}\n`);
  if (!values.charts) return;
  mkdirSync(RESULTS, { recursive: true });
  if (loads.length > 1) writeFileSync(`${RESULTS}/connect-latency.svg`, drawLatency(loads));
  if (costs.length > 1) writeFileSync(`${RESULTS}/report-cost.svg`, drawCost(costs));
}

if (values.help) console.log(HELP);
else await run();

/**
 * Compares the policies of placement in simulated worlds: `bun run bench:placement --help`.
 * The fleet is the product's own; what differs is the policy it is given.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawBars, drawLoads } from "./charts.ts";
import { type Comparison, compare, formatTable } from "./compare.ts";
import { findFaults } from "./gate.ts";
import { POLICIES, SCENARIOS } from "./scenarios.ts";

const HELP = `bun run bench:placement [flags]: compare the policies of placement in simulation

  --json FILE       write the figures as JSON
  --quick           2 seeds, four policies, one scenario: less than 20 seconds
  --gate            end with exit code 1 if the default is worse than it has to be
  --seeds N         runs of each policy (8)
  --policy NAME,…   ${Object.keys(POLICIES).join(", ")}
  --gateways N      gateways that do not see each other's picks
  --scenario NAME   ${Object.keys(SCENARIOS).join(", ")}
  --charts          draw charts into bench/results
`;
const QUICK_POLICIES = ["weighted", "headroom", "headroom-no-pending", "headroom-no-growth"];
const FEW = QUICK_POLICIES;
const LIGHT = [...QUICK_POLICIES, "headroom-no-learned-cost", "headroom-no-slow-start"];
const all = Object.keys(POLICIES);
const RESULTS = `${import.meta.dir}/../results`;

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
    seeds: { type: "string" },
    policy: { type: "string" },
    gateways: { type: "string" },
    scenario: { type: "string" },
    charts: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function toCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${flag} must be a whole number from 1 on, not "${text}"`);
  return count;
}

/** What is compared: one thing if a flag names it, else all of it. */
function plan(): { scenario: string; gateways: number; policies: readonly string[] }[] {
  const { quick, policy, gateways, scenario } = values;
  const policies = policy?.split(",");
  if (quick || policy !== undefined || gateways !== undefined || scenario !== undefined) {
    return [
      {
        scenario: scenario ?? "heavy",
        gateways: toCount("--gateways", gateways ?? "1"),
        policies: policies ?? (quick ? QUICK_POLICIES : all),
      },
    ];
  }
  return [
    { scenario: "heavy", gateways: 1, policies: all },
    { scenario: "light", gateways: 1, policies: LIGHT },
    { scenario: "heavy", gateways: 4, policies: FEW },
  ];
}

if (values.help) console.log(HELP);
else {
  const seeds = toCount("--seeds", values.seeds ?? (values.quick ? "2" : "8"));
  const results: Comparison[] = [];
  for (const part of plan()) {
    const result = await compare({ ...part, seeds });
    results.push(result);
    console.log(`${formatTable(result)}\n`);
  }
  const [first, ...more] = results;
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(more.length > 0 ? { ...first, more } : first, null, 2)}\n`);
  if (values.charts && first) {
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}/placement-bars.svg`, drawBars(results));
    writeFileSync(`${RESULTS}/placement-loads.svg`, await drawLoads(all.slice(0, 6)));
  }
  if (values.gate) {
    const faults = results.flatMap(findFaults);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exitCode = 1;
  }
}

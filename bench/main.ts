/**
 * What the gateway costs, beside what it would cost at the least: `bun run bench --help`.
 * Real processes, real connections; how to read the figures stands in docs/performance.md.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runConnectSuite } from "./connect/suite.ts";
import type { Figure } from "./figures.ts";
import { describeOrigin } from "./output/machine.ts";
import { formatGoals, formatTables } from "./output/table.ts";
import { buildBinaries } from "./processes/binaries.ts";
import { createChildren } from "./processes/children.ts";
import { PROFILES } from "./profiles.ts";

const profile = PROFILES.quick;
const { values } = parseArgs({ options: { json: { type: "string" } } });
const progress = (text: string) => void process.stderr.write(`${text}\n`);
await using children = createChildren();
await buildBinaries();
const figures: Figure[] = [];
const { figures: connect } = await runConnectSuite(children, profile.connect, progress);
figures.push(...connect);
console.log(formatTables(figures));
console.log(formatGoals(figures));
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ ...describeOrigin(), figures }, null, 2)}\n`);

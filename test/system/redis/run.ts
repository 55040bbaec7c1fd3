import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { readSettings, SETTING_NAMES } from "./settings.ts";
import { isKept, toTable } from "./verdict.ts";

/** The proof by hand, of the binary in `dist`: `bun test/system/redis/run.ts --seconds 10 --rate 300`. */

const text = { type: "string" } as const;
const { values } = parseArgs({ options: Object.fromEntries(SETTING_NAMES.map((name) => [name, text])) });
const startedAt = performance.now();
const verdicts = await runChaos({
  ...readSettings((name) => values[name]?.toString()),
  binary: new URL("../../../dist/odin-gateway", import.meta.url).pathname,
  say: (line) => process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s  ${line}\n`),
});
process.stdout.write(toTable(verdicts));
process.exitCode = verdicts.every(isKept) ? 0 : 1;

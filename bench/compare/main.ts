/** What has changed between two runs of the benchmark: `bun run bench:compare A.json B.json`. */
import { parseResult } from "../result.ts";
import { compareFigures, formatChanges } from "./compare.ts";

const [before, after] = process.argv.slice(2);
if (before === undefined || after === undefined) {
  console.error("bun run bench:compare A.json B.json: two files that `bun run bench --json` has written");
  process.exitCode = 2;
} else {
  const read = async (file: string) => parseResult(await Bun.file(file).text());
  console.log(formatChanges(compareFigures(await read(before), await read(after))));
}

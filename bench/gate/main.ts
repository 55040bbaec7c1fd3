/** Ends with 1 if a figure is worse, beside the limit, than bench/gate/bounds.ts allows: `bun run gate:bench`. */
import { runConnectSuite } from "../connect/suite.ts";
import { buildBinaries } from "../processes/binaries.ts";
import { createChildren } from "../processes/children.ts";
import { type ConnectProfile, PROFILES } from "../profiles.ts";
import { runReportSuite } from "../report/suite.ts";
import { BOUNDS, type Bound } from "./bounds.ts";
import { decide } from "./decide.ts";

const progress = (text: string) => void process.stderr.write(`${text}\n`);
const { connect, report } = PROFILES.gate;
await using children = createChildren();
await buildBinaries();
const verdicts = await decide(BOUNDS, async (suite, bounds) => {
  if (suite === "report") return runReportSuite(children, report, progress);
  return (await runConnectSuite(children, narrow(connect, bounds), progress)).figures;
});
for (const { isKept, text } of verdicts) console.log(`${isKept ? "ok   " : "miss "} ${text}`);
if (verdicts.some(({ isKept }) => !isKept)) process.exitCode = 1;

/** Leaves out what none of the bounds is of. */
function narrow(profile: ConnectProfile, bounds: readonly Bound[]): ConnectProfile {
  const isOf = (words: string) => bounds.some((bound) => bound.case.includes(words));
  const cases = isOf("large fleet") ? profile.cases : profile.cases.slice(0, 1);
  return { ...profile, cases: isOf("open loop") ? cases : cases.map((each) => ({ ...each, openShares: [] })) };
}

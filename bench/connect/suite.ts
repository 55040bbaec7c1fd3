import type { Figure } from "../figures.ts";
import type { LoadOrder, LoadResult } from "../load/load-order.ts";
import { startAskedProcess } from "../processes/asked-process.ts";
import type { Children } from "../processes/children.ts";
import { startGateway } from "../processes/gateway.ts";
import { startLimit } from "../processes/limit.ts";
import type { ConnectProfile } from "../profiles.ts";
import type { ReportOrder, ReportResult } from "../reports/report-order.ts";
import { median } from "../statistics.ts";
import { type CaseResult, type LoadPoint, runCase } from "./case.ts";
import { FLATNESS_GOAL } from "./goals.ts";

/** What the suite gave. */
export interface ConnectResult {
  readonly figures: readonly Figure[];
  /** Latency over load of the first case. */
  readonly points: readonly LoadPoint[];
}

/** Measures Connects over real connections, beside the limit. */
export async function runConnectSuite(
  children: Children,
  { cases, ...profile }: ConnectProfile,
  progress: (text: string) => void,
): Promise<ConnectResult> {
  await using generator = startAskedProcess<LoadOrder, LoadResult>(
    children,
    new URL("../load/load-process.ts", import.meta.url),
  );
  await using reporter = startAskedProcess<ReportOrder, ReportResult>(
    children,
    new URL("../reports/reporter-process.ts", import.meta.url),
  );
  const numbers = { next: 0 };
  const results: CaseResult[] = [];
  const figures: Figure[] = [];
  for (const each of cases) {
    await using limit = await startLimit(children, each.tls);
    await using gateway = await startGateway(children, each.tls);
    const result = await runCase({ gateway, limit, generator, reporter, numbers, progress }, each, profile);
    figures.push(...result.figures);
    // The case before with the same transport has the small fleet.
    const small = cases.findIndex(({ tls }) => tls === each.tls);
    const before = results[small];
    if (before) figures.push(...findFlatness(each.tls, before, result));
    results.push(result);
  }
  return { figures, points: results[0]?.points ?? [] };
}

/**
 * How the throughput with a large fleet compares with that with a small one: both by the limit of their own rounds, as the
 * machine may have been slower in one of them.
 */
function findFlatness(tls: boolean, small: CaseResult, large: CaseResult): Figure[] {
  return [...large.throughputs].flatMap(([concurrency, ratios]) => {
    const others = small.throughputs.get(concurrency);
    if (!others) return [];
    return [
      {
        suite: "connect",
        case: `${tls ? "https" : "http"}, large fleet by small one, ${concurrency} at a time`,
        metric: "throughput",
        unit: "×",
        value: median(ratios) / median(others),
        goal: FLATNESS_GOAL,
      },
    ];
  });
}

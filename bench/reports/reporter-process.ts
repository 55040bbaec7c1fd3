import { readFileSync } from "node:fs";
import { answerOrders } from "../processes/asked-process.ts";
import type { ReportOrder, ReportResult } from "./report-order.ts";
import { createReporter, type Reporter } from "./reporter.ts";

/** The servers of a fleet, in a process of their own. */

const NOTHING: ReportResult = { reports: 0, late: 0, durationMs: 0 };

let reporter: Reporter | undefined;

answerOrders<ReportOrder, ReportResult>(async (order) => {
  switch (order.kind) {
    case "start":
      reporter?.[Symbol.dispose]();
      reporter = createReporter({ ...order, maxFiles: readMaxFiles() });
      await reporter.reportAll();
      return NOTHING;
    case "resume":
      reporter?.resume();
      return NOTHING;
    case "pause":
      return (await reporter?.pause()) ?? NOTHING;
    case "stop":
      reporter?.[Symbol.dispose]();
      reporter = undefined;
      return NOTHING;
  }
});

/** How many descriptors this process may have: one for each server's connection, if they suffice. */
function readMaxFiles(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1_024);
}

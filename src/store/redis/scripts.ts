import { createHash } from "node:crypto";
import admitSource from "./lua/admit.lua" with { type: "text" };
import callSource from "./lua/call.lua" with { type: "text" };
import forgetSource from "./lua/forget.lua" with { type: "text" };
import mergeSource from "./lua/merge.lua" with { type: "text" };
import prelude from "./lua/prelude.lua" with { type: "text" };
import renewSource from "./lua/renew.lua" with { type: "text" };
import reportSource from "./lua/report.lua" with { type: "text" };
import serverSource from "./lua/server.lua" with { type: "text" };
import setAsideSource from "./lua/set-aside.lua" with { type: "text" };
import snapshotSource from "./lua/snapshot.lua" with { type: "text" };
import sweepSource from "./lua/sweep.lua" with { type: "text" };
import tasksSource from "./lua/tasks.lua" with { type: "text" };

/** A script that Redis runs as one atomic step. */
export interface Script {
  readonly source: string;
  /** By which Redis knows a script that it has seen before. */
  readonly sha1: string;
}

/** The steps on one customer's state; each file in lua/ says what it does. */
export const CUSTOMER_SCRIPTS = {
  admit: toScript(prelude + admitSource),
  report: toScript(prelude + reportSource),
  call: toScript(prelude + callSource),
  tasks: toScript(prelude + tasksSource),
  setAside: toScript(prelude + setAsideSource),
  forget: toScript(prelude + forgetSource),
  snapshot: toScript(prelude + snapshotSource),
  renew: toScript(prelude + renewSource),
  sweep: toScript(prelude + sweepSource),
  merge: toScript(prelude + mergeSource),
} as const;

/** One of them. */
export type CustomerScript = keyof typeof CUSTOMER_SCRIPTS;

/** Takes note of what is known of a server. */
export const SERVER_SCRIPT = toScript(serverSource);

function toScript(source: string): Script {
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}

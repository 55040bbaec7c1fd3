import { expectNoSecrets } from "../../secrets.ts";
import type { History } from "./history.ts";
import type { Verdict } from "./verdict.ts";

/** Whether no call was answered with a fault of the gateway: 503 says that it is not ready. */
export function judgeStatuses({ statuses, attempts, calls }: History): Verdict {
  const faults = [...statuses].filter(([key]) => /^5/.test(key.slice(-3)) && !key.endsWith("503"));
  return {
    promise: "no answer is a 5xx but 503",
    checked: attempts.length + calls.length,
    violations: faults.map(([key, count]) => `${key}: ${count} times`),
    note: [...statuses].map(([key, count]) => `${key}: ${count}`).join(", "),
  };
}

/** Whether no gateway's log, by file, tells of a call that failed for no fault of the caller. */
export function judgeLogs(logs: ReadonlyMap<string, string>): Verdict {
  const lines = [...logs].flatMap(([file, text]) => text.split("\n").map((line) => ({ file, line })));
  const failed = lines.filter(({ line }) => line.includes("a call failed"));
  return {
    promise: 'no log says "a call failed"',
    checked: lines.length,
    violations: failed.map(({ file, line }) => `${file}: ${line}`),
  };
}

/** Whether no gateway's log, by file, holds a key, a token or a password. */
export function judgeSecrets(logs: ReadonlyMap<string, string>): Verdict {
  const violations = [...logs].flatMap(([file, text]) => {
    try {
      expectNoSecrets(text);
      return [];
    } catch {
      return [file];
    }
  });
  return { promise: "no log holds a secret", checked: logs.size, violations };
}

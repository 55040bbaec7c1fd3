import { expect, test } from "bun:test";
import { readUsage } from "../../bench/processes/usage.ts";

test("what a process uses rises with what it does, most of it in its main thread", () => {
  const before = readUsage(process.pid);
  let after = before;
  // Until the system has counted both: a wrong reading would never rise, and end as a test that takes too long.
  while (after.mainUs - before.mainUs < 50_000 || after.cpuUs - before.cpuUs < 50_000) after = readUsage(process.pid);
  expect(after.cpuUs - before.cpuUs).toBeLessThan(10 * (after.mainUs - before.mainUs));
  expect(Math.abs(after.rssBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
});

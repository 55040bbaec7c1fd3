import { expect, test } from "bun:test";
import { readUsage } from "../../bench/processes/usage.ts";

test("a process has used about what the runtime says, most of it in its main thread", () => {
  const before = readUsage(process.pid);
  const start = process.cpuUsage();
  for (let spent = process.cpuUsage(start); spent.user + spent.system < 200_000; ) spent = process.cpuUsage(start);
  const after = readUsage(process.pid);
  expect(after.mainUs - before.mainUs).toBeGreaterThan(100_000);
  expect(after.cpuUs - before.cpuUs).toBeGreaterThanOrEqual(after.mainUs - before.mainUs);
  expect(Math.abs(after.rssBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
});

import { expect, test } from "bun:test";

/** In so short a time memory says nothing, so only the answers are judged. */
test("a soak of twenty seconds has every answer right, and says how the memory went", async () => {
  const child = Bun.spawn(["bun", "run", "soak", "--minutes", "0.33"], { stdout: "pipe", stderr: "inherit" });
  const out = await child.stdout.text();
  expect(await child.exited).toBeLessThanOrEqual(1);
  expect(out).toMatch(/answers: \d+ Connects, 0 faults, ok/);
  expect(out).toMatch(/memory: [\d.]+ MB, at the end [\d.]+ MB: -?[\d.]+ %, /);
  expect(out).toMatch(/ 15 s .* deaths 1 {2}reloads 1 /);
});

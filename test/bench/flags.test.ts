import { expect, test } from "bun:test";

test.each([
  [["scale"], "Unexpected argument 'scale'"],
  [["--foo"], "--foo"],
  [["--only", "x"], '--only must name some of startup, connect, report, scale, not "x"'],
  [["--servers", "0"], '--servers must be a whole number from 1 on, not "0"'],
])("the benchmark given %j says what is wrong and what there is, and measures nothing", (flags, reason) => {
  const { exitCode, stderr, stdout } = Bun.spawnSync([process.execPath, "bench/main.ts", ...flags]);
  expect([exitCode, stdout.toString()]).toEqual([2, ""]);
  expect(stderr.toString()).toContain(reason);
  expect(stderr.toString()).toContain("--only NAME");
});

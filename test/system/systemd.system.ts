import { expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { runTool } from "./tools.ts";

const UNIT = "packaging/odin-gateway.service";
const MAX_EXPOSURE = 2.0;

const reason = Bun.which("systemd-analyze") === null ? " (skipped: this machine has no systemd-analyze)" : "";
const unit = await Bun.file(UNIT).text();

/** A copy of the unit whose program is one that this machine has. */
function copyUnit() {
  const folder = createTempFolder({
    "odin-gateway.service": unit.replace("ExecStart=/usr/bin/odin-gateway", "ExecStart=/bin/true"),
  });
  return { path: folder.file("odin-gateway.service"), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test.skipIf(reason !== "")(`the unit has no fault that systemd would complain of${reason}`, async () => {
  using copy = copyUnit();
  const child = Bun.spawn(["systemd-analyze", "verify", "--man=no", copy.path], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  // It also looks at what the unit refers to; other units of this machine may have faults.
  const complaints = `${out}${err}`.split("\n").filter((line) => line.includes("odin-gateway"));
  expect(complaints).toEqual([]);
  expect(await child.exited).toBe(0);
});

test.skipIf(reason !== "")(`the sandbox exposes no more than ${MAX_EXPOSURE} of 10${reason}`, async () => {
  const out = await runTool(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], {
    cwd: process.cwd(),
  });
  const [, score = "10"] = out.match(/Overall exposure level for odin-gateway\.service: ([\d.]+)/) ?? [];
  expect(Number(score)).toBeLessThanOrEqual(MAX_EXPOSURE);
});

test("the unit gives requests in flight their time, and runs under a user of its own", async () => {
  const [, stopSec = "0"] = unit.match(/^TimeoutStopSec=(\d+)$/m) ?? [];
  const [, deadlineMs = ""] = (await Bun.file("src/cli/serve.ts").text()).match(/STOP_DEADLINE_MS = ([\d_]+)/) ?? [];
  expect(Number(stopSec) * 1000).toBeGreaterThan(Number(deadlineMs.replaceAll("_", "")));
  expect(unit).toMatch(/^User=odin-gateway$/m);
});

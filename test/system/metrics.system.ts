import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary, createConfigFolder, findFreePort, startGateway } from "./gateway-process.ts";
import { runTool } from "./tools.ts";
import { call, startServers } from "./traffic.ts";

/** Prometheus' own tool judges the alerts, and what the binary answers to a scrape. */

const INSTALL_DEADLINE_SEC = "120";

/** Why promtool cannot be had; empty if it is there by now, maybe only since this moment. */
async function findReasonToSkip(): Promise<string> {
  if (Bun.which("promtool") !== null) return "";
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null) return " (skipped: there is no promtool on the PATH)";
  const apt = (...words: string[]) =>
    runTool(["timeout", INSTALL_DEADLINE_SEC, "apt-get", "-q", ...words], {
      cwd: "/",
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  try {
    await apt("update");
    await apt("install", "--yes", "--no-install-recommends", "prometheus");
    return "";
  } catch {
    return " (skipped: there is no promtool on the PATH, and apt-get could not install prometheus)";
  }
}

const reason = await findReasonToSkip();
const promtool = (...words: string[]) => runTool(["promtool", ...words], { cwd: process.cwd() });

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

describe.skipIf(reason !== "")(`promtool${reason}`, () => {
  test("finds the alerts good", async () => {
    expect(await promtool("check", "rules", "packaging/alerts.yml")).toContain("SUCCESS");
  });

  test("finds nothing wrong with a scrape of the binary, on the metrics' own listener", async () => {
    const [port, metricsPort] = [await findFreePort(), await findFreePort()];
    using folder = createConfigFolder(port, `metrics: { port: ${metricsPort} },`);
    await using _gateway = await startGateway(binary, folder);
    const url = `http://127.0.0.1:${port}/`;
    await using running = new AsyncDisposableStack();
    for (const server of await startServers(url, 2)) running.use(server);
    await call(url, "Connect", "room", "user", {});
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toContain('odin_gateway_calls_total{method="Connect",outcome="success"} 1');
    await Bun.write(folder.file("scrape.txt"), text);
    // It complains on standard error, and ends with 3 then, which `runTool` takes for a failure.
    expect(
      await runTool(["sh", "-c", 'promtool check metrics < "$1"', "sh", folder.file("scrape.txt")], { cwd: "/" }),
    ).toBe("");
  });
});

describe("the metrics' own listener", () => {
  test("goes over to the process that takes over", async () => {
    const [port, metricsPort] = [await findFreePort(), await findFreePort()];
    using folder = createConfigFolder(port, `metrics: { port: ${metricsPort} },`);
    const first = await startGateway(binary, folder);
    const scrape = async () =>
      (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers: { connection: "close" } })).text();
    const startOf = (text: string) => Number(/^odin_gateway_process_start_time_seconds (\S+)/m.exec(text)?.[1]);
    const before = startOf(await scrape());
    await using _next = await startGateway(binary, folder, ["--takeover"]);
    expect(await first.exited).toBe(0);
    expect(startOf(await scrape())).toBeGreaterThan(before);
  });
});

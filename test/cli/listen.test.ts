import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { createTempFolder } from "../temp-folder.ts";
import { configText } from "./fixture.ts";
import { run, start } from "./run.ts";

describe("serve", () => {
  test("listens, says where, and ends with 0 when asked to", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText('logFormat: "json",') });
    const gateway = start(["--host", "127.0.0.1"], { cwd: folder.path });
    const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
    expect(await (await fetch(`${url}livez`)).json()).toEqual({ alive: true });
    expect((await fetch(`${url}readyz`)).status).toBe(503);
    gateway.stop();
    const { code, out } = await gateway.result;
    expect(code).toBe(0);
    for (const line of out.trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({
        ts: expect.any(String),
        severity: expect.any(String),
        msg: expect.any(String),
      });
  });

  test("serves HTTPS", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const tls = resolve("test/fixtures/tls");
    const gateway = start(
      ["serve", "-s", "-p", "0", "-h", "127.0.0.1", "-c", `${tls}/cert.pem`, "-k", `${tls}/key.pem`],
      { cwd: folder.path },
    );
    const [, url] = await gateway.waitFor(/url="(https:[^"]+)"/);
    const ca = await Bun.file(`${tls}/cert.pem`).text();
    expect((await fetch(`${url}livez`, { tls: { ca } })).status).toBe(200);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });

  test("says in one line that its port is taken, with exit code 69", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, err } = await run(["serve", "--port", String(taken.port)], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
  });

  test("serves metrics on a listener of their own, which counts reloads and changes with a restart", async () => {
    const text = (port: number, more = "") =>
      configText(`logFormat: "json", metrics: { port: ${port} }, stateDir: "state", ${more}`);
    using folder = createTempFolder({ "gateway.config.ts": text(0) });
    const gateway = start([], { cwd: folder.path });
    const [, url = ""] = await gateway.waitFor(/"url":"(http:\/\/127\.0\.0\.1:\d+\/metrics)"/);
    await gateway.waitFor(/"listening"/);
    expect(await (await fetch(url)).text()).toContain('odin_gateway_config_reloads_total{outcome="applied"} 0');
    folder.write("gateway.config.ts", text(1));
    await gateway.waitFor(/"needsRestart":\["metrics\.port"\]/);
    const scrape = async () => (await fetch(url)).text();
    while (!(await scrape()).includes('odin_gateway_config_reloads_total{outcome="applied"} 1')) await Bun.sleep(10);
    folder.write("gateway.config.ts", text(1, "nonsense: 1,"));
    while (!(await scrape()).includes("odin_gateway_config_last_reload_successful 0")) await Bun.sleep(10);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
    expect(await fetch(url).catch(() => "gone")).toBe("gone");
  });

  test("says in one line that the port of the metrics is taken", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": configText(`metrics: { port: ${taken.port} },`) });
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
  });
});

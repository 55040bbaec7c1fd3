import { describe, expect, test } from "bun:test";
import { findFreePort } from "../../src/http/server.ts";
import { createTempFolder } from "../temp-folder.ts";
import { run } from "./run.ts";
import { startWorkers, workersConfig } from "./worker-gateway.ts";

/** Listens on a port before which there is one that is free. */
function takePortAfterFreeOne() {
  for (;;) {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    try {
      findFreePort("127.0.0.1", (server.port ?? 0) - 1);
      return server;
    } catch {
      void server.stop(true);
    }
  }
}

describe.concurrent("workers that cannot start", () => {
  test.each([
    ["a bad config", "nonsense: 1,", 78, "nonsense: is not a setting"],
    ["no shared state", "state: undefined,", 78, "workers: must be 1 without state.redis"],
  ])("for %s say so once, as a single process does", async (_, more, exitCode, message) => {
    using folder = createTempFolder({ "gateway.config.ts": workersConfig(more) });
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err.split(message).length]).toEqual([exitCode, 2]);
  });

  test("for a port that is taken say so once, with exit code 69, and so for one of the metrics", async () => {
    using taken = takePortAfterFreeOne();
    using folder = createTempFolder({ "gateway.config.ts": workersConfig() });
    const { code, err } = await run(["serve", "--port", String(taken.port)], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
    await using gateway = startWorkers(workersConfig(`metrics: { port: ${(taken.port ?? 1) - 1} },`));
    expect(await gateway.exited).toBe(69);
    expect(gateway.log().split(`odin-gateway: cannot listen on 127.0.0.1:${taken.port}`)).toHaveLength(2);
  }, 20_000);

  test("for a state folder that another gateway has say whose it is, and --takeover is not for them", async () => {
    await using gateway = startWorkers();
    await gateway.waitFor(/all workers serve/);
    const { path } = gateway.folder;
    const folder = gateway.folder.file(".odin-gateway");
    const { code, err } = await run(["serve"], { cwd: path });
    expect([code, err]).toEqual([
      75,
      `odin-gateway: another gateway, process ${gateway.pid}, uses the state folder ${folder}\n`,
    ]);
    expect(await run(["serve", "--takeover"], { cwd: path })).toMatchObject({
      code: 64,
      err: expect.stringContaining("send SIGUSR2 to the process that supervises them"),
    });
  }, 20_000);
});

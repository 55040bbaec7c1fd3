import { describe, expect, test } from "bun:test";
import { createWorld, USERS } from "../world.ts";

const SPLIT = {
  internal: { users: USERS, listen: { port: 7001 } },
  sfuPools: { available: ["eu", "us"], default: "eu" },
};
const PUBLIC_PATHS = ["/", "/eu", "/us/"];
const INTERNAL_CALLS = ["/internal", "/internal/", "/eu/internal", "/us/internal"];
const INTERNAL_PAGES = ["/metrics", "/dashboard", "/dashboard/feed"];

/** What a gateway answers on either listener to whoever has the operator's credentials. */
function createAsker(world: ReturnType<typeof createWorld>) {
  return async (listener: "fetch" | "fetchInternal", method: string, path: string) => {
    const response = await world.gateway[listener](
      new Request(`http://gateway.test${path}`, {
        method,
        headers: {
          host: "gateway.test",
          authorization: `Basic ${btoa(`op:${USERS.op.password}`)}`,
          "content-type": "application/json",
        },
        ...(method === "POST" && { body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ConfigStatus" }) }),
      }),
      { address: "10.0.0.1", port: 1 },
      method === "POST" && path === "/" ? "POST /" : undefined,
    );
    await response.body?.cancel();
    return response;
  };
}

describe("with a listener for servers and operators", () => {
  test("nothing of theirs is on the public one, which does not even ask for credentials", async () => {
    await using world = createWorld(SPLIT);
    const ask = createAsker(world);
    const asked = [
      ...INTERNAL_CALLS.flatMap((path) => ["POST", "GET", "OPTIONS"].map((method) => [method, path] as const)),
      ...INTERNAL_PAGES.flatMap((path) => ["GET", "HEAD", "POST"].map((method) => [method, path] as const)),
    ];
    let answered = 0;
    for (const [method, path] of asked) {
      const { status, headers } = await ask("fetch", method, path);
      answered += Number(status !== 404);
      expect([method, path, status, headers.has("www-authenticate")]).toEqual([method, path, 404, false]);
    }
    process.stderr.write(`internal on the public listener: ${asked.length} tried, ${answered} answered\n`);
  });

  test("theirs is on that one, and nothing public", async () => {
    await using world = createWorld(SPLIT);
    const ask = createAsker(world);
    for (const path of INTERNAL_CALLS)
      expect([path, (await ask("fetchInternal", "POST", path)).status]).toEqual([path, 200]);
    for (const path of INTERNAL_PAGES)
      expect([path, (await ask("fetchInternal", "GET", path)).status]).toEqual([path, 200]);
    for (const path of PUBLIC_PATHS) {
      for (const method of ["POST", "OPTIONS", "GET"]) {
        const { status, headers } = await ask("fetchInternal", method, path);
        const allowsPages = headers.has("access-control-allow-origin");
        expect([method, path, status, allowsPages]).toEqual([method, path, 404, false]);
      }
    }
  });

  test("both answer the probes, and the public one clients", async () => {
    await using world = createWorld(SPLIT);
    const ask = createAsker(world);
    for (const listener of ["fetch", "fetchInternal"] as const) {
      expect((await ask(listener, "GET", "/livez")).status).toBe(200);
      expect((await ask(listener, "GET", "/readyz")).status).toBe(503);
    }
    for (const path of PUBLIC_PATHS) expect([path, (await ask("fetch", "POST", path)).status]).toEqual([path, 401]);
  });

  test("a reload that adds or drops it counts from the next request on", async () => {
    await using world = createWorld();
    const ask = createAsker(world);
    expect((await ask("fetch", "POST", "/internal")).status).toBe(200);
    const internalListen = { hostname: "127.0.0.1", port: 7001, tls: undefined };
    world.gateway.prepare({ ...world.config, internalListen })();
    expect((await ask("fetch", "POST", "/internal")).status).toBe(404);
    expect((await ask("fetchInternal", "POST", "/internal")).status).toBe(200);
    world.gateway.prepare(world.config)();
    expect((await ask("fetch", "POST", "/internal")).status).toBe(200);
  });
});

import { describe, expect, test } from "bun:test";
import { listenForOperators } from "./operated-gateway.ts";
import { run } from "./run.ts";

describe("commands for operators", () => {
  test.each([
    [["forget", "sfu1:4433"], {}, 1, "still reports"],
    [["rooms", "--server", "sfu9:4433"], {}, 1, 'no server "sfu9:4433"'],
    [["rooms", "--customer", "nobody"], {}, 1, 'customer "nobody" is not configured'],
    [
      ["rooms", "--namespace", "nowhere"],
      {},
      1,
      'no customer has the namespace "nowhere", and it has no rooms or bans',
    ],
    [["bans", "--namespace", "nowhere"], {}, 1, 'no customer has the namespace "nowhere"'],
    [["usage", "--customer", "nobody"], {}, 1, 'customer "nobody" is not configured'],
    [["explain", "lobby", "--pool", "eu"], {}, 1, 'there is no pool "eu"'],
    [["servers", "--state", "gone"], {}, 1, "state: must be one of"],
    [["close", "nobody", "lobby"], {}, 1, "no customer has the namespace"],
    [["servers"], { ODIN_GATEWAY_USER: "op:wrong" }, 77, "unknown user or wrong password"],
    [["servers"], { ODIN_GATEWAY_USER: "sfu:sfu-password" }, 77, "is for operators"],
    [["servers"], { ODIN_GATEWAY_URL: "http://127.0.0.1:1" }, 69, "cannot reach http://127.0.0.1:1/internal"],
    [["servers"], { ODIN_GATEWAY_URL: "nonsense" }, 64, "--url must be a URL"],
    [["servers"], { ODIN_GATEWAY_USER: "op" }, 64, "--user must be NAME:PASSWORD"],
    [["ban", "acme", "lobby"], {}, 64, "ban needs USER"],
  ] as const)("%p with %p ends with %p %p in one line", async (argv, more, exitCode, reason) => {
    await using gateway = await listenForOperators();
    const { code, out, err } = await run(argv, { env: { ...gateway.env, ...more } });
    expect([code, out, err]).toEqual([exitCode, "", expect.stringContaining(reason)]);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  test("tell an answer that is none of a gateway's", async () => {
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("<html>") });
    expect((await run(["servers", "--url", other.url.href])).code).toBe(69);
    using odd = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ result: {} }) });
    const { code, err } = await run(["servers", "--url", odd.url.href]);
    expect([code, err]).toEqual([69, expect.stringContaining("has no servers")]);
  });
});

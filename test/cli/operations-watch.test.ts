import { describe, expect, test } from "bun:test";
import { createHurriedClock } from "./hurried-clock.ts";
import { listenForOperators } from "./operated-gateway.ts";
import { start } from "./run.ts";

/** It is shown again every two seconds. */
const clock = createHurriedClock(100);

describe("commands for operators", () => {
  test("--watch goes on when the gateway is away for a while", async () => {
    let isAway = false;
    let isBack = false;
    using gateway = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch() {
        if (isAway && !isBack) {
          isBack = true;
          return new Response("<html>");
        }
        isAway = true;
        return Response.json({ result: { servers: [{ endpoint: isBack ? "second" : "first" }] } });
      },
    });
    const watching = start(["servers", "--watch", "--url", gateway.url.href], { clock });
    await watching.waitFor(/second/);
    watching.stop();
    const { code, out, err } = await watching.result;
    expect([code, out.includes("first"), err]).toEqual([0, true, expect.stringContaining("cannot reach")]);
  });

  test("--watch shows it again, on a terminal in place, until it is to end", async () => {
    await using gateway = await listenForOperators();
    const watching = start(["rooms", "--watch"], { env: gateway.env, isTerminal: true, columns: 80, clock });
    await watching.waitFor(/lobby[\s\S]*lobby/);
    watching.stop();
    const { code, out } = await watching.result;
    expect([code, out.split("\u001b[2J").length > 2]).toEqual([0, true]);
    const json = start(["usage", "--watch", "--json"], { env: gateway.env });
    await json.waitFor(/^\{"customers":\[.*\],"isCut":false\}\n/);
    json.stop();
    expect((await json.result).code).toBe(0);
  });
});

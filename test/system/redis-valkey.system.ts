import { expect, test } from "bun:test";
import { runTool } from "./tools.ts";
import { ensureValkey } from "./valkey.ts";

/** Valkey is as good as Redis: what talks to one is tested with the other as well, where that can be had. */

const reason = await ensureValkey();
const TESTS = ["redis-link", "redis-store", "redis-join", "redis-model"];

test.skipIf(reason !== undefined)(
  `a Valkey does what a Redis does${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    const files = TESTS.map((name) => `./test/system/${name}.system.ts`);
    const command = [process.execPath, "test", "--timeout", "280000", ...files];
    await runTool(command, { cwd: process.cwd(), env: { REDIS_SERVER: "valkey-server" } });
    expect(Bun.which("valkey-server")).not.toBeNull();
  },
  290_000,
);

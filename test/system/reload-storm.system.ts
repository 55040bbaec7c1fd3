import { afterAll, beforeAll, expect, test } from "bun:test";
import type { TempFolder } from "../temp-folder.ts";
import { ask, buildBinary, createConfigFolder, findFreePort, startGateway, toConfigText } from "./gateway-process.ts";
import { call, runTraffic, startServers } from "./traffic.ts";

const RELOADS = 50;
const CONNECTS_PER_SEC = 2_000;
const SECONDS = 10;
/** One in so many is broken. */
const BROKEN = 5;

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

test(`${RELOADS} reloads, one in ${BROKEN} of them broken, fail none of ${CONNECTS_PER_SEC} Connects a second`, async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port);
  await using gateway = await startGateway(binary, folder);
  const servers = await startServers(url, 5);
  const outcomes: Record<string, number> = {};

  async function reloadAll(): Promise<void> {
    for (let reload = 1; reload <= RELOADS; reload++) {
      const isBroken = reload % BROKEN === 0;
      const lifetime = `loginToken: { lifetime: ${100 + reload} },`;
      folder.write("gateway.config.ts", isBroken ? "export default {" : toConfigText(port, lifetime));
      const [{ outcome }] = (await Promise.all([ask(url, "Reload"), Bun.sleep((SECONDS * 1_000) / RELOADS)])) as [
        { outcome: string },
        undefined,
      ];
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    folder.write("gateway.config.ts", toConfigText(port, "loginToken: { lifetime: 777 },"));
    await ask(url, "Reload");
  }

  const traffic = await runTraffic(url, CONNECTS_PER_SEC, reloadAll());
  process.stderr.write(`${traffic.connects} Connects, ${JSON.stringify(outcomes)}\n`);
  expect([traffic.failures, traffic.retried]).toEqual([{}, 0]);
  expect(traffic.connects).toBeGreaterThan(0.9 * CONNECTS_PER_SEC * SECONDS);
  expect(outcomes.failed).toBeGreaterThanOrEqual(RELOADS / BROKEN);
  const { result } = await call(url, "Connect", "last", "u");
  const { exp, nbf } = JSON.parse(Buffer.from(result?.token?.split(".")[1] ?? "", "base64url").toString());
  expect(exp - nbf).toBe(777);
  expect(gateway.log()).toContain("what was in force stays in force");
  for (const server of servers) server.stop();
}, 120_000);

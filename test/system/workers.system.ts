import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { buildBinary, createConfigFolder, findFreePort, startGateway } from "./gateway-process.ts";

const WORKERS = 3;
const CLIENTS = 8;

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

test(`the binary has ${WORKERS} workers answer, renews them under load without losing a request, and leaves none behind`, async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}/livez`;
  using folder = createConfigFolder(
    port,
    `masterKey: "${MASTER_KEY_TEXT}", state: { redis: "redis://127.0.0.1:1" }, workers: ${WORKERS},`,
  );
  using install = createTempFolder();
  const replace = (text?: string) => {
    rmSync(install.file("odin-gateway"), { force: true });
    if (text === undefined) copyFileSync(binary.file("odin-gateway"), install.file("odin-gateway"));
    else writeFileSync(install.file("odin-gateway"), text, { mode: 0o755 });
  };
  const findWorkers = () =>
    Array.from({ length: WORKERS }, (_, index) =>
      Number(readFileSync(folder.file(`.odin-gateway/worker-${index}/holder.pid`), "utf8")),
    );
  replace();
  const gateway = await startGateway(install, folder);
  await gateway.waitFor(/"all workers serve"/);
  const first = findWorkers();

  replace("#!/bin/sh\nexit 7\n");
  gateway.kill("SIGUSR2");
  await gateway.waitFor(/"worker":0,"exitCode":7,"msg":"a new worker ended before it had taken over/);
  await gateway.waitFor(/"the renewal of the workers is over"/);
  expect(findWorkers()).toEqual(first);

  replace();
  let requests = 0;
  let retried = 0;
  let isOver = false;
  const ask = () => fetch(url, { keepalive: false });
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) {
      // Whoever was about to connect to a listener that closes has to try once more, as clients do.
      const answer = await ask().catch(() => {
        retried++;
        return ask();
      });
      expect(answer.status).toBe(200);
      requests++;
    }
  });
  gateway.kill("SIGUSR2");
  await gateway.waitFor(/"the renewal[\s\S]*"the renewal/);
  isOver = true;
  await Promise.all(clients);
  process.stderr.write(`${requests} requests, ${retried} of them at the second attempt\n`);
  const renewed = findWorkers();
  expect(renewed.filter((pid) => first.includes(pid))).toEqual([]);

  // The output ends when the last process is gone that has it, which disposing of the gateway waits for.
  gateway.kill("SIGKILL");
  await gateway[Symbol.asyncDispose]();
  expect(renewed.filter((pid) => isThere(pid))).toEqual([]);
}, 60_000);

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

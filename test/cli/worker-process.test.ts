import { expect, test } from "bun:test";
import type { WorkerMessage } from "../../src/cli/worker-messages.ts";
import { spawnWorker } from "../../src/cli/worker-process.ts";
import { createTempFolder } from "../temp-folder.ts";

/** A program that says what it was given, and ends with 7 when it is told to end. */
const PROGRAM = `
process.on("message", (message) => {
  if (message.type === "stop") process.exit(7);
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ODIN_GATEWAY_WORKER } = process.env;
  const given = { message, env: [NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ODIN_GATEWAY_WORKER], args: process.argv.slice(2) };
  process.send({ type: "nonsense" });
  process.send({ type: "status", status: JSON.stringify(given) });
});
`;
const assignment = {
  index: 3,
  port: 7000,
  takesOver: true,
  stateDir: "/state",
  state: undefined,
  metrics: undefined,
  workers: 4,
};

function startProgram(path: string) {
  const { promise: said, resolve } = Promise.withResolvers<WorkerMessage>();
  const env = { NOTIFY_SOCKET: "@x", WATCHDOG_USEC: "1", WATCHDOG_PID: "1" };
  const argv = [process.execPath, path, "serve", "--port", "1"];
  return { worker: spawnWorker(assignment, resolve, { argv, execPath: process.execPath, env }), said };
}

test("a worker has the same command line and its assignment, and does not talk to the service manager", async () => {
  using folder = createTempFolder({ "program.ts": PROGRAM });
  const { worker, said } = startProgram(folder.file("program.ts"));
  const message = await said;
  if (message.type !== "status") throw new Error(message.type);
  expect(JSON.parse(message.status)).toEqual({
    message: JSON.parse(JSON.stringify({ type: "assignment", ...assignment })),
    env: [null, null, null, "3"],
    args: ["serve", "--port", "1"],
  });
  worker.stop();
  expect(await worker.exited).toBe(7);
  worker.stop();
});

test("a worker that is killed has ended by that signal", async () => {
  using folder = createTempFolder({ "program.ts": PROGRAM });
  const { worker, said } = startProgram(folder.file("program.ts"));
  await said;
  worker.kill("SIGKILL");
  worker.stop();
  expect(await worker.exited).toBe(137);
});

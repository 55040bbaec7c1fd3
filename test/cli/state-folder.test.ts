import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { lockState } from "../../src/store/state-lock.ts";
import { createTempFolder } from "../temp-folder.ts";
import { BARE_CONFIG, bareConfigText } from "./fixture.ts";
import { run } from "./run.ts";
import { serveFolder } from "./serve-folder.ts";

describe("the state folder", () => {
  test("belongs to one process: a second one says whose it is, with exit code 75", async () => {
    using folder = createTempFolder({ "gateway.config.ts": BARE_CONFIG });
    const first = await serveFolder(folder);
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err]).toEqual([
      75,
      `odin-gateway: another gateway, process ${process.pid}, uses the state folder ${folder.file(".odin-gateway")}\n`,
    ]);
    await first[Symbol.asyncDispose]();
    await using _third = await serveFolder(folder);
  });

  test("is free again when its process was killed", async () => {
    using folder = createTempFolder({ "gateway.config.ts": BARE_CONFIG });
    const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`], { cwd: folder.path, stdout: "pipe" });
    const reader = child.stdout.getReader();
    let out = "";
    while (!out.includes("listening")) out += new TextDecoder().decode((await reader.read()).value);
    expect((await run(["serve"], { cwd: folder.path })).err).toContain(`process ${child.pid},`);
    child.kill("SIGKILL");
    await child.exited;
    await using _next = await serveFolder(folder);
  });

  test("is locked by a file that nobody else can read, which is made anew if it is no database", () => {
    using folder = createTempFolder({ "lock.sqlite": "garbage ".repeat(200) });
    const lock = lockState(folder.path);
    expect(lock.outcome).toBe("held");
    expect(statSync(folder.file("lock.sqlite")).mode & 0o777).toBe(0o600);
    expect(statSync(folder.file("holder.pid")).mode & 0o777).toBe(0o600);
    expect(lockState(folder.path).outcome).toBe("taken");
    if (lock.outcome === "held") lock[Symbol.dispose]();
  });

  test("is locked also where nothing can say by whom", () => {
    using folder = createTempFolder({ "holder.pid/in-the-way": "" });
    const lock = lockState(folder.path);
    expect(lock.outcome).toBe("held");
    expect(lockState(folder.path)).toEqual({ outcome: "taken", holder: "unknown" });
    if (lock.outcome === "held") lock[Symbol.dispose]();
  });

  test("that cannot be locked is worth a warning, not the service", async () => {
    using folder = createTempFolder({ "not-a-folder": "" });
    folder.write(
      "gateway.config.ts",
      bareConfigText(
        `http: { hostname: "127.0.0.1", port: 0 }, stateDir: "not-a-folder", masterKey: "${"A".repeat(44)}"`,
      ),
    );
    await using gateway = await serveFolder(folder);
    expect(gateway.out()).toContain("cannot be locked");
  });
});

import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { lockState } from "../../src/store/state-lock.ts";
import { createTempFolder } from "../temp-folder.ts";
import { BARE_CONFIG, bareConfigText } from "./fixture.ts";
import { run, start } from "./run.ts";

describe("the state folder", () => {
  test("belongs to one process: a second one says whose it is, with exit code 75", async () => {
    using folder = createTempFolder({ "gateway.config.ts": BARE_CONFIG });
    const first = start(["serve"], { cwd: folder.path });
    await first.waitFor(/listening/);
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err]).toEqual([
      75,
      `odin-gateway: another gateway, process ${process.pid}, uses the state folder ${folder.file(".odin-gateway")}\n`,
    ]);
    first.stop();
    await first.result;
    const third = start(["serve"], { cwd: folder.path });
    await third.waitFor(/listening/);
    third.stop();
    expect((await third.result).code).toBe(0);
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
    const next = start(["serve"], { cwd: folder.path });
    await next.waitFor(/listening/);
    next.stop();
    await next.result;
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
    const gateway = start(["serve"], { cwd: folder.path });
    await gateway.waitFor(/cannot be locked[\s\S]*listening/);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });
});

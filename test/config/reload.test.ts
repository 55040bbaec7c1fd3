import { describe, expect, test } from "bun:test";
import { USERS } from "../world.ts";
import { acme, configText, serve } from "./served.ts";

describe.concurrent("a config module", () => {
  test("and what it imports count from when they are changed, and the fleet's state stays", async () => {
    await using served = await serve();
    expect((await served.connect(acme, "u1")).result).toBeDefined();
    expect((await served.connect(acme, "u2")).error.message).toBe("peer limit exceeded");
    served.folder.write("extra.ts", "export const extra = { roomScope: 'prefix' };\n");
    expect((await served.nextLog("the config was reloaded")).changed).toEqual(['roomScope: "exact" → "prefix"']);
    expect((await served.connect(acme, "u2")).error.message).toBe("peer limit exceeded");
    served.folder.write("gateway.config.ts", configText("loginToken: { lifetime: 60 },"));
    expect((await served.nextLog("the config was reloaded")).changed).toEqual(["loginToken.lifetime: 300 → 60"]);
    const { token } = (await served.connect(acme, "u1")).result;
    const { exp, nbf } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    expect(exp - nbf).toBe(60);
  });

  test.each([
    ["export default {\n  http: ;\n};\n", /gateway\.config\.ts:2:9/],
    [configText('logLevel: "LOUD", roomScope: "none",'), /logLevel: must be one of[\s\S]*roomScope: must be/],
    [configText("gridConfig: { quic: { a: undefined } },"), /gridConfig: a: TOML has no undefined/],
  ])("that is broken changes nothing, and says what and where: %p", async (bad, reason) => {
    await using served = await serve();
    served.folder.write("gateway.config.ts", bad);
    expect((await served.nextLog("the config could not be reloaded")).reason).toMatch(reason);
    expect((await served.connect(acme)).result).toBeDefined();
    served.folder.write("gateway.config.ts", configText("loginToken: { lifetime: 60 },"));
    await served.nextLog("the config was reloaded");
  });

  test("names what counts only after a restart, masks secrets, and changes the log's level at once", async () => {
    await using served = await serve();
    const users = JSON.stringify({ ...USERS, sfu: "hunter2" });
    served.folder.write(
      "gateway.config.ts",
      configText(`stateDir: "elsewhere", internal: { users: ${users} }, logLevel: "ERROR",`),
    );
    const { changed } = await served.nextLog("the config was reloaded");
    expect(changed).toContain("internal.users.sfu.password: *** → ***");
    expect((await served.nextLog("some changes count only after a restart")).needsRestart).toEqual(["stateDir"]);
    expect((await served.operator("ConfigStatus")).lastReload).toMatchObject({
      outcome: "applied",
      needsRestart: ["stateDir"],
    });
    expect(served.gateway.out()).not.toContain("hunter2");
    served.folder.write("extra.ts", "export const extra = { maxRoomsPerReport: 7 };\n");
    while ((await served.operator("ConfigStatus")).lastReload.changed[0] !== "maxRoomsPerReport: 20000 → 7")
      await Bun.sleep(10);
    expect(served.gateway.out().match(/the config was reloaded/g)).toHaveLength(1);
  });
});

describe.concurrent("what a reload has to find out", () => {
  test("a change that needs a restart stays pending over later reloads, until it is taken back", async () => {
    await using served = await serve();
    const pending = async (settings: string) => {
      served.folder.write("gateway.config.ts", configText(settings));
      return (await served.operator("Reload")).needsRestart;
    };
    const elsewhere = `stateDir: "${served.folder.file("elsewhere")}",`;
    expect(await pending(elsewhere)).toEqual(["stateDir"]);
    expect(await pending(elsewhere)).toEqual(["stateDir"]);
    expect(await pending(`${elsewhere} roomScope: "prefix",`)).toEqual(["stateDir"]);
    expect(await pending("")).toEqual([]);
  }, 10_000);

  test("a secret's file counts from when it is named, also if nothing else changed by that", async () => {
    await using served = await serve();
    const users = (sfu: object | string) => `internal: { users: ${JSON.stringify({ ...USERS, sfu })} },`;
    served.folder.write("password", USERS.sfu);
    served.folder.write("gateway.config.ts", configText(users({ file: "password" })));
    while ((await served.operator("ConfigStatus")).lastReload?.outcome !== "unchanged") await Bun.sleep(10);
    served.folder.write("password", "hunter2");
    expect((await served.nextLog("the config was reloaded")).changed).toEqual([
      "internal.users.sfu.password: *** → ***",
    ]);
  }, 10_000);

  test("a config that is bad for want of a file is good when the file is there", async () => {
    await using served = await serve();
    served.folder.write(
      "gateway.config.ts",
      configText('gridConfig: {}, roomScope: "prefix", internal: { users: { x: { file: "late" } } },'),
    );
    expect((await served.nextLog("the config could not be reloaded")).reason).toContain("there is no such file");
    served.folder.write("late", "password");
    await served.nextLog("the config was reloaded");
  }, 10_000);
});

describe.concurrent("a reload on demand", () => {
  test("by SIGHUP, and by an operator's Reload, says how it went", async () => {
    await using served = await serve();
    expect(await served.operator("ConfigStatus")).toMatchObject({
      source: served.folder.file("gateway.config.ts"),
      lastReload: null,
    });
    expect(await served.operator("Reload")).toMatchObject({ trigger: "user op", outcome: "unchanged", changed: [] });
    served.gateway.hangUp();
    while ((await served.operator("ConfigStatus")).lastReload.trigger !== "SIGHUP") await Bun.sleep(10);
    expect(served.gateway.out()).not.toContain("the config was reloaded");
    expect((await served.operator("Audit")).entries).toMatchObject([
      { trigger: "SIGHUP", method: "config.reload", result: "unchanged" },
      { user: "op", method: "Reload", result: "unchanged" },
      { trigger: "user op", method: "config.reload", result: "unchanged" },
    ]);
  });
});

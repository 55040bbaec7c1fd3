import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareConfigs } from "../../src/config/diff.ts";
import { type Running, start } from "../cli/run.ts";
import type { Json } from "../json.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { createCustomer, MASTER_KEY_TEXT, USERS } from "../world.ts";
import { read } from "./fixture.ts";

const acme = createCustomer("acme", { maxPeers: 1 });
const other = createCustomer("other");
const customersJson = (...entries: object[]) => JSON.stringify(entries.map((entry) => ({ ...entry, maxRooms: null })));
const configText = (more = "") =>
  `import { extra } from "./extra";
export default {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: 0 },
  customersFile: "customers.json",
  internal: { users: ${JSON.stringify(USERS)} },
  masterKey: "${MASTER_KEY_TEXT}",
  ...extra,
  ${more}
};
`;

/** A gateway on real files, reached over its socket. */
interface Served extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly gateway: Running;
  readonly connect: (customer: typeof acme, user?: string) => Promise<Json>;
  readonly operator: (method: string) => Promise<Json>;
  /** Waits for log lines with this message beyond those that were there before. */
  readonly nextLog: (msg: string) => Promise<Json>;
}

async function serve(): Promise<Served> {
  const folder = createTempFolder({
    "gateway.config.ts": configText(),
    "extra.ts": "export const extra = {};\n",
    "customers.json": customersJson(acme.entry),
  });
  const gateway = start(["serve"], { cwd: folder.path });
  const [, url = ""] = await gateway.waitFor(/"url":"([^"]+)"/);
  const post = async (path: string, headers: Record<string, string>, method: string, params: object = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await response.json()) as Json;
  };
  const basic = (pair: string) => ({ authorization: `Basic ${btoa(pair)}` });
  const report = { public_endpoint: "sfu1:4433", version: "1", load: 0, clients: 0, rooms: [] };
  await post("internal", basic(`sfu:${USERS.sfu}`), "sfu.Report", report);
  const lines = (): Json[] =>
    gateway
      .out()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  let read = lines().length;
  return {
    folder,
    gateway,
    connect: async (customer, user = "u") => {
      const token = await customer.signToken({ room: `room-${user}`, user, nowMs: Date.now() });
      return post("", { authorization: `Bearer ${token}` }, "Connect");
    },
    operator: async (method) => (await post("internal", basic(`op:${USERS.op.password}`), method)).result,
    async nextLog(msg) {
      for (;;) {
        const found = lines().findIndex((line, index) => index >= read && line.msg.startsWith(msg));
        if (found >= 0) {
          read = found + 1;
          return lines()[found];
        }
        await Bun.sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      gateway.stop();
      expect((await gateway.result).code).toBe(0);
      folder[Symbol.dispose]();
    },
  };
}

const WAYS: [string, (path: string, text: string) => void | Promise<void>][] = [
  ["written in place", (path, text) => writeFileSync(path, text)],
  [
    "renamed over",
    (path, text) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
  ],
  [
    "written in pieces",
    async (path, text) => {
      writeFileSync(path, text.slice(0, 20));
      await Bun.sleep(30);
      writeFileSync(path, text);
    },
  ],
  [
    "deleted and created again",
    async (path, text) => {
      rmSync(path);
      await Bun.sleep(30);
      writeFileSync(path, text);
    },
  ],
  [
    "saved fifty times",
    async (path, text) => {
      for (let i = 0; i < 50; i++) {
        writeFileSync(path, `[${i}`);
        if (i % 10 === 0) await Bun.sleep(1);
      }
      writeFileSync(path, text);
    },
  ],
];

describe("a customers file", () => {
  test.each(WAYS)(
    "that is %s counts from then on",
    async (_, change) => {
      await using served = await serve();
      expect((await served.connect(other)).error.code).toBe(-32001);
      await change(served.folder.file("customers.json"), customersJson(acme.entry, other.entry));
      expect((await served.nextLog("the config was reloaded")).changed.join()).toContain("customers[other].id");
      expect((await served.connect(other)).result.address).toBe("sfu1:4433");
    },
    10_000,
  );

  test("that lies behind a swapped symlink, as Kubernetes has it, is followed", async () => {
    await using served = await serve();
    const { folder } = served;
    for (const [name, list] of [
      ["..v1", customersJson(acme.entry)],
      ["..v2", customersJson(acme.entry, other.entry)],
    ] as const) {
      mkdirSync(folder.file(name));
      writeFileSync(folder.file(`${name}/customers.json`), list);
    }
    symlinkSync("..v1", folder.file("..data"));
    rmSync(folder.file("customers.json"));
    symlinkSync(join("..data", "customers.json"), folder.file("customers.json"));
    symlinkSync("..v2", folder.file("..data_tmp"));
    await Bun.sleep(300);
    renameSync(folder.file("..data_tmp"), folder.file("..data"));
    await served.nextLog("the config was reloaded");
    expect((await served.connect(other)).result).toBeDefined();
  }, 10_000);

  test("a customer that a valid edit removes is refused from the next Connect on", async () => {
    await using served = await serve();
    served.folder.write("customers.json", customersJson(other.entry));
    await served.nextLog("the config was reloaded");
    expect((await served.connect(acme)).error.code).toBe(-32001);
  });

  test.each([
    ["", "is not JSON"],
    ["[]", "is empty"],
    ["[{}]", "customers[0].id: is missing"],
  ])("that is %p changes nothing, and the next good one counts", async (bad, reason) => {
    await using served = await serve();
    served.folder.write("customers.json", bad);
    expect((await served.nextLog("the config could not be reloaded")).reason).toContain(reason);
    expect((await served.connect(acme)).result).toBeDefined();
    expect((await served.operator("ConfigStatus")).lastReload).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining(reason),
    });
    served.folder.write("customers.json", customersJson(acme.entry, other.entry));
    await served.nextLog("the config was reloaded");
    expect((await served.connect(other)).result).toBeDefined();
  });
});

describe("a config module", () => {
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

describe("what a reload has to find out", () => {
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

describe("a reload on demand", () => {
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

describe("compareConfigs", () => {
  test("goes by customers' ids and keys, and never shows a secret", () => {
    const before = read({ customers: [acme.entry], masterKey: MASTER_KEY_TEXT, https: { key: "k1" } });
    const after = read({
      customers: [other.entry, acme.entry],
      masterKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      https: { key: "k2" },
    });
    const { changed, needsRestart } = compareConfigs(before, after);
    expect(changed.some((line) => line.startsWith("customers[acme]"))).toBe(false);
    expect(changed.some((line) => line.startsWith("customers[other]"))).toBe(true);
    expect(changed).toContain("masterKey: *** → ***");
    expect(changed).toContain("https.key: *** → ***");
    expect(needsRestart).toEqual([]);
    expect(compareConfigs(before, before)).toEqual({ changed: [], needsRestart: [] });
    const api = (token: string, digest: string) => ({
      ...read({
        customerApi: { updateFunction: async () => [token] },
        internal: { users: { "sfu1.example.com": token } },
        gridConfig: { at: new Date(digest === "a" ? 0 : 1) },
      }),
      digest,
    });
    expect(compareConfigs(api("hunter1", "a"), api("hunter2", "b")).changed).toEqual([
      "customerApi.updateFunction: a function → a function",
      "gridConfig.at: 1970-01-01T00:00:00.000Z → 1970-01-01T00:00:00.001Z",
      "internal.users.sfu1.example.com.password: *** → ***",
    ]);
  });
});

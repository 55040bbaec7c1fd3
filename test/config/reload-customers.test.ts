import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acme, customersJson, other, serve } from "./served.ts";

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

describe.concurrent("a customers file", () => {
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

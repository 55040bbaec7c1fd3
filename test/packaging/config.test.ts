import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { run } from "../cli/run.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";

test("the packaged config is good as it stands, lets nobody in, and check says so", async () => {
  using folder = createTempFolder({ "master.key": MASTER_KEY_TEXT });
  const { code, out, err } = await run(["check", "--config", resolve("packaging/gateway.config.ts")], {
    env: { CREDENTIALS_DIRECTORY: folder.path },
  });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    masterKey: "configured",
    customers: [],
    unknownCustomers: "forbidden",
    internal: { users: {}, allow: [], trustLoopback: false },
  });
  expect(err).toContain("there are no customers");
  expect(err).toContain("nobody may call /internal");
});

test("the unit hands over the credential that the packaged config asks for", async () => {
  const [, name] = (await Bun.file("packaging/gateway.config.ts").text()).match(/credential: "(.*)"/) ?? [];
  const unit = await Bun.file("packaging/odin-gateway.service").text();
  expect(unit).toContain(`\nLoadCredential=${name}:/etc/odin-gateway/${name}\n`);
});

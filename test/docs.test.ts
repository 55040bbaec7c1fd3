import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { toConfigurationPage } from "../docs/configuration-page.ts";
import { COMMANDS } from "../src/cli/main.ts";
import { parseFetchedCustomers } from "../src/config/customers.ts";
import { loadConfig } from "../src/config/load.ts";
import { createModuleLoader } from "../src/config/module-loader.ts";
import { configSchema } from "../src/config/schema.ts";
import { RpcError } from "../src/errors.ts";
import { run } from "./cli/run.ts";
import { createTempFolder } from "./temp-folder.ts";
import { createCustomer } from "./world.ts";

const readme = await Bun.file("README.md").text();

/** Fenced blocks of a language. */
const blocks = (text: string, language: string) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , body = ""]) => body);

const loadText = async (text: string, env = {}) => {
  using folder = createTempFolder({ "gateway.config.ts": text });
  using loader = createModuleLoader();
  return await loadConfig(folder.file("gateway.config.ts"), { flags: {}, env, loader });
};

describe("README.md", () => {
  test("shows the help as it is", async () => {
    expect(readme.includes((await run(["--help"])).out)).toBe(true);
    for (const { name } of COMMANDS.slice(1)) {
      const { out } = await run([name, "--help"]);
      expect([name, readme.includes(out)]).toEqual([name, true]);
    }
  });

  test("has every setting of the schema, and no other", () => {
    const table = readme.slice(readme.indexOf("## All settings"));
    const named = [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = ""]) => name.split(".")[0] ?? "");
    expect([...new Set(named)].sort()).toEqual(Object.keys(configSchema.entries).sort());
  });

  test("names the two commands", () => {
    for (const command of ["npx -y bun@1.4.5 run demo", "npx -y bun@1.4.5 run test"]) expect(readme).toContain(command);
  });

  test("has a config that loads as it stands", async () => {
    const [config = ""] = blocks(readme, "ts").filter((block) => block.includes("customers:"));
    expect(await loadText(config, { SFU_PASSWORD: "x" })).toMatchObject({
      customers: [{ id: "my-game", maxPeers: 1000 }],
    });
  });

  test("has updateFunctions that fetch customers from a REST service and from a file", async () => {
    const { entry } = createCustomer("acme");
    const list = JSON.stringify([{ ...entry, maxPeers: null, maxRooms: null }]);
    using folder = createTempFolder({ "customers.json": list });
    using service = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(list) });
    process.env.CUSTOMERS_URL = service.url.href;
    process.env.CUSTOMERS_FILE = folder.file("customers.json");
    const examples = blocks(readme, "ts").filter((block) => block.includes("updateFunction"));
    expect(examples).toHaveLength(2);
    using _cleanUp = {
      [Symbol.dispose]() {
        delete process.env.CUSTOMERS_URL;
        delete process.env.CUSTOMERS_FILE;
      },
    };
    for (const example of examples) {
      const { customerApi } = await loadText(example);
      const { customers } = parseFetchedCustomers(await customerApi?.updateFunction(), "README.md", false);
      expect(customers.map(({ id }) => id)).toEqual(["acme"]);
    }
  });
});

describe("gateway.config.ts", () => {
  test("is good, listens on this machine only, and trusts it", async () => {
    const { code, out } = await run(["check"], { cwd: process.cwd() });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ listen: { hostname: "127.0.0.1" }, internal: { trustLoopback: true } });
  });
});

describe("docs/protocol.md", () => {
  test("has every error with its code and status", async () => {
    const page = await Bun.file("docs/protocol.md").text();
    const names = (await Bun.file("src/errors.ts").text()).matchAll(/^ {2}(\w+): \{ code: /gm);
    for (const [, name = ""] of names) {
      const { code, status } = new RpcError(name as "internal");
      const row = page.split("\n").find((line) => line.startsWith("|") && line.includes(`−${-code}`));
      expect([name, row]).toEqual([name, expect.stringContaining(String(status))]);
    }
  });
});

describe("docs/dependencies.md", () => {
  test("has a line for every package, and for no other", async () => {
    const page = await Bun.file("docs/dependencies.md").text();
    const { dependencies, devDependencies } = await Bun.file("package.json").json();
    const rows = [...page.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = ""]) =>
      names.replaceAll("`", "").split(", "),
    );
    expect(rows.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
  });

  test("versions are exact", async () => {
    const { dependencies, devDependencies } = await Bun.file("package.json").json();
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("all pages", () => {
  test("link only to what is there", async () => {
    for (const file of [...new Glob("*.md").scanSync(), ...new Glob("docs/*.md").scanSync()]) {
      for (const [, target = ""] of (await Bun.file(file).text()).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
        expect([file, target, existsSync(join(dirname(file), target))]).toEqual([file, target, true]);
      }
    }
  });
});

test("docs/configuration.md is what `bun run docs:configuration` writes", async () => {
  expect(await Bun.file("docs/configuration.md").text()).toBe(toConfigurationPage());
});

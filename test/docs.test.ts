import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { listSettings, toConfigurationPage } from "../docs/configuration-page.ts";
import { SECTIONS } from "../docs/configuration-sections.ts";
import { COMMANDS } from "../src/cli/main.ts";
import { parseFetchedCustomers } from "../src/config/customers.ts";
import { loadConfig, resolveConfig } from "../src/config/load.ts";
import { createModuleLoader } from "../src/config/module-loader.ts";
import { configSchema } from "../src/config/schema.ts";
import { RpcError } from "../src/errors.ts";
import { createPlan } from "../src/plan.ts";
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

  test("names settings that are there, with the schema's defaults and meanings", () => {
    const known = new Set(listSettings().map((each) => `| \`${each.path}\` | ${each.standard} | ${each.meaning} |`));
    const table = readme.slice(readme.indexOf("## Settings"), readme.indexOf("## Metrics"));
    const rows = table.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.length).toBeGreaterThan(9);
    expect(rows.filter((row) => !known.has(row))).toEqual([]);
  });

  test("names the two commands", () => {
    for (const command of ["npx -y bun@1.4.5 run demo", "npx -y bun@1.4.5 run test"]) expect(readme).toContain(command);
  });

  test("has a config that loads as it stands", async () => {
    const [config = ""] = blocks(readme, "ts").filter((block) => block.includes("customers:"));
    expect(await loadText(config, { SFU_PASSWORD: "x", OP_PASSWORD: "y" })).toMatchObject({
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

describe("docs/operations.md", () => {
  test("names only commands and flags that are there", async () => {
    const page = await Bun.file("docs/operations.md").text();
    const lines = [...page.matchAll(/`odin-gateway ([a-z][^`]*)`|^(?:sudo env \S+ )?odin-gateway ([a-z][^#\n]*)/gm)];
    const used = lines.map(([, inline, line]) => (inline ?? line ?? "").trim());
    expect(used.length).toBeGreaterThan(30);
    for (const words of used) {
      const command = COMMANDS.find(({ name }) => name === words.split(" ", 1)[0]);
      expect([words, command?.name]).toEqual([words, words.split(" ", 1)[0]]);
      const flags = [...words.matchAll(/ --([\w-]+)/g)].map(([, name = ""]) => name);
      expect([words, flags.filter((flag) => !Object.hasOwn(command?.flags ?? {}, flag))]).toEqual([words, []]);
    }
  });

  test("links only to headings that it has", async () => {
    const page = await Bun.file("docs/operations.md").text();
    const anchors = [...page.matchAll(/^##+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
    expect(anchors[0]).toBe("first-aid");
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
    for (const file of [...new Glob("*.md").scanSync(), ...new Glob("docs/**/*.md").scanSync()]) {
      for (const [, target = ""] of (await Bun.file(file).text()).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
        expect([file, target, existsSync(join(dirname(file), target))]).toEqual([file, target, true]);
      }
    }
  });
});

describe("docs/configuration.md", () => {
  test("is what `bun run docs:configuration` writes", async () => {
    expect(await Bun.file("docs/configuration.md").text()).toBe(toConfigurationPage());
  });

  test("has every setting of the schema in one section, and says of each what it means", () => {
    expect(SECTIONS.flatMap(({ settings }) => settings).sort()).toEqual(Object.keys(configSchema.entries).sort());
    const settings = listSettings();
    const unclear = settings.filter(({ kind, meaning }) => kind === "" || !/^[A-Z`].{7,}[^.]$/.test(meaning));
    expect(unclear.map(({ path }) => path)).toEqual([]);
    const page = toConfigurationPage();
    for (const { path } of settings) expect([path, page.split(`\n| \`${path}\` |`).length]).toEqual([path, 2]);
  });

  test("has the defaults that a config without settings gets", () => {
    const { stateDir, ...config } = resolveConfig({}, { source: "/etc/odin/gateway.config.ts", flags: {}, env: {} });
    for (const { path, standard } of listSettings()) {
      const literal = /^`([^$]*)`$/.exec(standard)?.[1] ?? /at least `(.*)`$/.exec(standard)?.[1];
      if (literal === undefined || /\[\]|^internal\.(users|listen)|customerApi|metrics|^state\./.test(path)) continue;
      const value = path.split(".").reduce<unknown>((at, name) => Object(at)[name], config);
      expect([path, value]).toEqual([path, path === "stateDir" ? stateDir : JSON.parse(literal)]);
    }
    expect(stateDir).toBe("/etc/odin/.odin-gateway");
  });

  test("has examples that load as they stand", async () => {
    const secret = Buffer.alloc(32, 7).toString("base64");
    const env = {
      SFU_PASSWORD: "a",
      EDGE_PASSWORD: "b",
      OPERATOR_PASSWORD: "c",
      MASTER_KEY: secret,
      REDIS_URL: "redis://127.0.0.1",
      WEBHOOK_SECRET: secret,
    };
    const examples = blocks(await Bun.file("docs/configuration.md").text(), "ts");
    expect(examples).toHaveLength(SECTIONS.length);
    for (const example of examples) createPlan(await loadText(example, env));
  });
});

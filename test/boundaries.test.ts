import { describe, expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

/** Who may import whom, by folder of src/ (or file at its top). Source: docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  awaitable: [],
  errors: [],
  clock: [],
  log: [],
  "json-text": [],
  auth: ["awaitable", "errors", "json-text"],
  fleet: ["awaitable", "errors"],
  "sfu-config": ["errors"],
  rpc: ["awaitable", "errors", "auth", "fleet", "sfu-config"],
  config: ["errors", "clock", "log"],
  "young-garbage": [],
  rates: ["errors", "fleet"],
  store: ["errors", "fleet", "young-garbage"],
  "hosted-fleet": ["clock", "log", "auth", "fleet", "observe", "store"],
  http: ["awaitable", "errors", "auth", "rpc", "log", "json-text"],
  metrics: ["errors", "clock", "fleet", "rpc"],
  dashboard: ["errors", "clock", "fleet", "http", "rpc"],
  observe: ["errors", "clock", "log", "fleet"],
  webhooks: ["clock", "log", "config", "fleet"],
  audit: ["errors", "clock", "log", "rpc"],
  plan: ["errors", "auth", "config", "fleet", "sfu-config"],
  "fetched-customers": ["clock", "log", "auth", "config", "plan"],
  unready: ["auth", "config", "fleet", "store"],
  endpoints: ["awaitable", "errors", "clock", "auth", "config", "fleet", "http", "plan", "rates", "rpc"],
  watchers: [
    "errors",
    "clock",
    "log",
    "audit",
    "auth",
    "config",
    "dashboard",
    "fleet",
    "hosted-fleet",
    "http",
    "metrics",
    "observe",
    "rpc",
    "webhooks",
  ],
  gateway: [
    "clock",
    "log",
    "audit",
    "auth",
    "config",
    "endpoints",
    "fetched-customers",
    "fleet",
    "hosted-fleet",
    "http",
    "plan",
    "rates",
    "rpc",
    "unready",
    "watchers",
    "webhooks",
    "young-garbage",
  ],
  sim: ["clock", "auth"],
  systemd: ["clock", "log"],
  cli: [
    "errors",
    "clock",
    "log",
    "auth",
    "config",
    "fleet",
    "gateway",
    "hosted-fleet",
    "http",
    "plan",
    "rpc",
    "sfu-config",
    "sim",
    "store",
    "systemd",
    "webhooks",
  ],
};

/** Packages that a folder may import; Node's modules are checked below. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  auth: ["@noble/ed25519", "valibot"],
  rpc: ["valibot", "@valibot/to-json-schema"],
  config: ["valibot", "chokidar"],
  "sfu-config": ["smol-toml"],
  log: ["pino"],
  dashboard: ["preact", "preact/hooks", "uplot"],
  store: ["bun:sqlite"],
  webhooks: ["bun:sqlite"],
  sim: ["jose", "smol-toml"],
  systemd: ["bun:ffi"],
  "young-garbage": ["bun:jsc"],
};

/** What runs when it is loaded: the process, and its workers. */
const ENTRY_POINTS = ["index.ts", "src/store/state-writer-worker.ts", "src/webhooks/queue-writer-worker.ts"];

/** What a process can load: the dashboard's components run in browsers only. */
const isLoadable = (file: string): boolean => !ENTRY_POINTS.includes(file) && !file.endsWith(".tsx");

const IMPORT = /^\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
  readonly statement: string;
}

const sources = new Map<string, string>();
for (const file of [...new Glob("src/**/*.{ts,tsx}").scanSync(), "index.ts"])
  sources.set(file, await Bun.file(file).text());

const roomOf = (path: string): string =>
  path.startsWith("src/") ? (path.split("/")[1] ?? "").replace(/\.ts$/, "") : path;

const imports: Import[] = [...sources].flatMap(([file, text]) =>
  [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const target = specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
    return { file, room: roomOf(file), target, statement: match[0] };
  }),
);

const own = imports.filter(({ target }) => target.startsWith("src/"));
const foreign = imports.filter(({ target }) => !target.startsWith("src/") && target !== "package.json");

describe("imports", () => {
  test("are found at all", () => {
    expect(imports.length).toBeGreaterThan(150);
    expect(new Set(own.map(({ room }) => room))).toContain("fleet");
  });

  test("keep to the table", () => {
    const broken = own.filter(
      ({ room, target }) =>
        room !== "index.ts" && room !== roomOf(target) && !MAY_IMPORT[room]?.includes(roomOf(target)),
    );
    expect(broken.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  test("every room is in the table", () => {
    expect(
      [...new Set([...sources.keys()].map(roomOf))].filter((room) => room !== "index.ts" && !(room in MAY_IMPORT)),
    ).toEqual([]);
  });

  test("of packages keep to their rooms", () => {
    const broken = foreign.filter(
      ({ room, target }) => !target.startsWith("node:") && target !== "bun" && !PACKAGES[room]?.includes(target),
    );
    expect(broken.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  test("index.ts imports the command line and nothing else", () => {
    expect(imports.filter(({ file }) => file === "index.ts").map(({ target }) => target)).toEqual(["src/cli/main.ts"]);
  });

  test("form no circle between files, but for types", () => {
    const values = own.filter(({ statement }) => !/^\s*(import|export) type\b/.test(statement));
    const state = new Map<string, "open" | "done">();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
        return;
      }
      state.set(file, "open");
      for (const { target } of values.filter((each) => each.file === file)) visit(target, [...way, file]);
      state.set(file, "done");
    };
    for (const file of sources.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("rpc", () => {
  test("knows auth by its types only", () => {
    const broken = own.filter(
      ({ room, target, statement }) => room === "rpc" && roomOf(target) === "auth" && !/import type/.test(statement),
    );
    expect(broken.map(({ file }) => file)).toEqual([]);
  });
});

describe("the fleet", () => {
  test("is pure and synchronous: no clock, timer, chance or wait, and of Node only hashing", () => {
    for (const [file, text] of sources) {
      if (roomOf(file) !== "fleet") continue;
      expect([
        file,
        text.match(/Date\.now|Math\.random|setInterval|setTimeout|performance\.|\bawait |\bBun\.|\basync /g),
      ]).toEqual([file, null]);
    }
    expect(foreign.filter(({ room }) => room === "fleet").map(({ target }) => target)).toEqual(["node:crypto"]);
  });
});

describe("at import time", () => {
  test("every module loads in this process too, so that coverage sees what no test calls", async () => {
    for (const file of sources.keys()) if (isLoadable(file)) await import(`${process.cwd()}/${file}`);
  });

  test("nothing is started: every module can be imported, and the process still ends", async () => {
    const list = JSON.stringify([...sources.keys()].filter(isLoadable).map((file) => `${process.cwd()}/${file}`));
    const child = Bun.spawn(
      [process.execPath, "-e", `for (const file of ${list}) await import(file); console.log("idle");`],
      { stdout: "pipe" },
    );
    expect(await new Response(child.stdout).text()).toBe("idle\n");
    expect(await child.exited).toBe(0);
  });
});

describe("the project's files", () => {
  test("hold no state at module level that can change", () => {
    const mutable = [...sources].filter(([, text]) => /^(export )?(let|var) /m.test(text)).map(([file]) => file);
    expect(mutable).toEqual([]);
  });
});

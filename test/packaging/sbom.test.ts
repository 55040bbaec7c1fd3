import { describe, expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import { buildSbom } from "../../packaging/build-sbom.ts";
import { PROCESS_ENTRIES, toPackageNames } from "../../packaging/bundled-packages.ts";
import { parseLock, toSbom } from "../../packaging/sbom.ts";

const ROOT = `${import.meta.dir}/../..`;
const lockText = await Bun.file(`${ROOT}/bun.lock`).text();
const sbom = await buildSbom();

/** What a bundle's source maps say went into it, which is not what the bill is made of. */
async function listMappedPackages(target: "bun" | "browser", ...paths: string[]): Promise<string[]> {
  const entrypoints = paths.map((path) => `${ROOT}/${path}`);
  const { outputs } = await Bun.build({ entrypoints, target, sourcemap: "external", minify: true });
  const maps = outputs.filter(({ kind }) => kind === "sourcemap");
  expect(maps.length).toBeGreaterThan(0);
  const sources = await Promise.all(maps.map(async (map) => (await map.json()).sources as string[]));
  return toPackageNames(sources.flat());
}

describe("the bill of materials", () => {
  test("has what CycloneDX 1.6 asks for", () => {
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 });
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Date(sbom.metadata.timestamp).toISOString()).toBe(sbom.metadata.timestamp);
    expect(sbom.metadata.component).toMatchObject({
      type: "application",
      name: "odin-gateway",
      version: packageJson.version,
    });
    for (const component of sbom.components) {
      expect(component.type).toMatch(/^(library|platform)$/);
      expect(component.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(component.purl).toBe(`pkg:npm/${component.name.replace("@", "%40")}@${component.version}`);
      expect(component.hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(component.licenses).toEqual([{ license: { id: expect.stringMatching(/^[\w.-]+$/) } }]);
    }
  });

  test("has every package that is bundled, by the bundle's own maps, and Bun, and nothing else", async () => {
    const inProcess = await listMappedPackages("bun", ...PROCESS_ENTRIES);
    const inPage = await listMappedPackages("browser", "src/dashboard/page/main.tsx");
    const named = sbom.components.map(({ name }) => name);
    expect([...inProcess, ...inPage].filter((name) => !named.includes(name))).toEqual([]);
    for (const name of ["pino", "valibot", "preact", "uplot", "bun"]) expect(named).toContain(name);
    for (const name of ["typescript", "fast-check", "ajv", "@types/bun"]) expect(named).not.toContain(name);
    const others = named.filter((name) => ![...inProcess, ...inPage, "bun"].includes(name));
    expect(others).toEqual([expect.stringMatching(/^@oven\/bun-/)]);
  });

  test("names the entry points that the build names", () => {
    const { build } = packageJson.scripts;
    const compile = build.slice(build.indexOf("bun build --compile"));
    const entries = [...compile.matchAll(/ (?:\.\/)?(\S+\.ts)(?= .*--outfile)/g)].map(([, path]) => path);
    expect(entries).toEqual(PROCESS_ENTRIES);
    expect(build).toContain("bun packaging/build-sbom.ts && bun build --compile");
    // Who builds may add an output file of their own.
    expect(build).toEndWith("--outfile dist/odin-gateway");
  });

  test("has versions and hashes of bun.lock, and the licence of each package", async () => {
    const lock = parseLock(lockText);
    for (const { name, version, hashes, licenses } of sbom.components) {
      const { license } = await Bun.file(`${ROOT}/node_modules/${name}/package.json`).json();
      const hex = hashes[0]?.content ?? "";
      const integrity = `sha512-${Buffer.from(hex, "hex").toString("base64")}`;
      expect([name, lock.get(name)]).toEqual([name, expect.objectContaining({ version, integrity })]);
      expect([name, licenses]).toEqual([name, [{ license: { id: license } }]]);
    }
  });

  test("has a graph in which everything is reached from the gateway", () => {
    const edges = new Map(sbom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    expect([...edges.keys()].sort()).toEqual(
      [sbom.metadata.component["bom-ref"], ...sbom.components.map((each) => each["bom-ref"])].sort(),
    );
    const reached = new Set<string>();
    const visit = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      for (const next of edges.get(ref) ?? []) visit(next);
    };
    visit(sbom.metadata.component["bom-ref"]);
    expect(reached.size).toBe(sbom.components.length + 1);
    const schema = sbom.dependencies.find(({ ref }) => ref.includes("to-json-schema@"));
    expect(schema?.dependsOn).toEqual([expect.stringContaining("pkg:npm/valibot@")]);
    const sonicBoom = sbom.dependencies.find(({ ref }) => ref.startsWith("pkg:npm/sonic-boom@"));
    expect(sonicBoom?.dependsOn).toEqual([expect.stringContaining("pkg:npm/atomic-sleep@")]);
  });

  test("is the same for the same content, but for its time", async () => {
    const again = await buildSbom();
    expect({ ...again, metadata: null }).toEqual({ ...sbom, metadata: null });
  });

  test("shows an expression of licences as such", () => {
    const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;
    const both = { name: "both", version: "1.0.0", integrity, wants: [], license: "(MIT OR Apache-2.0)" };
    const options = { name: "x", version: "1.0.0", packages: [both], direct: ["both"], madeAt: new Date(0) };
    expect(toSbom(options).components[0]?.licenses).toEqual([{ expression: "(MIT OR Apache-2.0)" }]);
  });
});

describe("bun.lock", () => {
  test("fixes every package by version and hash, and those of package.json at its versions", () => {
    const lock = parseLock(lockText);
    expect(lock.size).toBeGreaterThan(50);
    for (const [name, version] of Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies }))
      expect([name, lock.get(name)?.version]).toEqual([name, version]);
  });

  test("that does not is refused", () => {
    const broken = lockText.replace(/("smol-toml@1\.9\.1", "", \{\}, )"sha512-[^"]+"/, '$1""');
    expect(broken).not.toBe(lockText);
    expect(() => parseLock(broken)).toThrow("bun.lock does not fix smol-toml by version and SHA-512");
  });

  test("is what every script that needs packages installs, frozen, and with the Bun that it has", async () => {
    const { scripts, devDependencies } = packageJson;
    for (const name of ["predemo", "pretest", "pretest:system", "preok", "prebuild", "preaudit"] as const)
      expect(scripts[name]).toBe("bun install --frozen-lockfile");
    const files = [".ci/run", "packaging/Containerfile", "README.md", "CONTRIBUTING.md"];
    for (const file of files)
      for (const [, version] of (await Bun.file(`${ROOT}/${file}`).text()).matchAll(/\bbun@([\w.^~-]+\w)/g))
        expect([file, version]).toEqual([file, devDependencies.bun]);
  });
});

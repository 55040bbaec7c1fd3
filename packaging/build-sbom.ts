/** Writes the bill of materials of the binary beside it, as CycloneDX has it. */
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { listBundledSources, toPackageNames } from "./bundled-packages.ts";
import { type LicensedPackage, type LockedPackage, parseLock, type Sbom, toSbom } from "./sbom.ts";

const ROOT = join(import.meta.dir, "..");

/** Makes the bill of materials of what is built now: what the bundler takes in, as bun.lock has it, and Bun. */
export async function buildSbom(): Promise<Sbom> {
  const lock = parseLock(await Bun.file(join(ROOT, "bun.lock")).text());
  const sources = await listBundledSources();
  const nested = sources.find((path) => path.split("node_modules/").length > 2);
  if (nested !== undefined) throw new Error(`${nested} is of a package of which there may be two versions`);
  const bundled = toPackageNames(sources);
  const runtime = ["bun", `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`];
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const packages = await Promise.all([...bundled, ...runtime].map((name) => readLicensed(name, lock.get(name))));
  const { version: runs } = packages.find(({ name }) => name === "bun") ?? {};
  if (runs !== Bun.version) throw new Error(`bun.lock has Bun ${runs}, but ${Bun.version} builds`);
  return toSbom({
    name: packageJson.name,
    version: packageJson.version,
    packages,
    direct: Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies }),
    madeAt: epoch === undefined ? new Date() : new Date(Number(epoch) * 1_000),
  });
}

async function readLicensed(name: string, locked: LockedPackage | undefined): Promise<LicensedPackage> {
  if (!locked) throw new Error(`${name} goes into the binary, and is not in bun.lock`);
  const { version, license } = await Bun.file(join(ROOT, "node_modules", name, "package.json")).json();
  if (version !== locked.version)
    throw new Error(`${name} is installed as ${version}, and locked as ${locked.version}`);
  if (typeof license !== "string") throw new Error(`${name} states no licence`);
  return { ...locked, license };
}

if (import.meta.main) {
  const path = join(ROOT, "dist/odin-gateway.cdx.json");
  const sbom = await buildSbom();
  await Bun.write(path, `${JSON.stringify(sbom, null, 2)}\n`);
  console.log(`${path}: ${sbom.components.length} components`);
}

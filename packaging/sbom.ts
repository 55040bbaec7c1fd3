import { createHash } from "node:crypto";

/** A package as bun.lock has it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of its archive: `sha512-<base64>`. */
  readonly integrity: string;
  /** Names of the packages that it asks for, whether or not they are installed. */
  readonly wants: readonly string[];
}

/** A package and the licence that its own package.json states. */
export interface LicensedPackage extends LockedPackage {
  readonly license: string;
}

/** What a bill of materials is made of. */
export interface SbomOptions {
  readonly name: string;
  readonly version: string;
  /** Everything that is in the binary, the runtime included. */
  readonly packages: readonly LicensedPackage[];
  /** Names of those that the gateway itself asks for. */
  readonly direct: readonly string[];
  readonly madeAt: Date;
}

/** A bill of materials, ready to be written as JSON. Source: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/ */
export type Sbom = ReturnType<typeof toSbom>;

interface LockFile {
  readonly packages: Readonly<Record<string, readonly unknown[]>>;
}

const INTEGRITY = /^sha512-([A-Za-z0-9+/]{86}==)$/;

/** Reads the text of a bun.lock, by the packages' names; throws an Error if a package is not fixed by its hash. */
export function parseLock(text: string): ReadonlyMap<string, LockedPackage> {
  const { packages } = Bun.JSONC.parse(text) as LockFile;
  return new Map(Object.entries(packages).map(([path, entry]) => [path, toLocked(path, entry)]));
}

/** Makes the bill of materials: every package with version, hash and licence, and which of them needs which. */
export function toSbom({ name, version, packages, direct, madeAt }: SbomOptions) {
  const refs = new Map(packages.map((each) => [each.name, toPurl(each)]));
  const toRefs = (names: readonly string[]) => names.flatMap((wanted) => refs.get(wanted) ?? []).sort();
  const self = `pkg:generic/${name}@${version}`;
  const components = packages.map((each) => ({
    type: each.name === "bun" ? "platform" : "library",
    "bom-ref": toPurl(each),
    name: each.name,
    version: each.version,
    purl: toPurl(each),
    hashes: [{ alg: "SHA-512", content: toHex(each.integrity) }],
    licenses: [toLicense(each.license)],
    externalReferences: [
      {
        type: "distribution",
        url: `https://registry.npmjs.org/${each.name}/-/${each.name.replace(/^.*\//, "")}-${each.version}.tgz`,
      },
    ],
  }));
  const dependencies = [
    { ref: self, dependsOn: toRefs(direct) },
    ...packages.map((each) => ({ ref: toPurl(each), dependsOn: toRefs(each.wants) })),
  ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${toUuid(JSON.stringify([self, components, dependencies]))}`,
    version: 1,
    metadata: {
      timestamp: madeAt.toISOString(),
      component: { type: "application", "bom-ref": self, name, version, purl: self },
    },
    components,
    dependencies,
  };
}

/** The package's URL. Source: https://github.com/package-url/purl-spec, type npm. */
function toPurl({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function toLocked(path: string, [id, , about, integrity]: readonly unknown[]): LockedPackage {
  const [, name = "", version = ""] = /^(.+)@([^@]+)$/.exec(String(id)) ?? [];
  if (typeof integrity !== "string" || !INTEGRITY.test(integrity) || !/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`bun.lock does not fix ${path} by version and SHA-512`);
  const kinds = ["dependencies", "optionalDependencies", "peerDependencies"];
  const wants = kinds.flatMap((kind) => Object.keys(Object(Object(about)[kind])));
  return { name, version, integrity, wants };
}

function toHex(integrity: string): string {
  return Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
}

/** A licence's id, or an expression of several. Source: SPDX 2.3, annex D. */
function toLicense(license: string) {
  return /[ ()]/.test(license) ? { expression: license } : { license: { id: license } };
}

/** A UUID that follows from a text (RFC 9562, section 5.8): the same content has the same one. */
function toUuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

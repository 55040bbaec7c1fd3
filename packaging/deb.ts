import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { COMMANDS } from "../src/cli/main.ts";
import { toManPage } from "./man-page.ts";

/** What a Debian package is made of. */
export interface DebOptions {
  /** Path of the compiled gateway. */
  readonly binary: string;
  /** Path of its bill of materials. */
  readonly sbom: string;
  /** Version as package.json has it. */
  readonly version: string;
  /** Folder that the package is put into. */
  readonly outFolder: string;
  /** Compression of dpkg-deb, and its level: "none" is quick, and thrice as large. */
  readonly compression?: "xz" | "none";
}

interface PackagedFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array | { readonly copyOf: string };
  readonly isConffile?: boolean;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
/** A fifth of the time of the default level, for a tenth more bytes. */
const XZ_LEVEL = "-z1";
const SCRIPTS = ["postinst", "prerm", "postrm"];
/** Where the shells look for completions. */
const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: "usr/share/bash-completion/completions/odin-gateway",
  zsh: "usr/share/zsh/vendor-completions/_odin-gateway",
  fish: "usr/share/fish/vendor_completions.d/odin-gateway.fish",
};
/** What an operator copies and changes. */
const EXAMPLES = ["alerts.yml", "grafana.json", "nginx.conf", "Caddyfile", "backup-state.sh"];
const CONFIG_FOLDER = "etc/odin-gateway";

/**
 * Builds `odin-gateway_<version>_<arch>.deb` and gives its path; needs dpkg-deb, throws an Error with what it says.
 * Source: Debian Policy, chapters 3 to 6 and 10.
 */
export async function buildDeb(options: DebOptions): Promise<string> {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`there is no Debian architecture for ${process.arch}`);
  const version = options.version.replace("-", "~");
  const tree = mkdtempSync(join(tmpdir(), "odin-gateway-deb-"));
  try {
    chmodSync(tree, 0o755);
    const files = await collectFiles(options, version);
    for (const file of files) place(tree, file);
    chmodSync(join(tree, CONFIG_FOLDER), 0o750);
    for (const file of await createControl(tree, files, { version, architecture })) place(tree, file);
    const deb = join(options.outFolder, `odin-gateway_${version}_${architecture}.deb`);
    mkdirSync(options.outFolder, { recursive: true });
    await run(["dpkg-deb", "--root-owner-group", `-Z${options.compression ?? "xz"}`, XZ_LEVEL, "--build", tree, deb]);
    return deb;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

async function collectFiles({ binary, sbom }: DebOptions, version: string): Promise<PackagedFile[]> {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);
  const doc = "usr/share/doc/odin-gateway";
  return [
    { path: "usr/bin/odin-gateway", mode: 0o755, content: { copyOf: binary } },
    { path: "usr/lib/systemd/system/odin-gateway.service", mode: 0o644, content: await read("odin-gateway.service") },
    {
      path: "usr/share/man/man8/odin-gateway.8.gz",
      mode: 0o644,
      content: Bun.gzipSync(toManPage(COMMANDS, { version, date }), { level: 9 }),
    },
    { path: `${doc}/changelog.gz`, mode: 0o644, content: Bun.gzipSync(await read("../CHANGELOG.md"), { level: 9 }) },
    ...(await Promise.all(
      Object.entries(COMPLETIONS).map(async ([shell, path]) => ({
        path,
        mode: 0o644,
        content: await run([binary, "completion", shell]),
      })),
    )),
    ...(await Promise.all(
      EXAMPLES.map(async (name) => ({ path: `${doc}/examples/${name}`, mode: 0o644, content: await read(name) })),
    )),
    { path: `${doc}/odin-gateway.cdx.json`, mode: 0o644, content: { copyOf: sbom } },
    { path: `${doc}/copyright`, mode: 0o644, content: await read("debian/copyright") },
    // postinst gives these to the gateway's group.
    ...(await Promise.all(
      ["gateway.config.ts", "customers.json"].map(async (name) => ({
        path: `${CONFIG_FOLDER}/${name}`,
        mode: 0o640,
        content: await read(name),
        isConffile: true,
      })),
    )),
  ];
}

async function createControl(
  tree: string,
  files: readonly PackagedFile[],
  { version, architecture }: { version: string; architecture: string },
): Promise<PackagedFile[]> {
  const sizeKib = files.reduce((sum, { path }) => sum + Math.ceil(statSync(join(tree, path)).size / 1024), 0);
  const control = [
    "Package: odin-gateway",
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: ODIN Gateway maintainers <odin-gateway@localhost>",
    `Installed-Size: ${sizeKib}`,
    "Depends: adduser, libc6",
    "Recommends: ca-certificates",
    "Section: net",
    "Priority: optional",
    "Description: address that game clients call to get a voice server",
    " A gateway stands in front of a fleet of ODIN voice servers: it checks the token",
    " that a player's game got from its backend, picks the server, keeps everybody of",
    " a room together, and holds every customer to their limits.",
  ];
  const sums = files
    .filter(({ isConffile }) => !isConffile)
    .map(async ({ path }) => {
      const bytes = await Bun.file(join(tree, path)).bytes();
      return `${new Bun.CryptoHasher("md5").update(bytes).digest("hex")}  ${path}\n`;
    });
  const conffiles = files.filter(({ isConffile }) => isConffile).map(({ path }) => `/${path}\n`);
  return [
    { path: "DEBIAN/control", mode: 0o644, content: `${control.join("\n")}\n` },
    { path: "DEBIAN/conffiles", mode: 0o644, content: conffiles.join("") },
    { path: "DEBIAN/md5sums", mode: 0o644, content: (await Promise.all(sums)).join("") },
    ...(await Promise.all(
      SCRIPTS.map(async (name) => ({ path: `DEBIAN/${name}`, mode: 0o755, content: await read(`debian/${name}`) })),
    )),
  ];
}

function read(name: string): Promise<string> {
  return Bun.file(join(import.meta.dir, name)).text();
}

/** Writes a file with exactly that mode, whatever the umask. */
function place(tree: string, { path, mode, content }: PackagedFile): void {
  const to = join(tree, path);
  for (const folder of toFolders(path)) {
    mkdirSync(join(tree, folder), { recursive: true });
    chmodSync(join(tree, folder), 0o755);
  }
  if (typeof content === "object" && "copyOf" in content) copyFileSync(content.copyOf, to);
  else writeFileSync(to, content);
  chmodSync(to, mode);
}

/** The folders of a path, from the top. */
function toFolders(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [...toFolders(folder), folder];
}

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
  const [[out = "", err], code] = await Promise.all([Promise.all(texts), child.exited]);
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}\n${err}`);
  return out;
}

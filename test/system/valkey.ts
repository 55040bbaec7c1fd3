import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { runTool } from "./tools.ts";

/** Debian has it for this release among the backports only. */
const RELEASE = "bookworm";
const SOURCE = "/etc/apt/sources.list.d/odin-gateway-test.sources";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SUITE = `${RELEASE}-backports`;

/** Has `valkey-server` on the PATH, from Debian's backports if need be; gives nothing, or why it cannot be had. */
export async function ensureValkey(): Promise<string | undefined> {
  if (Bun.which("valkey-server")) return undefined;
  if (process.getuid?.() !== 0 || !Bun.which("apt-get") || !isRelease())
    return `valkey-server is missing, and only root on Debian ${RELEASE} can install it`;
  try {
    writeFileSync(
      SOURCE,
      `Types: deb\nURIs: http://deb.debian.org/debian\nSuites: ${SUITE}\nComponents: main\nSigned-By: ${KEYRING}\n`,
    );
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", "-t", SUITE, "valkey-server");
    return undefined;
  } catch (error) {
    const told = error instanceof Error ? error.message.slice(0, 200) : String(error);
    return `valkey-server is missing, and could not be installed: ${told}`;
  } finally {
    rmSync(SOURCE, { force: true });
  }
}

function apt(...args: readonly string[]): Promise<string> {
  return runTool(["timeout", "120", "apt-get", ...args], { cwd: "/", env: { DEBIAN_FRONTEND: "noninteractive" } });
}

function isRelease(): boolean {
  try {
    return readFileSync("/etc/os-release", "utf8").includes(`VERSION_CODENAME=${RELEASE}`);
  } catch {
    return false;
  }
}

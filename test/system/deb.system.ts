import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, chownSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import packageJson from "../../package.json" with { type: "json" };
import { buildDeb } from "../../packaging/deb.ts";
import { listenForDatagrams } from "../systemd/datagram-listener.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { runTool } from "./tools.ts";

/** Installs the package on this machine, uses it as its unit would, and purges it: afterwards the machine is as before. */

const CONFIG = "/etc/odin-gateway";
const UNIT = "/usr/lib/systemd/system/odin-gateway.service";
const WANTS = "/etc/systemd/system/multi-user.target.wants/odin-gateway.service";
const ENV = { DEBIAN_FRONTEND: "noninteractive", PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

function findReasonToSkip(): string {
  const missing = ["dpkg", "dpkg-deb", "adduser", "setpriv"].filter((tool) => Bun.which(tool, ENV) === null);
  if (missing.length > 0) return ` (skipped: not a Debian machine, it has no ${missing.join(", ")})`;
  if (process.getuid?.() !== 0) return " (skipped: only root can install a package)";
  return existsSync(CONFIG) ? " (skipped: a gateway is installed on this machine)" : "";
}

const reason = findReasonToSkip();
const sh = (...command: string[]) => runTool(command, { cwd: process.cwd(), env: ENV });
/** Mode, owner and group, as in "640 root:odin-gateway". */
const access = async (path: string) => (await sh("stat", "-c", "%a %U:%G", path)).trim();
const listUnits = () => readdirSync("/etc/systemd/system", { recursive: true }).map(String).sort();

describe.skipIf(reason !== "")(`the Debian package${reason}`, () => {
  const before = reason === "" ? listUnits() : [];
  let deb = "";

  beforeAll(async () => {
    deb = (await sh("bun", "run", "package:deb")).trim().split("\n").at(-1) ?? "";
    await sh("dpkg", "--install", deb);
  });

  afterAll(async () => {
    await sh("dpkg", "--purge", "odin-gateway");
  });

  test("installs what it should, where it should, for whom it should", async () => {
    expect(deb).toEndWith(`/odin-gateway_${packageJson.version}_${process.arch === "arm64" ? "arm64" : "amd64"}.deb`);
    expect(await sh("odin-gateway", "--version")).toBe(`odin-gateway ${packageJson.version}\n`);
    // Compares all files with their sums.
    expect(await sh("dpkg", "--verify", "odin-gateway")).toBe("");
    const conffiles = await sh("dpkg-query", "--show", "--showformat", "$" + "{Conffiles}", "odin-gateway");
    expect(conffiles.match(/\/\S+/g)).toEqual([`${CONFIG}/gateway.config.ts`, `${CONFIG}/customers.json`]);
    expect({
      folder: await access(CONFIG),
      config: await access(`${CONFIG}/gateway.config.ts`),
      customers: await access(`${CONFIG}/customers.json`),
      key: await access(`${CONFIG}/master.key`),
      unit: await access(UNIT),
      binary: await access("/usr/bin/odin-gateway"),
    }).toEqual({
      folder: "750 root:odin-gateway",
      config: "640 root:odin-gateway",
      customers: "640 root:odin-gateway",
      key: "600 root:root",
      unit: "644 root:root",
      binary: "755 root:root",
    });
    expect(Buffer.from(readFileSync(`${CONFIG}/master.key`, "utf8"), "base64")).toHaveLength(32);
    expect(await sh("getent", "passwd", "odin-gateway")).toMatch(/:\/nonexistent:\/usr\/sbin\/nologin\n$/);
    expect(existsSync(WANTS)).toBe(true);
  });

  test("has a man page that shows every flag", async () => {
    const file = "/usr/share/man/man8/odin-gateway.8.gz";
    const isRendered = Bun.which("man") !== null;
    const page = isRendered
      ? await sh("env", "MANPAGER=cat", "MANWIDTH=100", "MAN_KEEP_FORMATTING=", "man", "--warnings=all", "-l", file)
      : (await sh("gunzip", "-c", file)).replaceAll("\\-", "-");
    for (const flag of ["--insecure-sample-key", "--access-key", "--max-peers"]) expect(page).toContain(flag);
  });

  test("completes commands in the shells that look where it put its scripts, and has what operators copy", async () => {
    const completions = ["bash-completion/completions/odin-gateway", "fish/vendor_completions.d/odin-gateway.fish"];
    for (const file of [...completions, "zsh/vendor-completions/_odin-gateway"])
      expect(readFileSync(`/usr/share/${file}`, "utf8")).toContain("undrain");
    const { components } = await Bun.file("/usr/share/doc/odin-gateway/odin-gateway.cdx.json").json();
    expect(components.length).toBeGreaterThan(15);
    for (const example of ["alerts.yml", "grafana.json", "nginx.conf", "Caddyfile", "backup-state.sh"])
      expect(existsSync(`/usr/share/doc/odin-gateway/examples/${example}`)).toBe(true);
  });

  test("has a config that root can check as it stands", async () => {
    const out = await sh(
      ...["env", `CREDENTIALS_DIRECTORY=${CONFIG}`, "odin-gateway", "check"],
      ...["--config", `${CONFIG}/gateway.config.ts`],
    );
    expect(JSON.parse(out)).toMatchObject({ masterKey: "configured", customers: [], internal: { users: {} } });
    const asNobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "odin-gateway", "check"];
    await expect(sh(...asNobody, "--config", `${CONFIG}/gateway.config.ts`)).rejects.toThrow(
      "permission denied: cannot read the config file",
    );
  });

  test("starts as the unit starts it, says what it lacks, reloads and ends", async () => {
    using folder = createTempFolder({ "state/holder.pid": "", "credentials/master.key": "" });
    copyFileSync(`${CONFIG}/master.key`, folder.file("credentials/master.key"));
    await give(folder);
    const address = `@${folder.path}/notify`;
    using listener = listenForDatagrams(address);
    const [, command = ""] = readFileSync(UNIT, "utf8").match(/^ExecStart=(.*)$/m) ?? [];
    const gateway = Bun.spawn(
      [
        ...["setpriv", "--reuid=odin-gateway", "--regid=odin-gateway", "--init-groups", "--no-new-privs"],
        ...["--bounding-set=-all", "--inh-caps=-all", ...command.split(" "), "--host", "127.0.0.1", "--port", "0"],
      ],
      {
        cwd: "/",
        env: {
          PATH: "/usr/bin",
          CREDENTIALS_DIRECTORY: folder.file("credentials"),
          STATE_DIRECTORY: folder.file("state"),
          NOTIFY_SOCKET: address,
          WATCHDOG_USEC: "400000",
        },
        stdout: "pipe",
      },
    );
    let isOver = false;
    const ended = gateway.exited.then((code) => {
      isOver = true;
      return code;
    });
    // A gateway that has ended says no more: without this, a test of one that cannot start would wait for ever.
    const waitFor = (pattern: RegExp) => listener.waitFor(pattern, () => isOver);
    try {
      const [, url = ""] = (await waitFor(/^READY=1/)).match(/listening on (\S+)/) ?? [];
      expect((await fetch(`${url}livez`)).status).toBe(200);
      expect((await fetch(`${url}readyz`)).status).toBe(503);
      await waitFor(/^WATCHDOG=1$/);
      gateway.kill("SIGHUP");
      await waitFor(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
      expect(await waitFor(/^READY=1/)).not.toContain("failed");
      gateway.kill("SIGTERM");
      await waitFor(/^STOPPING=1\n/);
      expect(await ended).toBe(0);
    } finally {
      gateway.kill("SIGKILL");
    }
    const out = await new Response(gateway.stdout).text();
    expect(out).toContain("there are no customers, so every token is refused");
    expect(out).toContain("nobody may call /internal, so no server can attach");
    expect(existsSync(folder.file("state/master.key"))).toBe(false);
  });

  test("leaves edited configs, the key and modes as they are when it is upgraded", async () => {
    using folder = createTempFolder();
    const edited = [`${CONFIG}/gateway.config.ts`, `${CONFIG}/customers.json`];
    for (const file of edited) appendFileSync(file, "\n");
    await sh("chmod", "600", `${CONFIG}/customers.json`);
    const kept = [...edited, `${CONFIG}/master.key`].map((file) => readFileSync(file, "utf8"));
    const next = await buildDeb({
      binary: "dist/odin-gateway",
      sbom: "dist/odin-gateway.cdx.json",
      version: `${packageJson.version}+next`,
      outFolder: folder.path,
      compression: "none",
    });
    await sh("dpkg", "--install", next);
    expect((await sh("dpkg-query", "--show", "odin-gateway")).trim()).toEndWith("+next");
    expect([...edited, `${CONFIG}/master.key`].map((file) => readFileSync(file, "utf8"))).toEqual(kept);
    expect(await access(`${CONFIG}/gateway.config.ts`)).toBe("640 root:odin-gateway");
    expect(await access(`${CONFIG}/customers.json`)).toBe("600 root:odin-gateway");
  });

  test("keeps config, key and state when it is removed, and nothing when it is purged", async () => {
    await sh("install", "-d", "-o", "odin-gateway", "/var/lib/odin-gateway");
    await sh("dpkg", "--remove", "odin-gateway");
    expect(existsSync("/usr/bin/odin-gateway")).toBe(false);
    for (const path of [`${CONFIG}/gateway.config.ts`, `${CONFIG}/master.key`, "/var/lib/odin-gateway"])
      expect(existsSync(path)).toBe(true);
    await sh("dpkg", "--purge", "odin-gateway");
    for (const path of [CONFIG, "/var/lib/odin-gateway", UNIT, WANTS]) expect(existsSync(path)).toBe(false);
    expect(readFileSync("/etc/passwd", "utf8")).not.toContain("odin-gateway");
    expect(listUnits()).toEqual(before);
  });
});

/** Makes a folder and all in it the gateway's. */
async function give(folder: TempFolder): Promise<void> {
  const uid = Number(await sh("id", "-u", "odin-gateway"));
  for (const name of readdirSync(folder.path, { recursive: true }).map(String)) chownSync(folder.file(name), uid, 0);
  chownSync(folder.path, uid, statSync(folder.path).gid);
}

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ConfigFlags } from "../config/flags.ts";
import { loadConfig, type ResolvedConfig } from "../config/load.ts";
import type { ModuleLoader } from "../config/module-loader.ts";
import type { OnRead } from "../config/read-files.ts";
import { toReason } from "../config/secrets.ts";
import type { Flag, FlagValues } from "./args.ts";
import { CommandError, EXIT, type Io } from "./io.ts";

const DEFAULT_CONFIG = "gateway.config.ts";

/** The flag that names the config file. */
export const CONFIG_FLAG = {
  config: { type: "string", value: "PATH", help: `config file (${DEFAULT_CONFIG} in the current folder)` },
} as const satisfies Record<string, Flag>;

/** Flags that win over the config file. */
export const OVERRIDE_FLAGS = {
  host: { type: "string", short: "h", value: "HOST", help: "address to listen on" },
  port: { type: "integer", short: "p", value: "PORT", max: 65_535, help: "port to listen on, 0 for any that is free" },
  ssl: { type: "boolean", short: "s", help: "serve HTTPS" },
  certificate: { type: "string", short: "c", value: "FILE", help: "certificate, PEM; needs --ssl and --privatekey" },
  privatekey: { type: "string", short: "k", value: "FILE", help: "private key of the certificate, PEM" },
  masterkey: {
    type: "string",
    short: "m",
    value: "BASE64",
    help: "master key of the servers' keys; others on this machine can see it in the list of processes",
  },
  "insecure-sample-key": { type: "boolean", help: "accept the sample master key that everybody knows" },
} as const satisfies Record<string, Flag>;

/** Loads the config that the flags name and override; throws a CommandError if the file is missing, else ConfigErrors. */
export async function loadFlaggedConfig(
  flags: FlagValues,
  io: Io,
  loader: ModuleLoader,
  onRead?: OnRead,
): Promise<ResolvedConfig> {
  return loadConfig(findConfig(flags, io), { flags: toConfigFlags(flags, io), env: io.env, loader, onRead });
}

/** Path of the config file that the flags name; throws a CommandError if there is none. */
function findConfig(flags: FlagValues, io: Io): string {
  const path = resolve(io.cwd, flags.text("config") ?? DEFAULT_CONFIG);
  const fault = findFileFault(path);
  if (fault !== undefined) throw new CommandError(EXIT.noInput, `${fault} ${path}; --config PATH names another`);
  return path;
}

function findFileFault(path: string): string | undefined {
  try {
    const entry = statSync(path, { throwIfNoEntry: false });
    if (entry === undefined) return "there is no config file";
    if (entry.isDirectory()) return "the config is a file, and this is a folder:";
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return `${toReason(error)}: cannot read the config file`;
  }
}

function toConfigFlags(flags: FlagValues, io: Io): ConfigFlags {
  const certificate = toFile(flags, "certificate", io);
  const privatekey = toFile(flags, "privatekey", io);
  if (certificate !== undefined && !flags.isSet("ssl")) throw new CommandError(EXIT.usage, "--certificate needs --ssl");
  if (certificate !== undefined && privatekey === undefined)
    throw new CommandError(EXIT.usage, "--certificate needs --privatekey");
  return {
    host: flags.text("host"),
    port: flags.integer("port"),
    ssl: flags.isSet("ssl") || undefined,
    certificate,
    privatekey,
    masterkey: flags.text("masterkey"),
    insecureSampleKey: flags.isSet("insecure-sample-key"),
  };
}

function toFile(flags: FlagValues, name: string, io: Io): string | undefined {
  const given = flags.text(name);
  if (given === undefined) return undefined;
  const path = resolve(io.cwd, given);
  if (!existsSync(path)) throw new CommandError(EXIT.noInput, `--${name}: there is no file ${path}`);
  return path;
}

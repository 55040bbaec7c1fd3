import type { ConfigFlags } from "../../src/config/flags.ts";
import { loadConfig, resolveConfig } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import type { OnRead } from "../../src/config/read-files.ts";
import { ConfigError } from "../../src/errors.ts";
import type { TempFolder } from "../temp-folder.ts";

/** Resolves a config as if it stood in /etc/odin. */
export const read = (
  config: object,
  options: { flags?: ConfigFlags; env?: Record<string, string>; source?: string; onRead?: OnRead } = {},
) => resolveConfig(config, { source: "/etc/odin/gateway.config.ts", flags: {}, env: {}, ...options });

/** What is wrong with a config, as "path: message". */
export function faultsOf(config: object, options: Parameters<typeof read>[1] = {}): string[] {
  try {
    read(config, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

/** Loads a config module of that folder. */
export async function load(folder: TempFolder, name = "gateway.config.ts") {
  using loader = createModuleLoader();
  return await loadConfig(folder.file(name), { flags: {}, env: {}, loader });
}

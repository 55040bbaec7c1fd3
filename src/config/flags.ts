import { resolve } from "node:path";

/** Values from the command line, which win over the config file's. */
export interface ConfigFlags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly ssl?: boolean | undefined;
  readonly certificate?: string | undefined;
  readonly privatekey?: string | undefined;
  readonly masterkey?: string | undefined;
  readonly insecureSampleKey?: boolean | undefined;
}

type Section = Readonly<Record<string, unknown>>;

/**
 * Puts flags over a config that is not yet checked: host and port go to the listener that is in use. Certificate and key
 * are relative to the current folder, as everything on a command line is.
 */
export function withFlags(config: unknown, flags: ConfigFlags): unknown {
  if (!isSection(config)) return config;
  const useSsl = flags.ssl ?? config.useSsl === true;
  const address = given({ hostname: flags.host, port: flags.port });
  const pair = given({
    certFile: flags.certificate && resolve(flags.certificate),
    keyFile: flags.privatekey && resolve(flags.privatekey),
  });
  return {
    ...config,
    ...given({ useSsl: flags.ssl, masterKey: flags.masterkey }),
    ...mergeSection(config, "http", useSsl ? {} : address),
    ...mergeSection(config, "https", useSsl ? { ...pair, ...address } : pair),
  };
}

function mergeSection(config: Section, name: string, values: Section): Section {
  if (Object.keys(values).length === 0) return {};
  const section = config[name];
  return { [name]: isSection(section) ? { ...section, ...values } : (section ?? values) };
}

function given(values: Section): Section {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

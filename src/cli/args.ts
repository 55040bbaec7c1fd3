import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { CommandError, EXIT, type Io } from "./io.ts";

/** A flag of a command: what it takes, and what the help says of it. */
export interface Flag {
  readonly type: "string" | "boolean" | "integer";
  readonly short?: string;
  /** Whether it may be given more than once. */
  readonly multiple?: boolean;
  /** Name of its value in the help. */
  readonly value?: string;
  readonly help: string;
  /** Lowest value of an integer, 0 if absent. */
  readonly min?: number;
  readonly max?: number;
}

/** Values of flags, by name. */
export interface FlagValues {
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
  readonly integer: (name: string) => number | undefined;
  readonly isSet: (name: string) => boolean;
}

/** A command of the program: one row of the table from which arguments are parsed and help is made. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of positional arguments; one in brackets may be left out. */
  readonly positionals?: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** Does the work and gives the exit code; throws CommandErrors and ConfigErrors. */
  readonly run: (flags: FlagValues, positionals: readonly string[], io: Io) => Promise<number>;
}

/** A command line, taken apart. */
export type Invocation =
  | {
      readonly action: "run";
      readonly command: Command;
      readonly flags: FlagValues;
      readonly positionals: readonly string[];
    }
  | { readonly action: "help"; readonly command: Command | undefined }
  | { readonly action: "version" };

const PROGRAM = "odin-gateway";

/** Takes a command line apart; the first command of the table is the default. Throws a CommandError that names the fault. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Invocation {
  const [first, ...rest] = argv;
  if (first === "help") return { action: "help", command: commands.find(({ name }) => name === rest[0]) };
  const named = commands.find(({ name }) => name === first);
  const command = named ?? commands[0];
  if (command === undefined || (named === undefined && first !== undefined && !first.startsWith("-"))) {
    throw usageError(`there is no command "${first}"`, `${PROGRAM} --help lists them`);
  }
  const args = named ? rest : argv;
  const hint = `${PROGRAM} ${command.name} --help lists its flags`;
  const { values, positionals } = parseValues(args, command.flags, hint);
  if (values.help === true) return { action: "help", command: named };
  if (values.version === true) return { action: "version" };
  const expected = command.positionals ?? [];
  const missing = expected[positionals.length];
  if (missing !== undefined && !missing.startsWith("[")) throw usageError(`${command.name} needs ${missing}`, hint);
  if (positionals.length > expected.length)
    throw usageError(`"${positionals[expected.length]}" is one argument too many`, hint);
  return { action: "run", command, flags: toFlagValues(values, command.flags, hint), positionals };
}

type RawValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parseValues(
  args: readonly string[],
  flags: Command["flags"],
  hint: string,
): { values: RawValues; positionals: string[] } {
  const options: ParseArgsOptionsConfig = { help: { type: "boolean" }, version: { type: "boolean" } };
  for (const [name, { type, short, multiple }] of Object.entries(flags)) {
    options[name] = {
      type: type === "boolean" ? "boolean" : "string",
      ...(short && { short }),
      ...(multiple && { multiple }),
    };
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw usageError(reason.replace(/\.$/, ""), hint);
  }
}

function toFlagValues(values: RawValues, flags: Command["flags"], hint: string): FlagValues {
  const text = (name: string): string | undefined =>
    [values[name]].flat().findLast((value) => typeof value === "string");
  const integers = new Map<string, number>();
  for (const [name, { type, min = 0, max = Number.MAX_SAFE_INTEGER }] of Object.entries(flags)) {
    const given = text(name);
    if (type !== "integer" || given === undefined) continue;
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (!(value >= min && value <= max)) {
      const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
      throw usageError(`--${name} must be an integer ${range}, found "${given}"`, hint);
    }
    integers.set(name, value);
  }
  return {
    text,
    texts: (name) => [values[name]].flat().filter((value) => typeof value === "string"),
    integer: (name) => integers.get(name),
    isSet: (name) => values[name] === true,
  };
}

function usageError(reason: string, hint: string): CommandError {
  return new CommandError(EXIT.usage, `${reason}; ${hint}`);
}

/** Help for one command, or for the whole program. */
export function toHelp(command: Command | undefined, commands: readonly Command[]): string {
  return command ? toCommandHelp(command) : toProgramHelp(commands);
}

function toProgramHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  const [serve] = commands;
  return [
    `${PROGRAM}: the address that game clients call to get a voice server`,
    "",
    `Usage: ${PROGRAM} [command] [flags]`,
    "",
    `Commands (${serve?.name} if none is named):`,
    ...toColumns(rows),
    "",
    `${PROGRAM} <command> --help shows the flags of a command and examples; ${PROGRAM} --version the version.`,
    ...(serve ? ["", `Flags of ${serve.name}:`, ...toFlagLines(serve)] : []),
    "",
  ].join("\n");
}

function toCommandHelp(command: Command): string {
  const positionals = (command.positionals ?? []).map((name) => ` ${name}`).join("");
  return [
    `${PROGRAM} ${command.name}: ${command.summary}`,
    "",
    `Usage: ${PROGRAM} ${command.name}${positionals} [flags]`,
    "",
    "Flags:",
    ...toFlagLines(command),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function toFlagLines({ flags }: Command): string[] {
  const rows = Object.entries(flags).map(([name, { short, value, multiple, help }]) => {
    const term = `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
    return [term, multiple ? `${help} (may be repeated)` : help] as const;
  });
  return toColumns([...rows, ["    --help", "show this text"]]);
}

function toColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([term]) => term.length));
  return rows.map(([term, text]) => `  ${term.padEnd(width)}  ${text}`);
}

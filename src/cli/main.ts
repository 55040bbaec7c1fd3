import packageJson from "../../package.json" with { type: "json" };
import { ConfigError } from "../errors.ts";
import { withJournalLevels } from "../systemd/journal.ts";
import { type Command, parseCommandLine, toHelp } from "./args.ts";
import { check } from "./check.ts";
import { createCompletion } from "./completion.ts";
import { demo } from "./demo.ts";
import { inspect } from "./inspect.ts";
import { CommandError, createProcessIo, EXIT, type Io } from "./io.ts";
import { keygen } from "./keygen.ts";
import { OPERATOR_COMMANDS } from "./operations.ts";
import { serve } from "./serve.ts";
import { simulate } from "./simulate.ts";
import { token } from "./token.ts";

/** All commands, the default one first. */
export const COMMANDS: readonly Command[] = [
  serve,
  check,
  keygen,
  token,
  inspect,
  simulate,
  demo,
  ...OPERATOR_COMMANDS,
  createCompletion(() => COMMANDS),
];

/** Runs a command line (without the program's name) and gives the exit code; never throws. */
export async function main(argv: readonly string[], io: Io = createProcessIo()): Promise<number> {
  const exitCode = await runCommandLine(argv, io);
  io.finish(exitCode);
  return exitCode;
}

async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  const fail = withJournalLevels(io.err, io.env, 2);
  try {
    const invocation = parseCommandLine(argv, COMMANDS);
    switch (invocation.action) {
      case "help":
        io.out(toHelp(invocation.command, COMMANDS));
        return EXIT.ok;
      case "version":
        io.out(`odin-gateway ${packageJson.version}\n`);
        return EXIT.ok;
      case "run":
        return await invocation.command.run(invocation.flags, invocation.positionals, io);
    }
  } catch (error) {
    if (error instanceof CommandError) {
      fail(`odin-gateway: ${error.message}\n`, "ERROR");
      return error.exitCode;
    }
    if (error instanceof ConfigError) {
      fail(`odin-gateway: the config cannot be used\n${error.message}\n`, "ERROR");
      return EXIT.config;
    }
    const stack = error instanceof Error ? error.stack : error;
    fail(`odin-gateway: this should not have happened\n${stack}\n`, "CRITICAL");
    return EXIT.software;
  }
}

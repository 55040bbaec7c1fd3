import packageJson from "../../package.json" with { type: "json" };
import { ConfigError } from "../errors.ts";
import { type Command, parseCommandLine, toHelp } from "./args.ts";
import { check } from "./check.ts";
import { demo } from "./demo.ts";
import { inspect } from "./inspect.ts";
import { CommandError, createProcessIo, EXIT, type Io } from "./io.ts";
import { keygen } from "./keygen.ts";
import { serve } from "./serve.ts";
import { simulate } from "./simulate.ts";
import { token } from "./token.ts";

/** All commands, the default one first. */
export const COMMANDS: readonly Command[] = [serve, check, keygen, token, inspect, simulate, demo];

/** Runs a command line (without the program's name) and gives the exit code; never throws. */
export async function main(argv: readonly string[], io: Io = createProcessIo()): Promise<number> {
  const exitCode = await runCommandLine(argv, io);
  io.finish(exitCode);
  return exitCode;
}

async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
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
      io.err(`odin-gateway: ${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof ConfigError) {
      io.err(`odin-gateway: the config cannot be used\n${error.message}\n`);
      return EXIT.config;
    }
    io.err(`odin-gateway: this should not have happened\n${error instanceof Error ? error.stack : error}\n`);
    return EXIT.software;
  }
}

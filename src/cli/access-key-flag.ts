import { createTokenSigner, type TokenSigner } from "../sim/room-token.ts";
import type { Flag, FlagValues } from "./args.ts";
import { CommandError, EXIT, type Io } from "./io.ts";

const VARIABLE = "ODIN_ACCESS_KEY";

/** The flag that gives an access key. */
export const ACCESS_KEY_FLAG = {
  "access-key": {
    type: "string",
    value: "KEY",
    help: `the customer's access key (${VARIABLE} in the environment, which others cannot see)`,
  },
} as const satisfies Record<string, Flag>;

/** The signer of the access key that the flags or the environment give; throws a CommandError if there is none. */
export function findTokenSigner(flags: FlagValues, io: Io): TokenSigner {
  const accessKey = flags.text("access-key") ?? io.env[VARIABLE];
  if (accessKey === undefined)
    throw new CommandError(EXIT.usage, `no access key: set ${VARIABLE}, or give --access-key`);
  try {
    return createTokenSigner(accessKey);
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error));
  }
}

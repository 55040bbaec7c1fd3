import { CallError, createRpcClient } from "../sim/rpc-client.ts";
import type { Flag, FlagValues } from "./args.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { Row } from "./table.ts";

const DEFAULT_URL = "http://127.0.0.1:7000";
const TIMEOUT_MS = 30_000;

/** Flags that say which gateway is meant, and who asks. */
export const GATEWAY_FLAGS = {
  url: { type: "string", value: "URL", help: `the gateway (ODIN_GATEWAY_URL, else ${DEFAULT_URL}); with a pool, …/eu` },
  user: {
    type: "string",
    value: "NAME:PASSWORD",
    help: "operator of /internal (ODIN_GATEWAY_USER, which others cannot see; none: the gateway trusts loopback)",
  },
} as const satisfies Record<string, Flag>;

/** Calls operators' methods; throws CommandErrors whose exit code says why there is no answer. */
export type OperatorClient = (method: string, params?: object) => Promise<Row>;

/** Creates the client for the gateway that the flags or the environment name. */
export function createOperatorClient(flags: FlagValues, io: Io): OperatorClient {
  const given = flags.text("url") ?? io.env.ODIN_GATEWAY_URL ?? DEFAULT_URL;
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw new CommandError(EXIT.usage, `--url must be a URL such as ${DEFAULT_URL}, found "${given}"`);
  const user = flags.text("user") ?? io.env.ODIN_GATEWAY_USER;
  if (user !== undefined && !user.includes(":")) throw new CommandError(EXIT.usage, "--user must be NAME:PASSWORD");
  const url = new URL(given);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/internal`;
  const call = createRpcClient({
    url: url.href,
    authorization: user === undefined ? undefined : `Basic ${Buffer.from(user).toString("base64")}`,
    fetch: (request) => fetch(request, { signal: AbortSignal.any([io.stopped, AbortSignal.timeout(TIMEOUT_MS)]) }),
  });
  return async (method, params) => {
    try {
      return toRow(await call(method, params));
    } catch (error) {
      if (user === undefined && error instanceof CallError && error.status === 401)
        throw new CommandError(EXIT.noPermission, "no credentials: give --user NAME:PASSWORD, or ODIN_GATEWAY_USER");
      throw toCommandError(error, `${url.origin}${url.pathname}`);
    }
  };
}

/** The list of that name in an answer; throws a CommandError if there is none. */
export function readList(answer: Row, key: string): Row[] {
  const list = answer[key];
  if (!Array.isArray(list)) throw new CommandError(EXIT.unavailable, `the answer of the gateway has no ${key}`);
  return list.map(toRow);
}

/** A value as an object; one that is none is empty. */
export function toRow(value: unknown): Row {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function toCommandError(error: unknown, url: string): CommandError {
  const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, "; ");
  if (!(error instanceof CallError)) return new CommandError(EXIT.unavailable, `cannot reach ${url}: ${reason}`);
  const isForbidden = error.status === 401 || error.status === 403;
  return new CommandError(isForbidden ? EXIT.noPermission : EXIT.no, reason);
}

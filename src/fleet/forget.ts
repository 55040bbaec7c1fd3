import { RpcError } from "../errors.ts";
import { advance } from "./advance.ts";
import { type DrainTarget, findServers } from "./drain.ts";
import { removeServer } from "./servers.ts";
import type { Fleet } from "./state.ts";

/**
 * Forgets servers that are silent, with their rooms: whoever asks for one goes elsewhere.
 * Throws `serverUnknown`, or `serverReports` if one of them still reports, and then nothing has changed.
 */
export function forgetServer(fleet: Fleet, target: DrainTarget, now: number): void {
  advance(fleet, now);
  const servers = findServers(fleet, target);
  if (servers.length === 0) throw new RpcError("serverUnknown");
  const lively = servers.find(({ phase }) => phase === "enabled" || phase === "keyless");
  if (lively) {
    throw new RpcError("serverReports", {
      message: `server ${lively.endpoint} of pool "${lively.pool}" still reports, so it would be back at once: drain it instead`,
    });
  }
  for (const server of servers) removeServer(fleet, server, "operator");
}

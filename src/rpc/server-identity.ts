import * as v from "valibot";
import { RpcError } from "../errors.ts";
import type { InternalContext } from "./context.ts";

const DEFAULT_PORT = 4433;
const ENDPOINT = /^(?:\[[\da-fA-F:.]+\]|[^\s\p{C}:/@[\]?#\\]+)(?::(?<port>\d{1,5}))?$/u;

const serverEndpoint = v.pipe(
  v.string("must be a string"),
  v.maxBytes(255, "must be at most 255 bytes"),
  v.check(isEndpoint, "must be an address such as sfu1.example.com:4433"),
);
const endpoint = v.nullish(serverEndpoint);
const version = v.pipe(v.string("must be a string"), v.maxBytes(255, "must be at most 255 bytes"));
const kind = v.literal("grid", 'must be "grid", the only kind of server there is');

/** Parameters in which a server says who it is. */
export const identity = { public_endpoint: endpoint, server: v.nullish(kind), version };

/** The same for older servers, who have to name their kind. */
export const legacyIdentity = { ...identity, server: kind };

/** Parameters in which an operator names a server: in all pools, unless one is named. */
export const serverTarget = { endpoint: serverEndpoint, pool: v.optional(v.string("must be a string")) };

/**
 * Address of the server that calls: the one it names, else the peer's with port 4433.
 * Throws `forbidden` if the caller may not speak for it.
 */
export function resolveEndpoint(
  named: string | null | undefined,
  { principal, callerAddress }: InternalContext,
): string {
  const host = callerAddress.includes(":") ? `[${callerAddress}]` : callerAddress;
  const resolved = named ?? `${host}:${DEFAULT_PORT}`;
  if (principal.endpoints !== undefined && !principal.endpoints.has(resolved)) {
    throw new RpcError("forbidden", { message: `user "${principal.name}" may not speak for ${resolved}` });
  }
  return resolved;
}

function isEndpoint(text: string): boolean {
  const { groups } = ENDPOINT.exec(text) ?? {};
  const port = Number(groups?.port ?? DEFAULT_PORT);
  return groups !== undefined && port > 0 && port <= 65_535;
}

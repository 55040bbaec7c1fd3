import { hash, timingSafeEqual } from "node:crypto";
import { RpcError } from "../errors.ts";
import { createNetworkSet, isLoopback } from "./network.ts";
import type { InternalPrincipal, InternalRole } from "./principal.ts";

/** What a request to `/internal` shows of where it comes from. */
export interface InternalCaller {
  readonly authorization: string | null;
  /** Address of the socket's other end. */
  readonly peerAddress: string;
  /** Whether a proxy says that it passed the request on (`X-Forwarded-For`, `Forwarded`, `Via`). */
  readonly forwarded: boolean;
  /** The `Host` header. */
  readonly host: string | null;
}

/** Settings of `/internal`, as configured. */
export interface InternalAccess {
  readonly users: ReadonlyMap<
    string,
    {
      password: string;
      role: InternalRole;
      endpoints?: readonly string[] | undefined;
      tags?: readonly string[] | undefined;
    }
  >;
  /** Networks whose direct peers are servers without credentials. */
  readonly allow: readonly string[];
  /** Whether direct peers on the loopback interface are operators without credentials. */
  readonly trustLoopback: boolean;
}

/** Says who calls, or throws `unauthorized` with the reason and what to do about it. */
export type InternalAuthenticator = (caller: InternalCaller) => InternalPrincipal;

const BASIC = /^basic +([A-Za-z0-9+/=]+) *$/i;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * Creates the check for `/internal`. Credentials, where given, decide alone; passwords are compared in constant time.
 * Without credentials only the exemptions of the config admit, and never a request that was forwarded.
 * Source: docs/protocol.md, "Servers' methods".
 */
export function createInternalAuthenticator({ users, allow, trustLoopback }: InternalAccess): InternalAuthenticator {
  const allowed = createNetworkSet(allow);
  const accounts = new Map(
    [...users].map(([name, { password, role, endpoints, tags = [] }]) => [
      name,
      { digest: toDigest(password), principal: { name, role, endpoints: endpoints && new Set(endpoints), tags } },
    ]),
  );
  const nobody = { digest: toDigest(crypto.randomUUID()), principal: undefined };

  return ({ authorization, peerAddress, forwarded, host }) => {
    if (authorization !== null) {
      const { name, password } = parseBasic(authorization);
      const { digest, principal } = accounts.get(name) ?? nobody;
      if (timingSafeEqual(digest, toDigest(password)) && principal) return principal;
      throw new RpcError("unauthorized", { message: "unknown user or wrong password" });
    }
    if (!forwarded && trustLoopback && isLoopback(peerAddress) && LOOPBACK_HOST.test(host ?? "")) {
      return { name: `loopback ${peerAddress}`, role: "operator", endpoints: undefined, tags: [] };
    }
    if (!forwarded && allowed.has(peerAddress)) {
      return { name: `allowed ${peerAddress}`, role: "server", endpoints: undefined, tags: [] };
    }
    throw new RpcError("unauthorized", {
      message: "no credentials: use a URL such as http://user:password@gateway/internal",
    });
  };
}

function parseBasic(authorization: string): { name: string; password: string } {
  const encoded = BASIC.exec(authorization)?.[1];
  const pair = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0)
    throw new RpcError("unauthorized", {
      message: 'the Authorization header is not "Basic <name:password in base64>"',
    });
  return { name: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function toDigest(password: string): Buffer {
  return hash("sha256", password, "buffer");
}

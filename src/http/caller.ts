import { isIP } from "node:net";
import { type NetworkSet, stripMapping } from "../auth/network.ts";

/** The other end of the socket on which a request came. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /**
   * Sets the seconds after which the connection of this request is cut if nothing comes on it, 0 for never: what is sent does
   * not count. Absent where there is no socket.
   */
  readonly setIdleTimeout?: (seconds: number) => void;
}

/** Where a request comes from. */
export interface Caller {
  /** Tells the request from others, in the log and in the reply: what the caller says it is, else made up. */
  readonly requestId: string;
  readonly authorization: string | null;
  readonly host: string | null;
  /** Address of the socket's other end. */
  readonly peerAddress: string;
  /** Address of the client: the peer's, or what trusted proxies say of it. */
  readonly address: string;
  /** Whether a proxy says that it passed the request on. */
  readonly forwarded: boolean;
  /** Tells this connection from others; undefined for forwarded requests, whose connection is the proxy's. */
  readonly connection: string | undefined;
}

/** Nothing else is repeated in a log or a header. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

const FORWARDING_HEADERS = [
  "x-forwarded-for",
  "forwarded",
  "via",
  "x-real-ip",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "cf-connecting-ip",
  "true-client-ip",
];

/**
 * Reads where a request comes from; `X-Forwarded-For` counts only as far as it was written by trusted proxies. Most requests
 * only need their id and credentials, so what the rest of the headers say is looked up when it is asked for.
 */
export function toCaller(
  { headers }: Request,
  peer: Peer,
  { trustedProxies, newRequestId }: { trustedProxies: NetworkSet; newRequestId: () => string },
): Caller {
  const ownId = headers.get("x-request-id");
  const requestId = ownId !== null && REQUEST_ID.test(ownId) ? ownId : newRequestId();
  return new HeaderCaller(requestId, headers, peer, trustedProxies);
}

/** A class, as an object with getters of its own takes four times as long to make. */
class HeaderCaller implements Caller {
  readonly requestId: string;
  readonly authorization: string | null;
  readonly #headers: Headers;
  readonly #peer: Peer;
  readonly #trustedProxies: NetworkSet;

  constructor(requestId: string, headers: Headers, peer: Peer, trustedProxies: NetworkSet) {
    this.requestId = requestId;
    this.authorization = headers.get("authorization");
    this.#headers = headers;
    this.#peer = peer;
    this.#trustedProxies = trustedProxies;
  }

  get host(): string | null {
    return this.#headers.get("host");
  }

  get peerAddress(): string {
    return stripMapping(this.#peer.address);
  }

  get address(): string {
    const forwardedFor = this.#trustedProxies.size === 0 ? null : this.#headers.get("x-forwarded-for");
    return forwardedFor === null ? this.peerAddress : findClient(this.peerAddress, forwardedFor, this.#trustedProxies);
  }

  get forwarded(): boolean {
    return FORWARDING_HEADERS.some((name) => this.#headers.has(name));
  }

  get connection(): string | undefined {
    return this.forwarded ? undefined : `${this.#peer.address} ${this.#peer.port}`;
  }
}

/** Walks the chain of proxies from us outwards, and stops at the first that is not trusted or says no address. */
function findClient(peerAddress: string, forwardedFor: string, trustedProxies: NetworkSet): string {
  let client = peerAddress;
  for (const hop of forwardedFor.split(",").reverse()) {
    const address = toAddress(hop.trim());
    if (!trustedProxies.has(client) || address === undefined) break;
    client = address;
  }
  return client;
}

/** An address as proxies write it, without brackets and port; nothing if it is none. */
function toAddress(hop: string): string | undefined {
  const address = stripMapping(hop.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1"));
  return isIP(address) === 0 ? undefined : address;
}

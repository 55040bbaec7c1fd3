import { type FleetSize, toRoomName } from "../fleet.ts";
import { createTokenSigner } from "../keys.ts";

/** A Connect that is to be sent, and what its answer has to fit. */
export interface ConnectRequest {
  readonly id: number;
  readonly room: string;
  readonly user: string;
  readonly bytes: Uint8Array;
}

/**
 * Prepares Connects, every one with a token of its own: every other one to a room that the fleet has, the rest to new ones.
 * `first` is the number of the first one, so that no two of a run are the same.
 */
export function prepareConnects(options: {
  path: string;
  fleet: FleetSize;
  first: number;
  count: number;
}): ConnectRequest[] {
  const { path, fleet, first, count } = options;
  const signToken = createTokenSigner(Date.now());
  const { servers, roomsPerServer } = fleet;
  return Array.from({ length: count }, (_, i) => {
    const id = first + i;
    const nth = id >> 1;
    const room = id % 2 === 0 ? toRoomName(nth % servers, Math.floor(nth / servers) % roomsPerServer) : `new-${id}`;
    const user = `user-${id}`;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method: "Connect", params: {} });
    return { id, room, user, bytes: toPost(path, `Bearer ${signToken(room, user)}`, body) };
  });
}

/** The bytes of a POST of JSON; a text must be ASCII. */
export function toPost(path: string, authorization: string, body: string | Buffer): Uint8Array {
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "User-Agent: bench",
    "Accept: */*",
    `Authorization: ${authorization}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  const text = `${head.join("\r\n")}\r\n\r\n`;
  return typeof body === "string" ? Buffer.from(text + body) : Buffer.concat([Buffer.from(text), body]);
}

/** The bytes of a probe. */
export const LIVEZ: Uint8Array = Buffer.from("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n");

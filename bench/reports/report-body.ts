import { type FleetSize, toEndpoint, toRoomName } from "../fleet.ts";
import { CUSTOMER } from "../keys.ts";

/** What differs from one report to the next. */
export interface ReportOptions {
  readonly server: number;
  /** Age of its rooms in seconds, from 1000 to 9999, so that all are equally long. */
  readonly ageSec: number;
  /** Which time it is that this server reports: it shifts which rooms have changed. */
  readonly turn: number;
}

/** Gives the bodies of reports of a fleet's servers. */
export type ReportWriter = (options: ReportOptions) => Buffer;

/** Peers of a room that has not changed; one that has, has one more. */
const PEERS = 10;

const FIRST_AGE_SEC = 1_000;
/** A report begins so, and its rooms follow, all equally long. */
const ROOMS = '"rooms":[';

/**
 * Creates a writer of reports in which that share of the rooms (0 to 1) has other peers than the time before. It writes into
 * a template what differs: a body takes about as long as its bytes take to be copied.
 */
export function createReportWriter({ roomsPerServer }: FleetSize, changedShare: number): ReportWriter {
  const template = Buffer.from(toText(roomsPerServer));
  const endpointAt = template.indexOf(toEndpoint(0)) + "sfu".length;
  const firstAt = template.indexOf(ROOMS) + ROOMS.length;
  const room = JSON.stringify(toRoom(0));
  const stride = room.length + ",".length;
  const find = (before: string) => firstAt + room.indexOf(before) + before.length;
  const [nameAt, ageAt, peersAt] = [find(`"${CUSTOMER}","s`), find('"secs":'), find('"peers":')];
  // Every so-many-th room changes, to and fro.
  const hasChanges = changedShare > 0;
  const every = Math.round(1 / changedShare);
  return ({ server, ageSec, turn }) => {
    const body = Buffer.from(template);
    const digits = Buffer.from(String(server).padStart(5, "0"));
    const age = Buffer.from(String(ageSec));
    const peers = Buffer.from(String(PEERS + (turn % 2)));
    body.set(digits, endpointAt);
    for (let room = 0; room < roomsPerServer; room++) {
      const at = room * stride;
      body.set(digits, at + nameAt);
      body.set(age, at + ageAt);
      if (hasChanges && room % every === 0) body.set(peers, at + peersAt);
    }
    return body;
  };
}

function toRoom(room: number) {
  return {
    id: [CUSTOMER, toRoomName(0, room)],
    customer: CUSTOMER,
    age: { secs: FIRST_AGE_SEC, nanos: 123_456_789 },
    peers: PEERS,
  };
}

function toText(rooms: number): string {
  const params = {
    public_endpoint: toEndpoint(0),
    server: "grid",
    version: "1.6.0",
    load: 0.5,
    clients: rooms * PEERS,
    rooms: Array.from({ length: rooms }, (_, room) => toRoom(room)),
  };
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sfu.Report", params });
}

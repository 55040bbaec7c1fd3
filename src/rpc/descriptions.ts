import {
  AUDIT_ENTRY,
  BAN_ENTRY,
  CANDIDATE_ENTRY,
  INFO,
  RELOAD_REPORT,
  REPORTED_ROOM,
  ROOM_ENTRY,
  SERVER_ENTRY,
  USAGE_ENTRY,
  WAITING_TASK,
  WEBHOOK_ENTRY,
} from "./example-entries.ts";
import type { JsonSchema } from "./open-rpc.ts";

/** What a method's schema does not say: what it is for, what comes back, and one call that works. */
export interface Description {
  readonly summary: string;
  readonly result: JsonSchema;
  readonly example: { readonly params: Readonly<Record<string, unknown>>; readonly result: unknown };
}

const NOTHING: JsonSchema = { type: "object", additionalProperties: false };
const TEXT: JsonSchema = { type: "string" };
const NUMBER: JsonSchema = { type: "number" };
const LIST: JsonSchema = { type: "array" };

function object(properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema {
  return { type: "object", properties, required };
}

const SERVER = { public_endpoint: "sfu1.example.com:4433", version: "1.6.0" };
const SERVER_CONFIG = {
  params: { ...SERVER, config: "" },
  result: { config: "[supervisor]\nreport_interval = 5000\n…" },
};
const SERVER_REPORT = {
  params: {
    ...SERVER,
    load: 0.2,
    clients: 3,
    rooms: [REPORTED_ROOM],
  },
  result: { tasks: [WAITING_TASK] },
};

/** By method. */
export const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  Connect: {
    summary: "The server that hosts the token's rooms, or one that is chosen now, and a token for it.",
    result: object({ address: TEXT, token: TEXT }),
    example: { params: {}, result: { address: "sfu1.example.com:4433", token: "eyJhbGciOiJFZERTQSIs…" } },
  },
  RoomClose: {
    summary: "Closes a room, and keeps everybody out for ban_time seconds.",
    result: NOTHING,
    example: { params: { room_id: "lobby", ban_time: 60 }, result: {} },
  },
  RoomUpdate: {
    summary: "Changes the data of a room.",
    result: NOTHING,
    example: { params: { room_id: "lobby", user_data: [1, 2, 3] }, result: {} },
  },
  RoomBanClient: {
    summary: "Kicks a user out of a room, and keeps them out for ban_time seconds.",
    result: NOTHING,
    example: { params: { room_id: "lobby", user_id: "bob", ban_time: 3600 }, result: {} },
  },
  RoomSendMessage: {
    summary: "Sends a message to a user of a room.",
    result: NOTHING,
    example: { params: { room_id: "lobby", user_id: "alice", message: [104, 105] }, result: {} },
  },
  "sfu.GridConfig": {
    summary: "A starting server's own config in TOML, extended by recommended settings and its keys.",
    result: object({ config: TEXT }),
    example: SERVER_CONFIG,
  },
  GetConfig: {
    summary: "sfu.GridConfig for older servers.",
    result: object({ config: TEXT }),
    example: { ...SERVER_CONFIG, params: { ...SERVER_CONFIG.params, server: "grid" } },
  },
  "sfu.Report": {
    summary: "A server's load and rooms, every few seconds; the answer holds the tasks for it.",
    result: object({ tasks: LIST }),
    example: SERVER_REPORT,
  },
  SubmitReport: {
    summary: "sfu.Report for older servers.",
    result: object({ tasks: LIST }),
    example: { ...SERVER_REPORT, params: { ...SERVER_REPORT.params, server: "grid" } },
  },
  Info: {
    summary: "Servers, call counters and a page of rooms; next is where the following page begins.",
    result: object({ servers: LIST, rooms: LIST, stats: { type: "object" }, next: NUMBER }, ["servers", "stats"]),
    example: { params: {}, result: INFO },
  },
  ConfigStatus: {
    summary: "Which config is in force since when, and how the last reload went.",
    result: { type: "object" },
    example: {
      params: {},
      result: {
        source: "/etc/odin-gateway/gateway.config.ts",
        inForceSince: RELOAD_REPORT.at,
        lastReload: RELOAD_REPORT,
      },
    },
  },
  Webhooks: {
    summary: "Who is told what happens, how many messages wait for them, and how the last attempts went.",
    result: object({ webhooks: LIST }),
    example: { params: {}, result: { webhooks: [WEBHOOK_ENTRY] } },
  },
  Reload: {
    summary: "Loads the config afresh, puts it in force if it is good, and says how that went.",
    result: { type: "object" },
    example: { params: {}, result: RELOAD_REPORT },
  },
  Servers: {
    summary:
      "A page of the servers, of all pools and in all states, in the order of pool/endpoint; endpoint is a part of the address.",
    result: object({ servers: LIST, next: TEXT }, ["servers"]),
    example: { params: { endpoint: "sfu1", limit: 10 }, result: { servers: [SERVER_ENTRY] } },
  },
  ServerRemove: {
    summary: "Forgets a server that is silent, with its rooms; one that still reports is to be drained instead.",
    result: NOTHING,
    example: { params: { endpoint: "sfu9.example.com:4433" }, result: {} },
  },
  Rooms: {
    summary: "A page of the rooms whose name contains name, and that are the customer's, the server's and so on.",
    result: object({ rooms: LIST, next: NUMBER }, ["rooms"]),
    example: { params: { name: "lob", customer: "my-game", limit: 10 }, result: { rooms: [ROOM_ENTRY] } },
  },
  Bans: {
    summary: "A page of the bans in force; without a user_id, the whole room is closed.",
    result: object({ bans: LIST, next: NUMBER }, ["bans"]),
    example: { params: { customer: "my-game" }, result: { bans: [BAN_ENTRY] } },
  },
  BanRemove: {
    summary: "Ends the ban on a user in a room, or on the room itself.",
    result: NOTHING,
    example: { params: { namespace: "my-game", room_id: "lobby", user_id: "bob" }, result: {} },
  },
  Usage: {
    summary:
      "A page of what customers use over all pools, and what they may, in the order of their ids; null is no limit.",
    result: object({ customers: LIST, next: TEXT }, ["customers"]),
    example: { params: { customer: "my-game" }, result: { customers: [USAGE_ENTRY] } },
  },
  Audit: {
    summary: "A page of what operators and backends did, newest first.",
    result: object({ entries: LIST, next: NUMBER }, ["entries"]),
    example: { params: { limit: 1 }, result: { entries: [AUDIT_ENTRY], next: 2 } },
  },
  ServerDrain: {
    summary: "Gives a server no new rooms; deadline seconds from now its rooms are closed, so that they move.",
    result: NOTHING,
    example: { params: { endpoint: "sfu1.example.com:4433", deadline: 600 }, result: {} },
  },
  ServerUndrain: {
    summary: "Gives a server new rooms again.",
    result: NOTHING,
    example: { params: { endpoint: "sfu1.example.com:4433" }, result: {} },
  },
  ExplainPlacement: {
    summary: "Where a room is, or where a new one would go, and what speaks for and against every server.",
    result: object({ namespace: TEXT, customer: TEXT, host: TEXT, expectedPeers: NUMBER, candidates: LIST }, [
      "expectedPeers",
      "candidates",
    ]),
    example: {
      params: { room_id: "lobby" },
      result: {
        namespace: "my-game",
        customer: "my-game",
        host: "sfu1.example.com:4433",
        expectedPeers: 1,
        candidates: [CANDIDATE_ENTRY],
      },
    },
  },
};

/**
 * Entries of the lists that the examples of operators' methods give: my-game's room "lobby" on a server that drains. A test
 * compares their form with what a gateway answers.
 */

const AT = "2026-03-02T09:30:00.000Z";
const LATER = "2026-03-02T10:00:00.000Z";
const ENDPOINT = "sfu1.example.com:4433";
const HASH = "176a22aff708e9b1bcc182dd634a77a4d6259f9b17ae3fe0e899aeac0190a794";

/** Of `sfu.Report`. */
export const REPORTED_ROOM = { id: ["my-game", "lobby"], customer: "my-game", age: { secs: 60, nanos: 0 }, peers: 3 };
/** Of its answer. */
export const WAITING_TASK = {
  task: "RoomBanClient",
  id: ["my-game", "lobby"],
  user_id: "bob",
  ban_time: { secs: 3600, nanos: 0 },
};

/** Of `Info`. */
export const INFO = {
  servers: [
    {
      hostname: "sfu1.example.com",
      address: ENDPOINT,
      pool: "default",
      version: "1.6.0",
      disabled: false,
      keyId: "AQC1mfA5wmMZ",
      report: { load: 0.2, clients: 3, rooms: 1, peers: 3 },
      firstSeen: AT,
      lastSeen: AT,
      tags: ["eu"],
      draining: { deadline: LATER },
      tasks: 1,
    },
  ],
  rooms: [
    {
      hash: HASH,
      id: ["my-game", "lobby"],
      pool: "default",
      customer: "my-game",
      server: ENDPOINT,
      peers: 3,
      updated: AT,
    },
  ],
  stats: { apiCalls: [{ name: "sfu.Report", success: 1, failure: 0, rejected: 0 }] },
};

/** Of `Servers`. */
export const SERVER_ENTRY = {
  pool: "default",
  endpoint: ENDPOINT,
  version: "1.6.0",
  phase: "enabled",
  load: 0.2,
  clients: 3,
  rooms: 1,
  peers: 3,
  tags: ["eu"],
  tasks: 1,
  state: "draining",
  reportAgeMs: 1_200,
  estimate: 0.2,
  leftOut: "draining",
  draining: { deadline: LATER, leftMs: 720_000 },
  firstSeen: AT,
  lastSeen: AT,
};

/** Of `Rooms`. */
export const ROOM_ENTRY = {
  pool: "default",
  namespace: "my-game",
  name: "lobby",
  hash: HASH,
  customer: "my-game",
  server: ENDPOINT,
  peers: 3,
  updated: AT,
};

/** Of `Bans`. */
export const BAN_ENTRY = { customer: "my-game", namespace: "my-game", room_id: "lobby", user_id: "bob", until: LATER };

/** Of `Usage`. */
export const USAGE_ENTRY = {
  customer: "my-game",
  peers: 3,
  reserved: 0,
  rooms: 1,
  bans: 1,
  maxPeers: 500,
  maxRooms: null,
  maxBans: 100_000,
};

/** Of `Audit`. */
export const AUDIT_ENTRY = {
  seq: 2,
  at: AT,
  user: "op",
  method: "RoomBanClient",
  params: { namespace: "my-game", room_id: "lobby", user_id: "bob", ban_time: 3600 },
  result: "ok",
  requestId: "k3f9x2-7",
};

/** Of `ExplainPlacement`. */
export const CANDIDATE_ENTRY = {
  endpoint: ENDPOINT,
  reportedLoad: 0.2,
  reportAgeMs: 1_200,
  clients: 3,
  cost: 0.002,
  pending: 0,
  residue: 0,
  growth: 0,
  estimate: 0.2,
  limit: 0.9,
  weight: 0,
  leftOut: "draining",
};

/** Of `Reload`, and of `ConfigStatus` as the last one. */
export const RELOAD_REPORT = {
  at: AT,
  trigger: "user op",
  outcome: "applied",
  changed: ['logLevel: "INFO" → "DEBUG"'],
  needsRestart: [],
};

/** Of `Webhooks`. */
export const WEBHOOK_ENTRY = {
  webhook: "ops.example.com#0",
  events: ["server.added", "server.drained"],
  waiting: 1,
  bytes: 230,
  oldest: AT,
  lastSuccess: AT,
  lastError: { at: AT, reason: "the answer was 503" },
};

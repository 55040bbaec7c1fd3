import type { Command, Flag, FlagValues } from "./args.ts";
import { findPoolsWithoutServer, toPoolWarnings } from "./drain-warning.ts";
import { DEFAULT_LIMIT, LIMIT, listAll, MAX_PAGE, toHint } from "./listing.ts";
import { AUDIT, BANS, CANDIDATES, ROOMS, SERVERS, USAGE, WEBHOOKS } from "./operation-columns.ts";
import { toOneLine, toPending, toPlace } from "./operation-texts.ts";
import { readList, toRow } from "./operator-client.ts";
import { type Operation, toCommand } from "./operator-command.ts";
import type { Row } from "./table.ts";

const POOL = { pool: { type: "string", value: "NAME", help: "of this pool (all pools)" } } as const;
const FOR = { for: { type: "integer", value: "SECONDS", max: 315_360_000, help: "how long it is to last" } } as const;

const textFlag = (help: string): Flag => ({ type: "string", value: "NAME", help });

const OPERATIONS: readonly Operation[] = [
  {
    name: "servers",
    summary: "show the servers of a gateway",
    examples: [
      "odin-gateway servers",
      "odin-gateway servers --watch --url https://gateway.example.com --user op:secret",
    ],
    flags: {
      endpoint: textFlag("whose address contains this"),
      state: textFlag("in this state, such as enabled, full, draining or disabled"),
      ...POOL,
      ...LIMIT,
    },
    isLive: true,
    ask: (call, flags) => {
      const query = pickTexts(flags, ["endpoint", "state", "pool"]);
      return listAll(call, "Servers", "servers", query, flags.integer("limit"));
    },
    show: (answer) => ({ ...toHint(answer), columns: SERVERS, rows: readList(answer, "servers") }),
  },
  {
    name: "rooms",
    summary: "show the rooms that are hosted",
    flags: {
      name: textFlag("whose name contains this"),
      customer: textFlag("of this customer"),
      namespace: textFlag("of this namespace"),
      server: { type: "string", value: "ENDPOINT", help: "on this server" },
      ...POOL,
      ...LIMIT,
    },
    examples: ["odin-gateway rooms --name lobby", "odin-gateway rooms --server sfu1.example.com:4433 --json"],
    isLive: true,
    ask: (call, flags) => {
      const names = ["name", "customer", "namespace", "server", "pool"];
      return listAll(call, "Rooms", "rooms", pickTexts(flags, names), flags.integer("limit"));
    },
    show: (answer) => ({ ...toHint(answer), columns: ROOMS, rows: readList(answer, "rooms") }),
  },
  {
    name: "usage",
    summary: "show what customers use, and what they may",
    flags: { customer: textFlag("of this customer (all)"), ...LIMIT },
    examples: ["odin-gateway usage", "odin-gateway usage --customer acme --json"],
    isLive: true,
    ask: (call, flags) => {
      return listAll(call, "Usage", "customers", pickTexts(flags, ["customer"]), flags.integer("limit"));
    },
    show: (answer) => ({ ...toHint(answer), columns: USAGE, rows: readList(answer, "customers") }),
  },
  {
    name: "drain",
    summary: "give a server no new rooms",
    positionals: ["ENDPOINT"],
    flags: {
      ...POOL,
      deadline: { type: "integer", value: "SECONDS", help: "close its rooms after this time (never)" },
    },
    examples: ["odin-gateway drain sfu1.example.com:4433 --deadline 1800"],
    async ask(call, flags, [endpoint = ""]) {
      const pool = flags.text("pool");
      const answer = await call("ServerDrain", { endpoint, pool, deadline: flags.integer("deadline") });
      return { ...answer, poolsWithoutServer: await findPoolsWithoutServer(call, { endpoint, pool }) };
    },
    show: (answer) => ({ lines: ["it gets no new rooms", ...toPoolWarnings(answer)] }),
  },
  {
    name: "undrain",
    summary: "give a server new rooms again",
    positionals: ["ENDPOINT"],
    flags: POOL,
    examples: ["odin-gateway undrain sfu1.example.com:4433"],
    ask: (call, flags, [endpoint]) => call("ServerUndrain", { endpoint, ...pickTexts(flags, ["pool"]) }),
    show: () => ({ lines: ["it gets new rooms"] }),
  },
  {
    name: "forget",
    summary: "forget a server that is silent, with its rooms",
    positionals: ["ENDPOINT"],
    flags: POOL,
    examples: ["odin-gateway forget sfu1.example.com:4433"],
    ask: (call, flags, [endpoint]) => call("ServerRemove", { endpoint, ...pickTexts(flags, ["pool"]) }),
    show: () => ({ lines: ["it is forgotten"] }),
  },
  {
    name: "ban",
    summary: "put a user out of a room, and keep them out for an hour or as long as --for says",
    positionals: ["NAMESPACE", "ROOM", "USER"],
    flags: FOR,
    examples: ["odin-gateway ban my-game lobby bob --for 86400"],
    ask: (call, flags, [namespace, room_id, user_id]) =>
      call("RoomBanClient", { namespace, room_id, user_id, ban_time: flags.integer("for") ?? 3_600 }),
    show: (_answer, flags) => ({ lines: [flags.integer("for") === 0 ? "put out; no ban" : "banned"] }),
  },
  {
    name: "unban",
    summary: "end the ban on a user, or without one on the room itself",
    positionals: ["NAMESPACE", "ROOM", "[USER]"],
    examples: ["odin-gateway unban my-game lobby bob", "odin-gateway unban my-game lobby"],
    ask: (call, _flags, [namespace, room_id, user_id]) => call("BanRemove", { namespace, room_id, user_id }),
    show: () => ({ lines: ["the ban has ended"] }),
  },
  {
    name: "bans",
    summary: "show the bans in force",
    flags: {
      customer: textFlag("of this customer"),
      namespace: textFlag("of this namespace"),
      room: textFlag("of this room"),
      ...LIMIT,
    },
    examples: ["odin-gateway bans --namespace my-game --room lobby"],
    ask: (call, flags) => {
      return listAll(call, "Bans", "bans", pickTexts(flags, ["customer", "namespace", "room"]), flags.integer("limit"));
    },
    show: (answer) => ({ ...toHint(answer), columns: BANS, rows: readList(answer, "bans") }),
  },
  {
    name: "close",
    summary: "close a room, and keep everybody out if --for says so",
    positionals: ["NAMESPACE", "ROOM"],
    flags: FOR,
    examples: ["odin-gateway close my-game lobby", "odin-gateway close my-game lobby --for 600"],
    ask: (call, flags, [namespace, room_id]) =>
      call("RoomClose", { namespace, room_id, ban_time: flags.integer("for") }),
    show: () => ({ lines: ["closed"] }),
  },
  {
    name: "send",
    summary: "send a message, as UTF-8, to a user in a room",
    positionals: ["NAMESPACE", "ROOM", "USER", "MESSAGE"],
    examples: ["odin-gateway send my-game lobby bob 'restart in 5 minutes'"],
    ask: (call, _flags, [namespace, room_id, user_id, message = ""]) =>
      call("RoomSendMessage", { namespace, room_id, user_id, message: [...Buffer.from(message)] }),
    show: () => ({ lines: ["sent"] }),
  },
  {
    name: "explain",
    summary: "show where a room is or would go, and what speaks for and against each server",
    positionals: ["[ROOM]"],
    flags: {
      customer: textFlag("of this customer, whose tags count"),
      namespace: textFlag("of this namespace (the customer's id; without one, whichever has the room)"),
      pool: textFlag("in this pool (the default pool)"),
    },
    examples: ["odin-gateway explain", "odin-gateway explain lobby", "odin-gateway explain lobby --customer my-game"],
    async ask(call, flags, [room_id]) {
      const query = pickTexts(flags, ["customer", "namespace", "pool"]);
      return { room_id, ...(await call("ExplainPlacement", { room_id, ...query })) };
    },
    show: (answer) => ({
      lines: [toPlace(answer)],
      columns: CANDIDATES,
      rows: readList(answer, "candidates"),
    }),
  },
  {
    name: "status",
    summary: "show which config is in force, and how the servers are",
    examples: ["odin-gateway status", "odin-gateway status --json"],
    isLive: true,
    async ask(call) {
      const all = await listAll(call, "Servers", "servers", {}, Number.POSITIVE_INFINITY);
      const byState = Map.groupBy(readList(all, "servers"), ({ state }) => String(state));
      return {
        config: await call("ConfigStatus"),
        servers: Object.fromEntries([...byState].map(([state, { length }]) => [state, length])),
      };
    },
    show: ({ config, servers }) => {
      const { source, inForceSince, lastReload } = toRow(config);
      const reload = toRow(lastReload);
      const counts = Object.entries(toRow(servers)).map(([state, count]) => `${count} ${state}`);
      return {
        lines: [
          `config       ${source}, in force since ${inForceSince}`,
          `last reload  ${lastReload ? `${reload.outcome} at ${reload.at}, by ${reload.trigger}` : "none"}`,
          ...(reload.reason === undefined ? [] : [`             ${toOneLine(reload.reason)}`]),
          ...toPending(reload),
          `servers      ${counts.join(", ") || "none"}`,
        ],
      };
    },
  },
  {
    name: "webhooks",
    summary: "show who is told what happens, and whether it arrives",
    examples: ["odin-gateway webhooks", "odin-gateway webhooks --watch"],
    isLive: true,
    ask: (call) => call("Webhooks"),
    show: (answer) => ({ columns: WEBHOOKS, rows: readList(answer, "webhooks") }),
  },
  {
    name: "reload",
    summary: "have the config read again, and put in force if it is good",
    examples: ["odin-gateway reload"],
    ask: (call) => call("Reload"),
    show: ({ outcome, reason, changed }) => ({
      lines: [`${outcome}`, ...(Array.isArray(changed) ? changed.map((line) => `  ${line}`) : [])],
      failure: outcome === "failed" ? toOneLine(reason) : undefined,
    }),
  },
  {
    name: "audit",
    summary: "show who changed what, newest first",
    flags: LIMIT,
    examples: ["odin-gateway audit --limit 20"],
    ask: (call, flags) => call("Audit", { limit: Math.min(flags.integer("limit") ?? DEFAULT_LIMIT, MAX_PAGE) }),
    show: (answer) => ({ columns: AUDIT, rows: readList(answer, "entries") }),
  },
];

/** Commands that ask a running gateway, as an operator of its `/internal`. */
export const OPERATOR_COMMANDS: readonly Command[] = OPERATIONS.map(toCommand);

function pickTexts(flags: FlagValues, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, flags.text(name)]));
}

import type { FeedServer } from "../../feed.ts";
import type { Action, Field, Values } from "./action.ts";
import { formatMany } from "./format.ts";
import type { BanEntry, RoomEntry } from "./methods.ts";

const OTHER = "other";

const always = () => true;
const never = () => false;

/**
 * No new rooms for the server; the players in its rooms stay, or are moved off now or later. `others` is how many other
 * servers of its pool take new rooms.
 */
export function drainAction(server: FeedServer, others: number, initial: "stay" | "now" = "stay"): Action {
  const { endpoint, pool, rooms, peers } = server;
  const players = `${formatMany(peers, "player")} in ${formatMany(rooms, "room")}`;
  const what: Field = {
    name: "when",
    label: `Its ${players}`,
    kind: "choice",
    initial: initial === "now" ? "0" : "stay",
    options: [
      { value: "stay", label: "stay until their rooms end" },
      { value: "0", label: "are moved off now" },
      { value: "300", label: "are moved off in 5 minutes" },
      { value: "1800", label: "are moved off in 30 minutes" },
      { value: OTHER, label: "are moved off later, in …" },
    ],
  };
  return {
    title: initial === "now" ? `Move players off ${endpoint}` : `Drain ${endpoint}`,
    fields: [what, minutes("when")],
    confirm: initial === "now" ? "Move players off" : "Drain",
    isHarsh: (values) => values.when !== "stay",
    tell: (values) => [
      `${endpoint} gets no new rooms from now on, over a restart of the gateway too, until somebody undrains it.`,
      tellDeadline(toSeconds(values, "when"), players),
      others === 0
        ? `No other server of pool ${pool} takes new rooms now: whoever needs one is turned away.`
        : `${formatMany(others, "other server")} of pool ${pool} can take them.`,
    ],
    async run(call, values) {
      const deadline = toSeconds(values, "when");
      await call("ServerDrain", { endpoint, pool, ...(deadline !== undefined && { deadline }) });
      return deadline === 0 ? `Players are moved off ${endpoint}.` : `${endpoint} drains.`;
    },
  };
}

function tellDeadline(deadlineSec: number | undefined, players: string): string {
  if (deadlineSec === undefined) return "Whoever is there stays, and others can still join the rooms that are there.";
  const when = deadlineSec === 0 ? "With its next report" : `In ${formatMany(Math.round(deadlineSec / 60), "minute")}`;
  return `${when} it is told to close its rooms. Whoever is there (${players}) is disconnected, and is given another server when they connect again.`;
}

/** New rooms for the server again. */
export function undrainAction({ endpoint, pool }: FeedServer): Action {
  return {
    title: `Undrain ${endpoint}`,
    fields: [],
    confirm: "Undrain",
    isHarsh: never,
    tell: () => [`${endpoint} gets new rooms again, as its load allows. No room is closed any more.`],
    async run(call) {
      await call("ServerUndrain", { endpoint, pool });
      return `${endpoint} gets new rooms again.`;
    },
  };
}

/** The server is no longer listed. */
export function forgetAction({ endpoint, pool, rooms, peers }: FeedServer): Action {
  return {
    title: `Forget ${endpoint}`,
    fields: [],
    confirm: "Forget",
    isHarsh: always,
    tell: () => [
      `${endpoint} and what is known of its ${formatMany(rooms, "room")} (${formatMany(peers, "player")}) is dropped. Whoever asks for one of them goes elsewhere, as they do already.`,
      "If it reports after all, it is back at once.",
    ],
    async run(call) {
      await call("ServerRemove", { endpoint, pool });
      return `${endpoint} is forgotten.`;
    },
  };
}

/** Everybody leaves the room, and is kept out for a while if wanted. */
export function closeRoomAction({ namespace, name, peers }: RoomEntry): Action {
  return {
    title: `Close room ${name}`,
    fields: [duration("keep", "Then keep everybody out", "not at all"), minutes("keep")],
    confirm: "Close room",
    isHarsh: always,
    tell: (values) => {
      const sec = toSeconds(values, "keep") ?? 0;
      const after =
        sec > 0 ? `Nobody can join it for ${tellTime(sec)}.` : "Whoever asks for it can open it again at once.";
      return [`Whoever is in “${name}” of ${namespace} (${formatMany(peers, "player")}) is disconnected. ${after}`];
    },
    async run(call, values) {
      await call("RoomClose", { namespace, room_id: name, ban_time: toSeconds(values, "keep") ?? 0 });
      return `Room ${name} is closed with its server's next report.`;
    },
  };
}

/** One user leaves the room, and is kept out for a while if wanted. */
export function banAction({ namespace, name }: RoomEntry): Action {
  return {
    title: `Ban a user from room ${name}`,
    fields: [
      text("user", "User id"),
      duration("keep", "Keep them out", "not at all: kick only", "3600"),
      minutes("keep"),
    ],
    confirm: "Ban user",
    isHarsh: always,
    tell: (values) => {
      const sec = toSeconds(values, "keep") ?? 0;
      const after = sec > 0 ? `cannot come back for ${tellTime(sec)}` : "can come back at once";
      return [`“${values.user || "the user"}” is put out of room “${name}” of ${namespace}, and ${after}.`];
    },
    async run(call, values) {
      const user = values.user ?? "";
      await call("RoomBanClient", {
        namespace,
        room_id: name,
        user_id: user,
        ban_time: toSeconds(values, "keep") ?? 0,
      });
      return `${user} is put out of room ${name}.`;
    },
  };
}

/** A message for one user of the room. */
export function messageAction({ namespace, name }: RoomEntry): Action {
  return {
    title: `Send a message to a user of room ${name}`,
    fields: [text("user", "User id"), { ...text("message", "Message"), kind: "long text" }],
    confirm: "Send",
    isHarsh: never,
    tell: ({ user }) => [
      `The message goes to “${user || "the user"}” in room “${name}” with the server's next report, as UTF-8. Their game decides what it does with it.`,
    ],
    async run(call, { user = "", message = "" }) {
      await call("RoomSendMessage", {
        namespace,
        room_id: name,
        user_id: user,
        message: [...new TextEncoder().encode(message)],
      });
      return `The message goes to ${user} with the next report.`;
    },
  };
}

/** The banned may come back. */
export function endBanAction({ namespace, room_id, user_id }: BanEntry): Action {
  const who = user_id === undefined ? "everybody" : `“${user_id}”`;
  return {
    title: user_id === undefined ? `Open room ${room_id} again` : `End the ban on ${user_id}`,
    fields: [],
    confirm: user_id === undefined ? "Open room" : "End ban",
    isHarsh: never,
    tell: () => [`From now on ${who} can join room “${room_id}” of ${namespace} again.`],
    async run(call) {
      await call("BanRemove", { namespace, room_id, ...(user_id !== undefined && { user_id }) });
      return user_id === undefined ? `Room ${room_id} is open again.` : `The ban on ${user_id} has ended.`;
    },
  };
}

/** The config is loaded afresh. */
export const reloadAction: Action = {
  title: "Reload the config",
  fields: [],
  confirm: "Reload",
  isHarsh: never,
  tell: () => [
    "The config is read again and put in force if it is good. If it is not, what is in force stays, and you are told why.",
  ],
  async run(call) {
    const report = await call("Reload", {});
    if (report.outcome === "failed") throw new Error(report.reason ?? "the config could not be reloaded");
    return report.outcome === "applied" ? "The new config is in force." : "The config has not changed.";
  },
};

function text(name: string, label: string): Field {
  return { name, label, kind: "text", initial: "" };
}

function minutes(choice: string): Field {
  const isShown = (values: Values) => values[choice] === OTHER;
  return { name: `${choice}Minutes`, label: "Minutes", kind: "minutes", initial: "10", isShown };
}

function duration(name: string, label: string, none: string, initial = "0"): Field {
  const options = [
    { value: "0", label: none },
    { value: "600", label: "for 10 minutes" },
    { value: "3600", label: "for 1 hour" },
    { value: "86400", label: "for 1 day" },
    { value: OTHER, label: "for …" },
  ];
  return { name, label, kind: "choice", initial, options };
}

/** The seconds that were chosen; undefined if none were. */
function toSeconds(values: Values, choice: string): number | undefined {
  const chosen = values[choice];
  const sec = chosen === OTHER ? Number(values[`${choice}Minutes`]) * 60 : Number(chosen);
  return Number.isFinite(sec) ? sec : undefined;
}

function tellTime(sec: number): string {
  if (sec % 86_400 === 0) return formatMany(sec / 86_400, "day");
  return sec % 3_600 === 0 ? formatMany(sec / 3_600, "hour") : formatMany(Math.round(sec / 60), "minute");
}

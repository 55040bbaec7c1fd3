import type { SharedServer } from "../../fleet/adopt.ts";
import type { Task } from "../../fleet/tasks.ts";
import type { SharedGroupState } from "./adopt-group.ts";

/** A change of one customer's state, in the order in which Redis made it. Keys are those of fleet/ids.ts. */
export type CustomerDelta = {
  readonly customer: string;
  /** The gateway that asked for it. */
  readonly gateway: string;
  /** Which life of the state it belongs to, and its number there. */
  readonly life: string;
  readonly seq: number;
} & (AdmitDelta | RoomsDelta | CallDelta | TasksDelta | MergeDelta | { readonly type: "gone" });

/** A user was admitted to rooms of a group, which is bound to the server. */
export interface AdmitDelta {
  readonly type: "admit";
  readonly group: string;
  readonly server: string;
  readonly user: string;
  readonly rooms: readonly string[];
  /** Whether tokens for where the group was bound before are void: what gateways think of that server may differ. */
  readonly isVoid: boolean;
}

/** A server lists rooms of groups, which are bound to it. */
export interface RoomsDelta {
  readonly type: "rooms";
  readonly server: string;
  readonly groups: readonly ListedGroup[];
}

/** A backend's call: `ban` is a BanTarget as JSON, which ends at `ends` (milliseconds since 1970, by Redis), or has ended if that is "0"; tasks are SharedTasks. */
export interface CallDelta {
  readonly type: "call";
  readonly ban?: string;
  readonly ends?: string;
  readonly tasks?: readonly (readonly [id: string, task: string])[];
}

/** Tasks went out with a reply, others have arrived. */
export interface TasksDelta {
  readonly type: "tasks";
  readonly sent?: readonly string[];
  readonly done?: readonly string[];
}

/** What a gateway told of the time in which it was alone: groups that this changed, as they are now; bans and tasks that were new. */
export interface MergeDelta {
  readonly type: "merge";
  readonly groups?: readonly SharedGroupState[];
  readonly bans?: readonly SharedBanState[];
  readonly tasks?: readonly SharedTaskState[];
}

/** A ban, as JSON, and when it ends: milliseconds since 1970, by Redis. */
export type SharedBanState = readonly [ban: string, ends: string, target: string];

/** A SharedTask, as JSON, that no server has taken yet, and since when it is there. */
export type SharedTaskState = readonly [id: string, since: string, task: string];

/** Rooms with their peers, -1 for one that is listed no more; whether tokens for where they were bound before are void. */
export type ListedGroup = readonly [
  group: string,
  rooms: readonly (readonly [room: string, peers: number])[],
  isVoid: boolean,
];

/** A task as gateways tell it each other. */
export interface SharedTask {
  /** Key of the room. */
  readonly room: string;
  readonly task: Task;
  /** What was left, at the start, of the ban that it tells of; 0 if it tells of none. */
  readonly banMs: number;
}

/** What a gateway says of a server: a SavedServer and ReportFigures as JSON; nothing known of one that is forgotten. */
export interface ServerDelta {
  readonly type: "server";
  readonly server: string;
  readonly gateway: string;
  readonly known: string;
  /** Milliseconds since it reported. */
  readonly silent: number;
  readonly figures: string;
}

/** A gateway says that it is there. */
export interface PresenceDelta {
  readonly type: "gateway";
  readonly gateway: string;
}

/** Anything that is told on the channel. */
export type Delta = CustomerDelta | ServerDelta | PresenceDelta;

/** What a server's last report came to. */
export type ReportFigures = Pick<SharedServer, "listed" | "report">;

/** Reads what was told: only gateways and their scripts write there. Nothing if it is none of what they write. */
export function parseDelta(text: string): Delta | undefined {
  try {
    const delta = JSON.parse(text);
    return typeof delta?.type === "string" && typeof delta.gateway === "string" ? (delta as Delta) : undefined;
  } catch {
    return undefined;
  }
}

const CUSTOMER_DELTAS: ReadonlySet<string> = new Set<CustomerDelta["type"]>([
  "admit",
  "rooms",
  "call",
  "tasks",
  "merge",
  "gone",
]);

/** Says whether a gateway of this version knows what such a delta changes: one of a later version may tell of more. */
export function isFollowed({ type }: Pick<CustomerDelta, "type">): boolean {
  return CUSTOMER_DELTAS.has(type);
}

/** Reads a server's record, which is `silentMs` old; nothing if it is forgotten. */
export function toSharedServer(known: string, silentMs: number, figures: string): SharedServer | undefined {
  if (known === "") return undefined;
  return { known: JSON.parse(known), silentMs: Math.max(0, silentMs), ...(JSON.parse(figures) as ReportFigures) };
}

import type { CandidateView } from "./explain.ts";
import type { Fleet } from "./state.ts";

/** A server as events name it. */
export interface ServerRef {
  readonly pool: string;
  readonly endpoint: string;
}

/** What events say of a server. */
export function toServerRef({ pool, endpoint }: ServerRef): ServerRef {
  return { pool, endpoint };
}

/** Why a server is forgotten: it was silent for too long, or an operator asked. */
export type RemovalReason = "silence" | "operator";

/** A room as events name it. */
export interface RoomRef {
  readonly pool: string;
  readonly namespace: string;
  readonly room: string;
  /** Whose it is, as far as is known. */
  readonly customer: string;
}

/** What happened in the fleet: facts for logs, counters and whoever keeps a record. */
export type FleetEvent =
  | { readonly type: "server.registered"; readonly server: ServerRef; readonly keys: readonly string[] }
  /** A registered server has not reported for three of its intervals. */
  | { readonly type: "server.silent"; readonly server: ServerRef }
  | { readonly type: "server.added"; readonly server: ServerRef; readonly keys: readonly string[] | undefined }
  | { readonly type: "server.enabled"; readonly server: ServerRef }
  /** It reports, but was given no key that is in force. */
  | { readonly type: "server.keyless"; readonly server: ServerRef }
  | { readonly type: "server.disabled"; readonly server: ServerRef; readonly silentMs: number }
  | {
      readonly type: "server.removed";
      readonly server: ServerRef;
      readonly reason: RemovalReason;
      readonly undeliveredTasks: number;
    }
  /** It gets no new rooms; from `deadline` (epoch milliseconds) on, those it has are closed. */
  | {
      readonly type: "server.draining";
      readonly server: ServerRef;
      readonly deadline?: number;
      readonly isEmpty: boolean;
    }
  /** A server that drains has no room any more, and nobody has a token for one that could be used there. */
  | { readonly type: "server.emptied"; readonly server: ServerRef }
  | { readonly type: "server.undrained"; readonly server: ServerRef }
  /** A room got a server; the figures are those of before. */
  | { readonly type: "room.placed"; readonly pool: string; readonly chosen: CandidateView }
  | { readonly type: "room.opened"; readonly room: RoomRef; readonly server: string }
  | { readonly type: "room.closed"; readonly room: RoomRef; readonly server: string }
  /** The room is bound to another server; it closes right after, if nobody is known to be on the way there. */
  | { readonly type: "room.moved"; readonly room: RoomRef; readonly from: string; readonly to: string }
  /** So many groups of rooms, each of one hash tag, went to another server. */
  | {
      readonly type: "rooms.moved";
      readonly pool: string;
      readonly from: string;
      readonly to: string;
      readonly groups: number;
    }
  /** Two servers list rooms of the same hash tags: `server` was told to close its own. */
  | { readonly type: "rooms.refused"; readonly server: ServerRef; readonly boundTo: string; readonly rooms: number }
  | {
      readonly type: "ban.added";
      readonly customer: string;
      readonly namespace: string;
      readonly room: string;
      readonly user?: string;
      readonly untilMs: number;
    }
  | {
      readonly type: "ban.ended";
      readonly customer: string;
      readonly namespace: string;
      readonly room: string;
      readonly user?: string;
    }
  /** A server's queue had no place for all bans of a room; they hold at Connect all the same. */
  | { readonly type: "bans.unsent"; readonly server: ServerRef; readonly room: string; readonly bans: number }
  /** A task waits for the server. */
  | { readonly type: "task.queued"; readonly server: ServerRef }
  /**
   * Tasks went out with a reply, for the first time or once more; and of those of the reply before, so many were seen to
   * have arrived, or do not go out again although they were not.
   */
  | {
      readonly type: "tasks.sent";
      readonly server: ServerRef;
      readonly first: number;
      readonly again: number;
      readonly delivered: number;
      readonly unconfirmed: number;
    }
  /** No transition ran for so long: the servers' silence is counted anew. */
  | { readonly type: "fleet.stalled"; readonly gapMs: number };

/** Takes out what has happened since the last call, oldest first. */
export function takeEvents(fleet: Fleet): FleetEvent[] {
  if (fleet.events.length === 0) return [];
  const { events } = fleet;
  fleet.events = [];
  return events;
}

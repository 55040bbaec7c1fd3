import type { CandidateView, LeftOut } from "../../../fleet/explain.ts";

/** A room as `Rooms` lists it. */
export interface RoomEntry {
  readonly pool: string;
  readonly namespace: string;
  readonly name: string;
  readonly hash: string;
  readonly customer: string;
  readonly server: string;
  readonly peers: number;
  readonly updated: string;
}

/** A ban as `Bans` lists it; without a user the whole room is closed. */
export interface BanEntry {
  readonly customer: string;
  readonly namespace: string;
  readonly room_id: string;
  readonly user_id?: string;
  readonly until: string;
}

/** A customer as `Usage` lists it; null is no limit. */
export interface UsageEntry {
  readonly customer: string;
  readonly peers: number;
  readonly reserved: number;
  readonly rooms: number;
  readonly bans: number;
  readonly maxPeers: number | null;
  readonly maxRooms: number | null;
  readonly maxBans: number | null;
}

/** A line of the record of what was done. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly customer?: string;
  readonly user?: string;
  readonly trigger?: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly requestId?: string;
}

/** How an attempt to reload the config went. */
export interface ReloadReport {
  readonly at: string;
  readonly trigger: string;
  readonly outcome: "applied" | "unchanged" | "failed";
  readonly reason?: string;
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

/** What `ConfigStatus` says; empty where the config cannot be reloaded. */
export interface ConfigStatus {
  readonly source?: string;
  readonly inForceSince?: string;
  readonly lastReload?: ReloadReport | null;
}

/** A webhook as `Webhooks` lists it. */
export interface WebhookEntry {
  readonly webhook: string;
  readonly waiting: number;
  readonly oldest: string | null;
  readonly lastSuccess: string | null;
  readonly lastError: { readonly at: string; readonly reason: string } | null;
}

/** A server as `ExplainPlacement` sees it. */
export type Candidate = Omit<CandidateView, "leftOut"> & { readonly leftOut?: LeftOut };

/** What `ExplainPlacement` says. */
export interface Placement {
  readonly namespace?: string;
  readonly customer?: string;
  readonly host?: string;
  readonly expectedPeers: number;
  readonly candidates: readonly Candidate[];
}

/** Where a page begins, and how long it may be. */
interface Paging<Cursor> {
  readonly limit?: number;
  readonly after?: Cursor;
}

/** A room of a customer. */
interface RoomTarget {
  readonly namespace: string;
  readonly room_id: string;
}

/** A server, by its address in a pool. */
interface ServerTarget {
  readonly endpoint: string;
  readonly pool: string;
}

type Method<Params, Result> = { readonly params: Params; readonly result: Result };
type Nothing = Readonly<Record<string, never>>;

/** The methods of `/internal` that the page calls. Source: docs/api.md. */
export interface Methods {
  readonly Rooms: Method<
    { name?: string; customer?: string; namespace?: string; server?: string; pool?: string } & Paging<number>,
    { readonly rooms: readonly RoomEntry[]; readonly next?: number }
  >;
  readonly Bans: Method<
    { customer?: string; namespace?: string; room?: string } & Paging<number>,
    { readonly bans: readonly BanEntry[]; readonly next?: number }
  >;
  readonly Usage: Method<
    { customer?: string } & Paging<string>,
    { readonly customers: readonly UsageEntry[]; readonly next?: string }
  >;
  readonly Audit: Method<
    { limit?: number; before?: number },
    { readonly entries: readonly AuditEntry[]; readonly next?: number }
  >;
  readonly ExplainPlacement: Method<
    { room_id?: string; namespace?: string; customer?: string; pool?: string },
    Placement
  >;
  readonly Webhooks: Method<Nothing, { readonly webhooks: readonly WebhookEntry[] }>;
  readonly ConfigStatus: Method<Nothing, ConfigStatus>;
  readonly Reload: Method<Nothing, ReloadReport | Nothing>;
  readonly ServerDrain: Method<ServerTarget & { deadline?: number }, Nothing>;
  readonly ServerUndrain: Method<ServerTarget, Nothing>;
  readonly ServerRemove: Method<ServerTarget, Nothing>;
  readonly RoomClose: Method<RoomTarget & { ban_time: number }, Nothing>;
  readonly RoomBanClient: Method<RoomTarget & { user_id: string; ban_time: number }, Nothing>;
  readonly RoomSendMessage: Method<RoomTarget & { user_id: string; message: readonly number[] }, Nothing>;
  readonly BanRemove: Method<RoomTarget & { user_id?: string }, Nothing>;
}

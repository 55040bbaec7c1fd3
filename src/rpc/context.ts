import type { ClientPrincipal, InternalPrincipal, Limits } from "../auth/principal.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Admission } from "../fleet/admit.ts";
import type { FleetStore } from "../fleet/store.ts";
import type { ServerView } from "../fleet/views.ts";
import type { ServerJwk } from "../sfu-config/extend.ts";
import type { TomlTable } from "../sfu-config/recommended.ts";
import type { CallStats } from "./call-stats.ts";

/** How `room_id` is matched with the rooms of a token. */
export type RoomScope = "exact" | "prefix";

/** What the public methods work with. */
export interface PublicContext {
  readonly principal: ClientPrincipal;
  readonly pool: string;
  readonly store: FleetStore;
  /** Id of the HTTP request, as the log and the reply have it. */
  readonly requestId: string;
  readonly roomScope: RoomScope;
  /** Signs the token with which the principal joins the rooms it was admitted to. */
  readonly issueRoomToken: (principal: ClientPrincipal, admission: Admission) => Awaitable<string>;
}

/** What the servers' and operators' methods work with. */
export interface InternalContext {
  readonly principal: InternalPrincipal;
  readonly pool: string;
  readonly store: FleetStore;
  /** Id of the HTTP request, as the log and the reply have it. */
  readonly requestId: string;
  /** Address of the caller, for servers that do not name theirs. */
  readonly callerAddress: string;
  /** Tells the caller's connection from others; undefined if a proxy stands in between. */
  readonly connection: string | undefined;
  /** Tells this HTTP request from all others. */
  readonly exchange: number;
  readonly recommended: TomlTable;
  readonly updateIntervalMs: number;
  readonly maxRoomsPerReport: number;
  /** The keys of the server at `endpoint` that are in force, newest first. */
  readonly deriveServerKeys: (endpoint: string) => readonly ServerJwk[];
  /** Id of the key with which tokens for the server are signed, if it holds one that is in force. */
  readonly findKeyId: (server: ServerView) => string | undefined;
  /** Tags that a customer's servers have to carry; none if nobody knows the customer. */
  readonly findTags: (customer: string) => readonly string[];
  /** The customer who has the namespace, if anybody does. */
  readonly findOwner: (namespace: string) => string | undefined;
  /** Limits of the customers whom somebody configured, by id. */
  readonly limits: ReadonlyMap<string, Limits>;
  /** A page of what operators and backends did, newest first; as JSON. */
  readonly readAudit: (page: { limit: number; before: number | undefined }) => object;
  /** How webhooks are doing; as JSON. */
  readonly webhooks: () => readonly object[];
  readonly stats: CallStats;
  /** Absent where nobody can reload the config, as in tests. */
  readonly configControl: ConfigControl | undefined;
}

/** The config, as operators may ask for it and have it reloaded. */
export interface ConfigControl {
  /** What is in force since when, and how the last reload went; as JSON. */
  readonly status: () => object;
  /** Reloads it on behalf of `who`, and says how that went; as JSON. */
  readonly reload: (who: string) => Promise<object>;
}

import type { Awaitable } from "../awaitable.ts";
import type { RoomTarget } from "./admin.ts";
import type { Admission, AdmitRequest } from "./admit.ts";
import type { BanFilter, BanView } from "./ban-search.ts";
import type { DrainTarget } from "./drain.ts";
import type { PlacementQuery, PlacementView } from "./explain.ts";
import type { KeyPage, KeyPageQuery } from "./key-page.ts";
import type { Named } from "./named.ts";
import type { Report } from "./report.ts";
import type { RoomFilter } from "./room-search.ts";
import type { Page, PageQuery } from "./sequence.ts";
import type { ServerFilter, ServerStatus } from "./server-status.ts";
import type { Registration } from "./servers.ts";
import type { Task } from "./tasks.ts";
import type { UsagePage, UsageQuery } from "./usage-view.ts";
import type { RoomPage, RoomView, ServerView } from "./views.ts";

/**
 * The fleet as the methods of the two APIs see it: operations of intent, each of them one atomic step of whatever holds
 * the shared state. Each throws, or rejects with, the RpcErrors of the transition it names.
 */
export interface FleetStore {
  /** See `admit` in admit.ts. */
  readonly admit: (request: AdmitRequest) => Awaitable<Admission>;
  /** See `takeReport` in report.ts. */
  readonly report: (report: Report) => Awaitable<readonly Task[]>;
  /** See `registerServer` in servers.ts. */
  readonly register: (registration: Registration) => Awaitable<void>;
  /** See `closeRoom` in admin.ts. */
  readonly closeRoom: (call: RoomTarget & { banSec: number }) => Awaitable<void>;
  /** See `banClient` in admin.ts. */
  readonly banClient: (call: RoomTarget & { user: string; banSec: number }) => Awaitable<void>;
  /** See `updateRoom` in admin.ts. */
  readonly updateRoom: (call: RoomTarget & { userData: readonly number[] }) => Awaitable<void>;
  /** See `sendMessage` in admin.ts. */
  readonly sendMessage: (call: RoomTarget & { user: string; message: readonly number[] }) => Awaitable<void>;
  /** See `drainServer` in drain.ts; throws `serverUnknown` if there is no such server. */
  readonly drain: (call: DrainTarget & { afterSec: number | undefined }) => Awaitable<void>;
  /** See `undrainServer` in drain.ts; throws `serverUnknown` if there is no such server. */
  readonly undrain: (target: DrainTarget) => Awaitable<void>;
  /** See `forgetServer` in forget.ts. */
  readonly forget: (target: DrainTarget) => Awaitable<void>;
  /** See `removeBan` in admin.ts. */
  readonly removeBan: (call: {
    readonly namespace: string;
    readonly room: string;
    readonly user?: string | undefined;
  }) => Awaitable<void>;
  /** See `explainPlacement` in explain.ts. */
  readonly explain: (query: PlacementQuery) => Awaitable<PlacementView>;
  /** See `listServers` in views.ts. */
  readonly servers: () => Awaitable<readonly ServerView[]>;
  /** See `checkNamed` in named.ts. */
  readonly checkNamed: (named: Named) => Awaitable<void>;
  /** See `searchServers` in server-status.ts. */
  readonly searchServers: (query: ServerFilter & KeyPageQuery) => Awaitable<KeyPage<ServerStatus>>;
  /** See `searchRooms` in room-search.ts. */
  readonly searchRooms: (query: RoomFilter & PageQuery) => Awaitable<Page<RoomView>>;
  /** See `searchBans` in ban-search.ts. */
  readonly searchBans: (query: BanFilter & PageQuery) => Awaitable<Page<BanView>>;
  /** See `searchUsage` in usage-view.ts. */
  readonly searchUsage: (query: UsageQuery) => Awaitable<UsagePage>;
  /** See `listRooms` in views.ts. */
  readonly rooms: (page: { after: number; limit: number }) => Awaitable<RoomPage>;
}

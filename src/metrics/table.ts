/** What a metric is: its name, what it tells, and what its series are told apart by. */
export interface MetricSpec {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

const SERVER = ["pool", "server"] as const;
/** Host and place in the config: the rest of a webhook's URL may hold secrets. */
const WEBHOOK = ["webhook"] as const;
const DELIVERIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const LATENCIES = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
const LAGS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
const WRITES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

const counter = <N extends string, const L extends readonly string[]>(name: N, labels: L, help: string) =>
  ({ name: `odin_gateway_${name}_total`, type: "counter", help, labels }) as const;
const gauge = <N extends string, const L extends readonly string[]>(name: N, labels: L, help: string) =>
  ({ name: `odin_gateway_${name}`, type: "gauge", help, labels }) as const;
const histogram = <N extends string, const L extends readonly string[]>(
  name: N,
  labels: L,
  buckets: readonly number[],
  help: string,
) => ({ name: `odin_gateway_${name}`, type: "histogram", help, labels, buckets }) as const;

/**
 * Every metric of the gateway, in the order in which a scrape shows them. No label tells rooms or users apart. Source of
 * the names: https://prometheus.io/docs/practices/naming/
 */
export const METRICS = {
  buildInfo: gauge("build_info", ["version", "bun"], "Always 1; says which version of the gateway runs, on which Bun"),
  ready: gauge("ready", [], "1 if clients can be served, 0 if /readyz fails"),

  httpDuration: histogram(
    "http_request_duration_seconds",
    ["audience", "status"],
    LATENCIES,
    "Time from a request's headers to its answer; audience is public or internal",
  ),
  refusedRequests: counter(
    "refused_requests",
    ["audience", "reason"],
    "Requests that ended before a call of theirs began: bad credentials, bodies and the like",
  ),
  rateLimited: counter(
    "rate_limited",
    ["limit"],
    "Requests and calls that were refused as there were too many, by the setting of rateLimits that refused them",
  ),
  calls: counter("calls", ["method", "outcome"], "Calls that ended: success, rejected (the caller's), failure (ours)"),
  callDuration: histogram(
    "call_duration_seconds",
    ["method"],
    LATENCIES,
    "Time from a call's turn to its answer, without authentication",
  ),
  connectRefusals: counter("connect_refusals", ["reason"], "Connect calls that were refused, by the error's name"),

  servers: gauge("servers", ["pool", "state"], "Servers by what they are to new rooms"),
  serverState: gauge("server_state", ["pool", "server", "state"], "Always 1; says which state a server is in"),
  serverLoad: gauge("server_load_ratio", SERVER, "Load in the server's last report, 1 is full"),
  serverEstimate: gauge(
    "server_estimated_load_ratio",
    SERVER,
    "Load that placement expects once everybody is there who is on the way, 1 is full",
  ),
  serverClients: gauge("server_clients", SERVER, "Clients in the server's last report"),
  serverRooms: gauge("server_rooms", SERVER, "Rooms bound to the server, reported or reserved"),
  serverPeers: gauge("server_peers", SERVER, "Peers reported in those rooms"),
  serverPending: gauge(
    "server_pending",
    SERVER,
    "Issued tokens that no report shows yet, as far as they count as load",
  ),
  serverReportAge: gauge("server_report_age_seconds", SERVER, "Time since the server's last report"),
  placements: counter("placements", SERVER, "Rooms, of one hash tag each, that were placed on the server"),
  roomsOpened: counter("rooms_opened", ["pool"], "Rooms that came to be"),
  roomsClosed: counter("rooms_closed", ["pool"], "Rooms that ceased to be"),
  roomsMoved: counter("rooms_moved", ["pool"], "Rooms, of one hash tag each, that went to another server"),
  roomsRefused: counter("rooms_refused", ["pool"], "Rooms that a server listed although they live on another one"),

  customers: gauge("customers", [], "Customers that are known; 0 until they are loaded"),
  customerPeers: gauge("customer_peers", ["customer"], "Peers reported in the customer's rooms"),
  customerReservations: gauge(
    "customer_reservations",
    ["customer"],
    "Peer slots held for tokens that no report shows yet; they count against the limit as peers do",
  ),
  customerRooms: gauge("customer_rooms", ["customer"], "Rooms of the customer"),
  customerPeersLimit: gauge("customer_peers_limit", ["customer"], "Most peers that the customer may have"),
  customerRoomsLimit: gauge("customer_rooms_limit", ["customer"], "Most rooms that the customer may have"),
  bans: gauge("bans", [], "Bans in force, of rooms and of users"),

  tasksWaiting: gauge("tasks_waiting", SERVER, "Tasks that wait for the server's next report"),
  tasksUnacknowledged: gauge("tasks_unacknowledged", SERVER, "Tasks that went out and were not seen to arrive yet"),
  tasksQueued: counter("tasks_queued", ["pool"], "Tasks that were queued for a server"),
  tasksSent: counter("tasks_sent", ["pool"], "Tasks that went out for the first time"),
  tasksSentAgain: counter("tasks_sent_again", ["pool"], "Tasks that went out once more, as they may have been lost"),
  tasksDelivered: counter("tasks_delivered", ["pool"], "Tasks that were seen to have arrived"),
  tasksUnconfirmed: counter(
    "tasks_unconfirmed",
    ["pool"],
    "Tasks that no longer go out although nothing showed that they arrived",
  ),

  reloads: counter("config_reloads", ["outcome"], "Attempts to reload the config: applied, unchanged or failed"),
  reloadGood: gauge("config_last_reload_successful", [], "0 if the last attempt to reload the config failed, else 1"),
  stateWrites: counter("state_writes", ["outcome"], "Writes of the state to disk: success or failure"),
  stateWriteDuration: histogram("state_write_duration_seconds", [], WRITES, "Time that a write of the state took"),
  stateKept: gauge("state_kept", [], "0 if the last write of the state failed, else 1; absent if no state is kept"),
  stateShared: gauge("state_shared", [], "1 while the shared state is joined, else 0; absent if nothing is shared"),
  gateways: gauge("gateways", [], "Gateways that share the fleet, this one among them; absent if nothing is shared"),

  webhookWaiting: gauge("webhook_waiting", WEBHOOK, "Messages that wait to be delivered to the webhook"),
  webhookOldest: gauge("webhook_oldest_seconds", WEBHOOK, "Age of the oldest of them; 0 if none waits"),
  webhookDelivered: counter("webhook_delivered", WEBHOOK, "Messages that the webhook's receiver took"),
  webhookRetries: counter("webhook_retries", WEBHOOK, "Attempts that failed, and after which there is another"),
  webhookGivenUp: counter(
    "webhook_given_up",
    ["webhook", "reason"],
    "Messages that are delivered never: too many waited (full), a day was over (expired), the receiver is gone (gone)",
  ),
  webhookDuration: histogram(
    "webhook_delivery_duration_seconds",
    WEBHOOK,
    DELIVERIES,
    "Time from a message's last attempt to the receiver's answer",
  ),

  loopLag: histogram("event_loop_lag_seconds", [], LAGS, "By how much a timer of 100 ms was late"),
  stalls: counter("stalls", [], "Times that the gateway itself stood still for more than two seconds"),
  cpu: counter("process_cpu_seconds", ["mode"], "Processor time that the process used, mode is user or system"),
  memory: gauge("process_resident_memory_bytes", [], "Memory that the process holds"),
  heap: gauge("process_heap_bytes", [], "Memory of it that JavaScript uses"),
  openFiles: gauge("process_open_fds", [], "Open files and sockets; absent where there is no /proc"),
  maxFiles: gauge("process_max_fds", [], "How many of them the process may have; absent where there is no /proc"),
  startTime: gauge("process_start_time_seconds", [], "When the process started, in seconds since 1970"),
} as const satisfies Record<string, MetricSpec>;

type Table = typeof METRICS;
type OfType<T extends MetricSpec["type"]> = { [M in keyof Table]: Table[M]["type"] extends T ? M : never }[keyof Table];

/** A metric that counts. */
export type CounterName = OfType<"counter">;
/** A metric whose values are spread over buckets. */
export type HistogramName = OfType<"histogram">;
/** A metric that is looked up when it is asked for. */
export type GaugeName = OfType<"gauge">;
/** What the series of a metric are told apart by. */
export type LabelsOf<M extends keyof Table> = Readonly<Record<Table[M]["labels"][number], string>>;

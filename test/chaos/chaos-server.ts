import type { Random } from "../../src/clock.ts";
import { pick, upTo } from "../fuzz/pick.ts";
import type { Json } from "../json.ts";
import type { ChaoticGateway } from "./chaotic-gateway.ts";

/** How a report may go wrong. */
export const REPORT_FATES = [
  "good",
  "reply lost",
  "twice",
  "cut off",
  "false load",
  "others' rooms",
  "jump in time",
  "garbage",
] as const;
/** One of them. */
export type ReportFate = (typeof REPORT_FATES)[number];

/** A server with players on it that may die, freeze and lie. */
export interface ChaosServer {
  readonly endpoint: string;
  /** A frozen one keeps its players and hears nothing. */
  state: "alive" | "frozen" | "dead";
  readonly rooms: Map<string, { readonly openedAt: number; readonly users: Set<string> }>;
  readonly report: (fate: ReportFate) => Promise<void>;
}

/** Creates a server; `onTask` is told of what it was given to do and has done, `others` gives rooms of other servers. */
export function createChaosServer(options: {
  endpoint: string;
  gateway: ChaoticGateway;
  random: Random;
  elapsedMs: () => number;
  others: () => readonly string[];
  onTask: (task: Json) => void;
}): ChaosServer {
  const { endpoint, gateway, random, elapsedMs, others, onTask } = options;
  let connection = Number(endpoint.replace(/\D/g, "")) * 1_000;
  const rooms: ChaosServer["rooms"] = new Map();

  function toBody(fate: ReportFate): string {
    const claimed = fate === "others' rooms" ? others().slice(0, 3) : [];
    const listed = [
      ...[...rooms].map(([name, { openedAt, users }]) => ({ name, ageMs: elapsedMs() - openedAt, peers: users.size })),
      ...claimed
        .filter((name) => !rooms.has(name))
        .map((name) => ({ name, ageMs: 90_000, peers: 1 + upTo(random, 3) })),
    ];
    const jumpMs = fate === "jump in time" ? pick(random, [0, 1, 1e3, 1e6, 1e12]) : undefined;
    const load = fate === "false load" ? pick(random, [0, 1, 99, -1, 1e9]) : 0.2;
    const params = {
      public_endpoint: endpoint,
      version: "1.6.0",
      load,
      clients:
        fate === "false load" ? pick(random, [0, 1_000_000, -5]) : listed.reduce((sum, { peers }) => sum + peers, 0),
      rooms: listed.map(({ name, ageMs, peers }) => ({
        id: ["acme", name],
        customer: "acme",
        age: { secs: Math.floor((jumpMs ?? ageMs) / 1_000), nanos: upTo(random, 1e9) },
        peers,
      })),
    };
    return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sfu.Report", params });
  }

  async function report(fate: ReportFate): Promise<void> {
    const whole = toBody(fate);
    const cut = whole.slice(0, upTo(random, whole.length));
    const body =
      fate === "cut off" ? cut : fate === "garbage" ? whole.replace('"acme"', "[]").replaceAll("secs", "sec") : whole;
    const sent = fate === "twice" ? [body, body] : [body];
    const answers = await Promise.all(sent.map((each) => gateway.server(each, connection)));
    // Whoever misses a reply comes on another connection, as does who was cut off.
    if (fate === "reply lost" || fate === "cut off") connection++;
    if (fate === "reply lost") return;
    for (const { result } of answers) for (const task of result?.tasks ?? []) execute(task);
  }

  function execute(task: Json): void {
    const [, name] = task.id;
    const room = rooms.get(name);
    if (task.task === "RoomClose") rooms.delete(name);
    if (task.task === "RoomBanClient") room?.users.delete(task.user_id);
    if (room?.users.size === 0) rooms.delete(name);
    onTask(task);
  }

  const server: ChaosServer = { endpoint, state: "alive", rooms, report };
  return server;
}

import type { Random } from "../../../src/clock.ts";
import type { GatewayGroup, GroupGateway } from "./gateway-group.ts";
import type { RedisServer } from "./redis-server.ts";

/** What can go wrong. */
export const FAULT_KINDS = ["redis-kill", "redis-stop", "redis-empty", "gateway-kill", "gateway-stop"] as const;

/** One of them. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Something that is to go wrong. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** Milliseconds after the beginning. */
  readonly atMs: number;
  readonly lastsMs: number;
  /** Whom it meets, of faults of gateways. */
  readonly gateway: number;
}

/** Something that went wrong, on the clock of `performance`. */
export interface Fault extends PlannedFault {
  readonly from: number;
  /** When Redis answered again, or the gateway was ready again. */
  readonly to: number;
}

const FIRST_AT_MS = 3_000;
/** Between two faults: time to recover, and a stretch in which all has to be right. */
const MIN_GAP_MS = 6_000;
const MAX_GAP_MS = 8_000;
/** How long each lasts, in milliseconds. */
const LASTS: Readonly<Record<FaultKind, readonly [min: number, max: number]>> = {
  "redis-kill": [300, 4_000],
  "redis-stop": [3_000, 8_000],
  "redis-empty": [300, 2_000],
  "gateway-kill": [300, 2_000],
  "gateway-stop": [3_000, 10_000],
};

/** Plans faults one after the other, every kind as often as the others, in an order by chance, until `durationMs` is over. */
export function planFaults(options: {
  kinds: readonly FaultKind[];
  gateways: number;
  durationMs: number;
  random: Random;
}): PlannedFault[] {
  const { kinds, gateways, durationMs, random } = options;
  const planned: PlannedFault[] = [];
  let left: FaultKind[] = [];
  for (let atMs = FIRST_AT_MS; kinds.length > 0; ) {
    if (left.length === 0) left = [...kinds];
    const [kind] = left.splice(Math.floor(random() * left.length), 1);
    if (kind === undefined) break;
    const [min, max] = LASTS[kind];
    const lastsMs = Math.round(min + random() * (max - min));
    const gateway = Math.floor(random() * gateways);
    if (atMs + lastsMs > durationMs) break;
    planned.push({ kind, atMs: Math.round(atMs), lastsMs, gateway });
    atMs += lastsMs + MIN_GAP_MS + random() * (MAX_GAP_MS - MIN_GAP_MS);
  }
  return planned;
}

/** Has the faults happen, and gives what came of them. */
export async function runFaults(options: {
  planned: readonly PlannedFault[];
  group: GatewayGroup;
  redis: RedisServer | undefined;
  say: (line: string) => void;
}): Promise<Fault[]> {
  const { planned, group, redis, say } = options;
  const startedAt = performance.now();
  const faults: Fault[] = [];
  for (const fault of planned) {
    const { kind, atMs, lastsMs } = fault;
    const gateway = group.all[fault.gateway];
    const isOfRedis = kind.startsWith("redis");
    // One that took longer than planned puts the next ones off: they need their distance.
    const previous = faults.at(-1);
    const soonest = previous ? previous.to - startedAt + MIN_GAP_MS : 0;
    await Bun.sleep(Math.max(0, Math.max(atMs, soonest) - (performance.now() - startedAt)));
    say(`${kind}${isOfRedis ? "" : ` ${fault.gateway}`} for ${lastsMs} ms`);
    const from = performance.now();
    if (isOfRedis && redis) await failRedis(fault, redis, group);
    else if (gateway) await failGateway(fault, gateway);
    const to = performance.now();
    say(`${kind} is over, ${Math.round(to - from - lastsMs)} ms later`);
    faults.push({ ...fault, from, to });
  }
  return faults;
}

async function failRedis({ kind, lastsMs }: PlannedFault, redis: RedisServer, group: GatewayGroup): Promise<void> {
  group.setRedis(false);
  if (kind === "redis-stop") {
    redis.pause();
    await Bun.sleep(lastsMs);
    redis.resume();
  } else {
    await redis.kill();
    await Bun.sleep(lastsMs);
    await redis.restart({ empty: kind === "redis-empty" });
  }
  group.setRedis(true);
}

async function failGateway({ kind, lastsMs }: PlannedFault, gateway: GroupGateway): Promise<void> {
  if (kind === "gateway-stop") {
    gateway.pause();
    await Bun.sleep(lastsMs);
    gateway.resume();
  } else {
    await gateway.kill();
    await Bun.sleep(lastsMs);
    await gateway.restart();
  }
}

import type { WorldServer } from "./world-server.ts";

/** How a run went. */
export interface Metrics {
  /** Server-seconds at a load of 0.95 or more, in per cent of all. */
  readonly overloadedServerSecondsPct: number;
  /** Admissions to a server that was so loaded at that moment, in per cent of all. */
  readonly joinsToOverloadedPct: number;
  /** Load of the most loaded server by the mean of all, the mean over the seconds. */
  readonly maxOverMean: number;
  /** Standard deviation of the servers' loads by their mean, the mean over the seconds. */
  readonly cov: number;
  /** 99th percentile of the load over all server-seconds. */
  readonly p99Load: number;
  /** Highest load of the newcomer in its first minute. */
  readonly newcomerPeak: number;
  /** Seconds after a server was killed until the others are as even as before. */
  readonly rebalanceSec: number;
  /** Joins beyond a customer's limit. */
  readonly overAdmissions: number;
  /** Rooms that were opened on a server while another live one had them. */
  readonly splitRooms: number;
  /** Admissions a second of processor time, placement and all. */
  readonly picksPerSec: number;
}

const OVERLOAD = 0.95;
/** A server that is younger is not compared with others. */
const SETTLED_MS = 120_000;

/** Takes the figures of one run that begins at `start` (epoch milliseconds). */
export function createMeasure(start: number) {
  const loads: number[] = [];
  let overloaded = 0;
  let admissions = 0;
  let admissionsToOverloaded = 0;
  let ratioSum = 0;
  let covSum = 0;
  let seconds = 0;
  let newcomer: WorldServer | undefined;
  let newcomerPeak = 0;
  let killedAt: number | undefined;
  let rebalancedAt: number | undefined;
  const covs: number[] = [];
  let picks = 0;
  let pickMs = 0;
  const loadOf = ({ clients, capacity }: WorldServer) => clients.size / capacity;

  return {
    overAdmissions: 0,
    splitRooms: 0,
    timePick<T>(pick: () => T): T {
      const begin = performance.now();
      const result = pick();
      pickMs += performance.now() - begin;
      picks++;
      return result;
    },
    noteAdmission(server: WorldServer, now: number) {
      if (now < start + 60_000) return;
      admissions++;
      if (server.isAlive && loadOf(server) >= OVERLOAD) admissionsToOverloaded++;
    },
    noteNewcomer(server: WorldServer) {
      newcomer = server;
    },
    noteKill(now: number) {
      killedAt = now;
    },
    sample(servers: readonly WorldServer[], now: number) {
      const live = servers.filter(({ isAlive }) => isAlive);
      for (const server of live) {
        const load = loadOf(server);
        loads.push(load);
        if (load >= OVERLOAD) overloaded++;
      }
      const settled = live
        .filter(({ isDraining, startedAt }) => !isDraining && (startedAt === start || now - startedAt > SETTLED_MS))
        .map(loadOf);
      const mean = settled.reduce((sum, load) => sum + load, 0) / settled.length;
      const variance = settled.reduce((sum, load) => sum + (load - mean) ** 2, 0) / settled.length;
      const cov = Math.sqrt(variance) / mean;
      const max = Math.max(...settled);
      seconds++;
      ratioSum += max / mean;
      covSum += cov;
      if (newcomer && now - newcomer.startedAt <= 60_000) newcomerPeak = Math.max(newcomerPeak, loadOf(newcomer));
      if (killedAt === undefined) covs.push(cov);
      else if (rebalancedAt === undefined && now > killedAt + 7_500) {
        const before = covs.slice(-60).reduce((sum, each) => sum + each, 0) / Math.min(60, covs.length);
        if (cov <= 1.1 * before) rebalancedAt = now;
      }
    },
    result(): Metrics {
      const sorted = loads.toSorted((a, b) => a - b);
      return {
        overloadedServerSecondsPct: (100 * overloaded) / loads.length,
        joinsToOverloadedPct: (100 * admissionsToOverloaded) / Math.max(1, admissions),
        maxOverMean: ratioSum / seconds,
        cov: covSum / seconds,
        p99Load: sorted[Math.floor(0.99 * sorted.length)] ?? 0,
        newcomerPeak,
        rebalanceSec: killedAt === undefined ? 0 : ((rebalancedAt ?? killedAt + 120_000) - killedAt) / 1000,
        overAdmissions: this.overAdmissions,
        splitRooms: this.splitRooms,
        picksPerSec: picks / (pickMs / 1000),
      };
    },
  };
}

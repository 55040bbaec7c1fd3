import { readdirSync, readFileSync } from "node:fs";

/** What the process uses of its machine; figures that this system does not offer are absent. */
export interface ProcessFigures {
  readonly userCpuSec: number;
  readonly systemCpuSec: number;
  readonly memory: number;
  readonly heap: number;
  readonly openFiles: number | undefined;
  readonly maxFiles: number | undefined;
  /** Epoch seconds. */
  readonly startTime: number;
}

const MAX_FILES = /^Max open files +(\d+)/m;

/** Looks up what the process uses now. */
export function readProcessFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    userCpuSec: user / 1e6,
    systemCpuSec: system / 1e6,
    memory: rss,
    heap: heapUsed,
    openFiles: readProc(() => readdirSync("/proc/self/fd").length),
    maxFiles: readProc(() => Number(MAX_FILES.exec(readFileSync("/proc/self/limits", "utf8"))?.[1])),
    startTime: performance.timeOrigin / 1000,
  };
}

/** Linux alone has /proc, and "unlimited" is no number. */
function readProc(read: () => number): number | undefined {
  try {
    const value = read();
    return Number.isNaN(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface Usage {
  /** Of all threads, in microseconds; the system counts in hundredths of a second. */
  readonly cpuUs: number;
  /** Of the main thread alone. */
  readonly mainUs: number;
  readonly rssBytes: number;
}

const US_PER_TICK = 10_000;

/** Reads from /proc what a process has used. */
export function readUsage(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuUs: readCpuUs(`/proc/${pid}/stat`),
    mainUs: readCpuUs(`/proc/${pid}/task/${pid}/stat`),
    rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024,
  };
}

function readCpuUs(file: string): number {
  const text = readFileSync(file, "utf8");
  // The name, in parentheses, may have spaces in it; what follows begins with field 3. Source: proc(5).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

import type { Scenario } from "../sim/scenario.ts";
import type { Io } from "./io.ts";

const INTERVAL_MS = 1_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Shows a line of its own about something that happened after so many seconds, which stays where it is. */
export function showLine(seconds: number, line: string, io: Io): void {
  io.out(`${io.isTerminal ? CLEAR_LINE : ""}${toTime(seconds)}  ${line}\n`);
}

function toTime(seconds: number): string {
  return `${String(seconds).padStart(4)} s`;
}

/** Shows a line about the scenario every second, on a terminal always the same one, until disposed. */
export function showProgress(scenario: Scenario, io: Io): Disposable {
  let seconds = 0;
  let joinsBefore = 0;
  const timer = io.clock.every(INTERVAL_MS, () => {
    seconds++;
    const { rooms, peers, minLoad, maxLoad, joins, refused, lost, lastError } = scenario.stats();
    const percent = (load: number) => `${(load * 100).toFixed(1)} %`;
    const line = [
      toTime(seconds),
      `servers ${scenario.servers.length}`,
      `rooms ${rooms}`,
      `peers ${peers}`,
      `load ${percent(minLoad)} to ${percent(maxLoad)}`,
      `joins ${joins} (${joins - joinsBefore}/s)`,
      `refused ${refused}`,
      ...(lost > 0 ? [`lost ${lost}`] : []),
      ...(refused + lost > 0 && lastError !== undefined ? [`last error: ${lastError}`] : []),
    ].join("  ");
    joinsBefore = joins;
    io.out(io.isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`);
  });
  return {
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      if (io.isTerminal) io.out("\n");
    },
  };
}

import type { Io } from "../../src/cli/io.ts";
import { systemClock } from "../../src/clock.ts";

/** The Io of a process whose output nobody reads, and which no signal reaches, but for what is given. */
export function createSilentIo(given: Partial<Io> & Pick<Io, "stopped">): Io {
  const nothing = { [Symbol.dispose]() {} };
  return {
    out() {},
    err() {},
    env: {},
    cwd: "/",
    isTerminal: false,
    columns: () => undefined,
    clock: systemClock,
    onHangup: () => nothing,
    onStrayError() {},
    onUpgrade: () => nothing,
    finish() {},
    ...given,
  };
}

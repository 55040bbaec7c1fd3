import type { Logger } from "../log.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import { relaunch } from "./relaunch.ts";
import { askToGiveWay, offerTakeover, type Predecessor, type TakeoverOffer } from "./takeover.ts";

/** How long the process that runs may take to give way, and the new one to serve after that. */
export const TAKEOVER_DEADLINE_MS = 30_000;

/** The gateway to take over from, if there is one; throws a CommandError if it does not give way. */
export async function findPredecessor(
  stateDir: string,
  log: Logger,
): Promise<Extract<Predecessor, { outcome: "accepted" }> | undefined> {
  const predecessor = await askToGiveWay(stateDir);
  if (predecessor.outcome === "accepted") return predecessor;
  if (predecessor.outcome === "refused") {
    throw new CommandError(
      EXIT.temporary,
      `the gateway that uses the state folder ${stateDir} does not give way: ${predecessor.reason}`,
    );
  }
  log.warning("there is no gateway to take over from", { stateDir });
  return undefined;
}

/** Has a new process take over whenever that is asked for; one that cannot ends, and this one goes on. */
export function createUpgrade(
  io: Pick<Io, "onUpgrade">,
  log: Logger,
  start: () => Promise<number> = () => relaunch("--takeover"),
): Disposable {
  let isUnderWay = false;
  return io.onUpgrade(async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    log.info("asked to have a new process take over: starting it");
    const code = await start();
    isUnderWay = false;
    log.error("the new process ended before it had taken over, this one goes on", { exitCode: code });
  });
}

/** Offers to give way, unless there is no place for a socket: then nobody can take over, which is worth a warning. */
export function tryToOfferTakeover(
  stateDir: string,
  log: Logger,
  mayAsk: () => Promise<string | undefined>,
): TakeoverOffer {
  try {
    return offerTakeover(stateDir, mayAsk);
  } catch (error) {
    log.warning("no other process can take over from this one: there is no place for a socket", {
      stateDir,
      reason: error instanceof Error ? error.message : String(error),
    });
    return { successor: new Promise(() => {}), [Symbol.dispose]() {} };
  }
}

import type { ResolvedConfig } from "../config/load.ts";
import type { KeptState } from "../hosted-fleet.ts";
import type { Logger } from "../log.ts";
import { readState } from "../store/state-file.ts";
import { lockState } from "../store/state-lock.ts";
import { createStateWriter } from "../store/state-writer.ts";
import { CommandError, EXIT } from "./io.ts";

/** A state of more groups is a large one. */
const FEW_GROUPS = 100;

/** Makes this process the only one that uses the state folder, until disposed; throws a CommandError if another does. */
export function holdState({ stateDir }: Pick<ResolvedConfig, "stateDir">, log: Logger): Disposable {
  const lock = lockState(stateDir);
  if (lock.outcome === "held") return lock;
  if (lock.outcome === "taken") {
    throw new CommandError(
      EXIT.temporary,
      `another gateway, process ${lock.holder}, uses the state folder ${stateDir}`,
    );
  }
  log.warning("the state folder cannot be locked, so nothing keeps a second gateway from using it", {
    stateDir,
    reason: lock.reason,
  });
  return { [Symbol.dispose]() {} };
}

/** Reads what the state folder keeps, and gets ready to keep more. The folder is to be held. */
export function openState({ stateDir }: Pick<ResolvedConfig, "stateDir">, log: Logger): KeptState {
  const { file, saved, warning, isUnread } = readState(stateDir, `unusable-${Date.now()}`);
  if (warning !== undefined) log.warning("the kept state is not as it should be", { file, reason: warning });
  // A large state is worth compiling for, which the binary is reluctant to do at its start.
  if (saved.groups.count > FEW_GROUPS) Bun.unsafe.setJITPolicy(1);
  return { saved, writer: createStateWriter({ file, isUnread }) };
}

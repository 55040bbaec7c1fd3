/** How a gateway stands to the state that it shares. */
export interface Standing {
  /**
   * `joining` at the start; `rejoining` for a moment after the connection was lost, and when it is back; `alone` when it is
   * lost for longer.
   */
  readonly mode: "joining" | "joined" | "rejoining" | "alone";
  /** Why it is not joined. */
  readonly reason: string | undefined;
}

/** Keeps how a gateway stands. To be disposed. */
export interface StandingKeeper extends Disposable {
  readonly now: () => Standing;
  /** Whether the shared state can be asked; one that is being joined is waited for, a moment. */
  readonly isJoined: () => boolean | Promise<boolean>;
  /** There is a connection, and this gateway begins to catch up. */
  readonly connected: () => void;
  readonly joined: () => void;
  /** The connection is lost, or could not be made. */
  readonly lost: (reason: string) => void;
  /** What there is cannot be joined. */
  readonly failed: (reason: string) => void;
}

/** How long after a connection was lost this gateway waits for another one before it goes on alone. */
const PATIENCE_MS = 1_000;
/** How long a call waits for the shared state to be joined. */
const JOIN_MS = 2_000;

/** Creates the keeper; `onChange` is told of every other mode, with the one before. */
export function createStanding(onChange: (next: Standing, before: Standing["mode"]) => void): StandingKeeper {
  let standing: Standing = { mode: "joining", reason: undefined };
  let outcome = Promise.withResolvers<boolean>();
  let patience: ReturnType<typeof setTimeout> | undefined;

  const isWaiting = () => standing.mode === "joining" || standing.mode === "rejoining";

  function set(mode: Standing["mode"], reason: string | undefined): void {
    const { mode: before } = standing;
    standing = { mode, reason };
    if (isWaiting()) {
      if (before === "joined" || before === "alone") outcome = Promise.withResolvers();
    } else {
      clearTimeout(patience);
      patience = undefined;
      outcome.resolve(mode === "joined");
    }
    if (mode !== before) onChange(standing, before);
  }

  return {
    now: () => standing,
    isJoined: () =>
      isWaiting() ? Promise.race([outcome.promise, Bun.sleep(JOIN_MS).then(() => false)]) : standing.mode === "joined",
    connected() {
      if (standing.mode === "alone") set("rejoining", standing.reason);
    },
    joined: () => set("joined", undefined),
    lost(reason) {
      if (standing.mode === "joined") {
        set("rejoining", reason);
        patience = setTimeout(() => set("alone", reason), PATIENCE_MS);
      } else if (patience === undefined) set("alone", reason);
    },
    failed: (reason) => set("alone", reason),
    [Symbol.dispose]: () => clearTimeout(patience),
  };
}

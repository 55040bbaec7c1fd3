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
  /** Whether the shared state can be asked at the moment, by those who catch up with what they ask about. */
  readonly isOpen: () => boolean;
  /** The same, with what `catchUp` catches up with; one that is being joined is waited for, a moment: a shorter one by who has waited. */
  readonly canAsk: (catchUp: () => Promise<unknown>, hasWaited?: boolean) => boolean | Promise<boolean>;
  /** Whether all of it is joined; waits a moment as well. */
  readonly isJoined: () => boolean | Promise<boolean>;
  /** There is a connection, and this gateway begins to catch up. */
  readonly connected: () => void;
  /** It can catch up with any customer now. */
  readonly opened: () => void;
  /** It has caught up with all. */
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
/** The same for one that has waited for an answer before, until the connection was lost. */
const JOIN_AGAIN_MS = 1_000;

/** What is waited for; it comes to nothing when this gateway goes on alone. */
type Outcome = PromiseWithResolvers<boolean>;

/** Creates the keeper; `onChange` is told of every other mode, with the one before. */
export function createStanding(onChange: (next: Standing, before: Standing["mode"]) => void): StandingKeeper {
  let standing: Standing = { mode: "joining", reason: undefined };
  let isOpen = false;
  let opening: Outcome = Promise.withResolvers();
  let joining: Outcome = Promise.withResolvers();
  let patience: ReturnType<typeof setTimeout> | undefined;

  const isWaiting = () => standing.mode === "joining" || standing.mode === "rejoining";

  function set(mode: Standing["mode"], reason: string | undefined): void {
    const { mode: before } = standing;
    standing = { mode, reason };
    if (!isWaiting()) {
      clearTimeout(patience);
      patience = undefined;
      open(mode === "joined");
      joining.resolve(mode === "joined");
    } else if (before === "joined" || before === "alone") {
      isOpen = false;
      opening = Promise.withResolvers();
      joining = Promise.withResolvers();
    }
    if (mode !== before) onChange(standing, before);
  }

  function open(can: boolean): void {
    isOpen = can;
    opening.resolve(can);
  }

  async function tryToAsk(catchUp: () => Promise<unknown>): Promise<boolean> {
    for (;;) {
      const { promise } = opening;
      if (!(await promise)) return false;
      const hasCaughtUp = await catchUp().then(
        () => true,
        () => false,
      );
      // The connection may have been lost meanwhile, and another one be on its way.
      if (hasCaughtUp || promise === opening.promise) return hasCaughtUp;
    }
  }

  return {
    now: () => standing,
    isOpen: () => isOpen,
    canAsk: (catchUp, hasWaited) =>
      isWaiting() ? inTime(tryToAsk(catchUp), hasWaited ? JOIN_AGAIN_MS : JOIN_MS) : standing.mode === "joined",
    isJoined: () => (isWaiting() ? inTime(joining.promise, JOIN_MS) : standing.mode === "joined"),
    connected() {
      clearTimeout(patience);
      patience = undefined;
      if (standing.mode === "alone") set("rejoining", standing.reason);
    },
    opened: () => open(true),
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

function inTime(outcome: Promise<boolean>, ms: number): Promise<boolean> {
  return Promise.race([outcome, Bun.sleep(ms).then(() => false)]);
}

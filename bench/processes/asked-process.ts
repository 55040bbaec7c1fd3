import type { Children } from "./children.ts";

/** A process of ours that does what it is asked, one thing after the other. */
export interface AskedProcess<Order, Result> extends AsyncDisposable {
  /** Rejects with what the process threw, or if it takes longer than five minutes. */
  readonly ask: (order: Order) => Promise<Result>;
}

/** What goes back for an order. */
interface Reply<Result> {
  readonly result?: Result;
  readonly error?: string;
}

const DEADLINE_MS = 300_000;

/** Starts a process that runs a file in which `answerOrders` is called. */
export function startAskedProcess<Order, Result>(children: Children, file: URL): AskedProcess<Order, Result> {
  let waiting: PromiseWithResolvers<Result> | undefined;
  const child = Bun.spawn([process.execPath, file.pathname], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    serialization: "advanced",
    ipc({ result, error }: Reply<Result>) {
      if (result === undefined) waiting?.reject(new Error(error));
      else waiting?.resolve(result);
    },
    onExit: () => waiting?.reject(new Error(`${file.pathname} has ended`)),
  });
  children.adopt(child);
  return {
    async ask(order) {
      const asked = Promise.withResolvers<Result>();
      waiting = asked;
      const late = () => asked.reject(new Error(`${file.pathname} took more than ${DEADLINE_MS / 1_000} s`));
      const timer = setTimeout(late, DEADLINE_MS);
      child.send(order);
      try {
        return await asked.promise;
      } finally {
        clearTimeout(timer);
        waiting = undefined;
      }
    },
    [Symbol.asyncDispose]: () => children.end(child),
  };
}

/** Answers the orders of the process that started this one, and ends with it. */
export function answerOrders<Order, Result>(carryOut: (order: Order) => Promise<Result>): void {
  const reply = (message: Reply<Result>) => void process.send?.(message);
  process.on("disconnect", () => process.exit());
  process.on("message", (message) => {
    carryOut(message as Order).then(
      (result) => reply({ result }),
      (error: Error) => reply({ error: error.message }),
    );
  });
}

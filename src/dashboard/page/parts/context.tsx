import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Action } from "../model/action.ts";
import type { Live } from "../model/live.ts";
import type { Call } from "../model/rpc.ts";
import type { Store } from "../model/store.ts";

/** What every part of the page can use. */
export interface Tools {
  readonly live: Store<Live>;
  readonly call: Call;
  /** Asks whether to do it, and does it if so. */
  readonly ask: (action: Action) => void;
  /** The gateway's clock, epoch milliseconds, as it was when the last second began: all that counts seconds moves at once. */
  readonly second: Store<number>;
}

/** Holds the tools. */
export const ToolsContext = createContext<Tools | undefined>(undefined);

/** The tools; throws outside of the page. */
export function useTools(): Tools {
  const tools = useContext(ToolsContext);
  if (tools === undefined) throw new Error("this part stands outside of the page");
  return tools;
}

/** What is picked out of the store; the component is drawn again when that is another value. */
export function useStore<T, P>(store: Store<T>, pick: (value: T) => P): P {
  const [, redraw] = useState(0);
  const picked = pick(store.get());
  useEffect(() => {
    let last = picked;
    const check = () => {
      const next = pick(store.get());
      if (Object.is(next, last)) return;
      last = next;
      redraw((count) => count + 1);
    };
    check();
    return store.subscribe(check);
  }, [store]);
  return picked;
}

/** What is picked out of what is known live. */
export function useLive<P>(pick: (live: Live) => P): P {
  return useStore(useTools().live, pick);
}

/** The gateway's clock, drawn again every second. */
export function useNow(): number {
  return useStore(useTools().second, (now) => now);
}

import type { FeedServer } from "../../feed.ts";
import { drainAction, forgetAction, undrainAction } from "../model/actions.ts";
import { countOthers } from "../model/fleet-state.ts";
import { useTools } from "./context.tsx";

/** What can be done with a server in its state; all of it asks first. */
export function ServerButtons({
  server,
  isLarge = false,
}: {
  readonly server: FeedServer;
  readonly isLarge?: boolean;
}) {
  const { ask, live } = useTools();
  const { endpoint, state } = server;
  const drain = (initial: "stay" | "now") => {
    const { fleet } = live.get();
    ask(drainAction(server, fleet === undefined ? 0 : countOthers(fleet, server), initial));
  };
  const isSilent = state === "disabled" || state === "registered";
  return (
    <span class="buttons">
      {isLarge && !isSilent && server.rooms > 0 && (
        <button type="button" class="primary" onClick={() => drain("now")}>
          Move players off …
        </button>
      )}
      {isSilent && (
        <button type="button" aria-label={`Forget ${endpoint}`} onClick={() => ask(forgetAction(server))}>
          Forget …
        </button>
      )}
      {state === "draining" ? (
        <button type="button" aria-label={`Undrain ${endpoint}`} onClick={() => ask(undrainAction(server))}>
          Undrain …
        </button>
      ) : (
        (isLarge || !isSilent) && (
          <button type="button" aria-label={`Drain ${endpoint}`} onClick={() => drain("stay")}>
            Drain …
          </button>
        )
      )}
      {isLarge && isSilent && server.drainUntilMs !== null && (
        <button type="button" onClick={() => ask(undrainAction(server))}>
          Undrain …
        </button>
      )}
    </span>
  );
}

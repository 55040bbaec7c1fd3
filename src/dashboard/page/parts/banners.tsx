import { formatDateTime } from "../model/format.ts";
import { useLive } from "./context.tsx";
import { Icon } from "./icons.tsx";

/** What has to be known on every view: that players cannot be served, and that the config on disk is not the one in force. */
export function Banners() {
  const unready = useLive(({ fleet }) => fleet?.unready.join("; ") ?? "");
  const reload = useLive(({ fleet }) => fleet?.reload ?? null);
  return (
    <>
      {unready !== "" && (
        <p class="banner bad" role="alert">
          <Icon name="warning" />
          <span>
            <strong>Not ready: players are turned away.</strong> The reason: {unready}.
          </span>
        </p>
      )}
      {reload?.outcome === "failed" && (
        <div class="banner warn" role="alert">
          <Icon name="warning" />
          <span>
            <strong>The config could not be reloaded</strong> at {formatDateTime(reload.at)}; what was in force stays in
            force. <a href="#/config">See the config</a>
            {reload.reason !== null && <pre>{reload.reason}</pre>}
          </span>
        </div>
      )}
    </>
  );
}

import { findClosedPools, tellClosedPool } from "../model/closed-pools.ts";
import { formatDateTime, formatDuration } from "../model/format.ts";
import { toHash } from "../model/route.ts";
import { tellFailing } from "../model/webhook-list.ts";
import { useLive, useNow, useTools } from "./context.tsx";
import { Icon } from "./icons.tsx";

/** What has to be known on every view: that players are not served, that the config on disk is not in force, and that nobody hears of it. */
export function Banners() {
  const unready = useLive(({ fleet }) => fleet?.unready.join("; ") ?? "");
  const reload = useLive(({ fleet }) => fleet?.reload ?? null);
  const isConnected = useLive((live) => live.isConnected);
  return (
    <>
      {!isConnected && <Lost />}
      {unready !== "" && (
        <p class="banner bad" role="alert">
          <Icon name="warning" />
          <span>
            <strong>Not ready: players are turned away.</strong> The reason: {unready}.
          </span>
        </p>
      )}
      <ClosedPools />
      <FailingWebhooks />
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

/** One banner for each, which is read out when its pool is closed. */
function ClosedPools() {
  const servers = useLive(({ fleet }) => fleet?.servers);
  const pools = useLive(({ fleet }) => fleet?.pools);
  if (servers === undefined || pools === undefined) return null;
  return findClosedPools({ pools, servers }).map((pool) => (
    <p key={pool} class="banner bad" role="alert">
      <Icon name="warning" />
      <span>
        <strong>{tellClosedPool(pool)}</strong> <a href={toHash("fleet", { pool })}>See its servers</a>
      </span>
    </p>
  ));
}

/** One banner for each, of which is read out what does not change by the second. */
function FailingWebhooks() {
  const webhooks = useLive(({ fleet }) => fleet?.webhooks) ?? [];
  return tellFailing(webhooks).map(({ webhook, headline, detail }) => (
    <p key={webhook} class="banner warn">
      <Icon name="warning" />
      <span>
        <strong role="alert">{headline}</strong> {detail} <a href="#/config">See the webhooks</a>
      </span>
    </p>
  ));
}

/** A page that has just been opened has its first seconds for itself. */
const PATIENCE_MS = 3_000;

function Lost() {
  useNow();
  const { fleet, heardAt } = useTools().live.get();
  const lostMs = Date.now() - heardAt;
  if (fleet === undefined && lostMs < PATIENCE_MS) return null;
  return (
    <p class="banner bad">
      <Icon name="warning" />
      <span>
        <strong>Not connected for {formatDuration(lostMs)}.</strong> What is shown is as old. The page connects again by
        itself; if it does not, reload it, as you may have to sign in again.
      </span>
    </p>
  );
}

import type { ComponentChildren } from "preact";
import type { FeedTick } from "../../feed.ts";
import { findClosedPools } from "../model/closed-pools.ts";
import type { FleetState } from "../model/fleet-state.ts";
import { formatCount, formatLatency, formatRate } from "../model/format.ts";
import { toHash } from "../model/route.ts";
import { STATE_LOOKS, STATES } from "../model/server-states.ts";
import { countRefusals, meanOf, worstP99 } from "../model/ticks.ts";
import { useLive } from "./context.tsx";
import { Sparkline } from "./figures.tsx";
import { Icon } from "./icons.tsx";

/** Seconds over which a rate is meant, so that it can be read. */
const RATE_SEC = 5;
const CURVE_SEC = 60;

/** The fleet in a few figures. */
export function Totals() {
  const fleet = useLive(({ fleet }) => fleet);
  if (fleet === undefined) return null;
  const { totals, ticks } = fleet;
  const readiness = tellReadiness(fleet);
  const refusals = meanOf(ticks, RATE_SEC, countRefusals);
  const count = STATES.reduce((sum, state) => sum + totals.servers[state], 0);
  return (
    <dl class="totals">
      <Tile name="Gateway">
        <span class={`ready ${readiness === "ready" ? "good" : "bad"}`}>
          <Icon name={readiness === "ready" ? "check" : "warning"} />
          {readiness}
        </span>
      </Tile>
      <Tile name="Servers" class="wide">
        <strong>{formatCount(count)}</strong>
        <ul class="states">
          {STATES.filter((state) => totals.servers[state] > 0).map((state) => (
            <li key={state}>
              <a class={`state ${STATE_LOOKS[state].tone}`} href={toHash("fleet", { state })}>
                <Icon name={state} />
                {formatCount(totals.servers[state])} {STATE_LOOKS[state].word}
              </a>
            </li>
          ))}
        </ul>
      </Tile>
      <Curve name="Rooms" value={formatCount(totals.rooms)} ticks={ticks} of={({ rooms }) => rooms} />
      <Curve name="Players" value={formatCount(totals.peers)} ticks={ticks} of={({ peers }) => peers} />
      <Curve
        name="Joins/s"
        value={formatRate(meanOf(ticks, RATE_SEC, ({ joins }) => joins))}
        ticks={ticks}
        of={({ joins }) => joins}
      />
      <Curve
        name="Refusals/s"
        value={formatRate(refusals)}
        ticks={ticks}
        of={countRefusals}
        tone={refusals > 0 ? "warn" : undefined}
      />
      <Curve
        name="Connect p99"
        value={formatLatency(worstP99(ticks, RATE_SEC))}
        ticks={ticks}
        of={({ p99Ms }) => p99Ms ?? 0}
      />
    </dl>
  );
}

function tellReadiness(fleet: FleetState): string {
  if (fleet.unready.length > 0) return "not ready";
  const closed = findClosedPools(fleet).length;
  return closed > 0 && closed === fleet.pools.length ? "no new rooms" : "ready";
}

function Tile(props: { name: string; class?: string | undefined; children: ComponentChildren }) {
  return (
    <div class={`tile ${props.class ?? ""}`}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Curve(props: {
  name: string;
  value: string;
  ticks: readonly FeedTick[];
  of: (tick: FeedTick) => number;
  tone?: string | undefined;
}) {
  const { name, value, ticks, of, tone } = props;
  return (
    <Tile name={name} class={tone}>
      <strong>{value}</strong>
      <Sparkline values={ticks.slice(-CURVE_SEC).map(of)} slots={CURVE_SEC} />
    </Tile>
  );
}

import { formatCount, formatDuration, formatLatency, formatRate } from "../model/format.ts";
import { listReasons, meanOf, tellReason } from "../model/ticks.ts";
import { Chart, type Curve } from "../parts/chart.tsx";
import { useLive } from "../parts/context.tsx";
import { toWidth } from "../parts/figures.tsx";
import { Heading, Loading, Section } from "../parts/frame.tsx";

/** More reasons than can be told apart are put together. */
const MAX_REASONS = 5;

/** The last five minutes as curves. */
export function ChartsView() {
  const ticks = useLive(({ fleet }) => fleet?.ticks);
  const latest = ticks?.at(-1);
  if (ticks === undefined || latest === undefined)
    return (
      <>
        <Heading title="Charts" />
        <Loading />
      </>
    );
  const times = ticks.map(({ at }) => at / 1_000);
  const reasons = listReasons(ticks);
  const shown = reasons.slice(0, MAX_REASONS);
  const rest = reasons.slice(MAX_REASONS);
  const refusals: Curve[] = shown.map((reason, index) => ({
    label: tellReason(reason),
    color: index + 1,
    values: ticks.map((tick) => tick.refusals[reason] ?? 0),
  }));
  if (rest.length > 0)
    refusals.push({
      label: "others",
      color: 6,
      values: ticks.map((tick) => rest.reduce((sum, reason) => sum + (tick.refusals[reason] ?? 0), 0)),
    });
  return (
    <>
      <Heading title="Charts">
        <p class="muted">The last {formatDuration(ticks.length * 1_000)}, second by second.</p>
      </Heading>
      <div class="charts">
        <Section title="Joins per second">
          <Chart
            times={times}
            format={formatRate}
            told={`${formatRate(meanOf(ticks, 5, ({ joins }) => joins))} joins per second now.`}
            curves={[{ label: "joins/s", color: 1, isFilled: true, values: ticks.map(({ joins }) => joins) }]}
          />
        </Section>
        <Section title="Refusals per second, by reason">
          {refusals.length === 0 ? (
            <p class="empty">Nobody was refused.</p>
          ) : (
            <Chart
              times={times}
              format={formatRate}
              told={`Refused: ${shown.map(tellReason).join(", ")}.`}
              curves={refusals}
            />
          )}
        </Section>
        <Section title="How long a Connect takes">
          <Chart
            times={times}
            format={formatLatency}
            told={`Median ${formatLatency(latest.p50Ms)}, 99th percentile ${formatLatency(latest.p99Ms)}.`}
            curves={[
              { label: "p50", color: 1, values: ticks.map(({ p50Ms }) => p50Ms) },
              { label: "p99", color: 2, values: ticks.map(({ p99Ms }) => p99Ms) },
            ]}
          />
        </Section>
        <Section title="Servers by load">
          <Histogram counts={latest.loads} />
        </Section>
        <Section title="Players">
          <Chart
            times={times}
            format={formatCount}
            told={`${formatCount(latest.peers)} players are there, ${formatCount(latest.pending)} are on their way.`}
            curves={[
              { label: "players", color: 1, isFilled: true, values: ticks.map(({ peers }) => peers) },
              { label: "on their way", color: 2, values: ticks.map(({ pending }) => pending) },
            ]}
          />
        </Section>
        <Section title="Rooms">
          <Chart
            times={times}
            format={formatCount}
            told={`${formatCount(latest.rooms)} rooms.`}
            curves={[{ label: "rooms", color: 3, isFilled: true, values: ticks.map(({ rooms }) => rooms) }]}
          />
        </Section>
      </div>
    </>
  );
}

/** How many servers have which load. */
function Histogram({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <ol class="histogram">
      {counts.map((count, index) => (
        <li key={toRange(index)} class={index >= 9 ? "high" : ""}>
          <span class="range">{toRange(index)}</span>
          <span class="rail" aria-hidden="true">
            <span class="fill" style={{ width: toWidth(count / most) }} />
          </span>
          <span class="number">
            {formatCount(count)}
            <span class="hidden"> servers</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

function toRange(index: number): string {
  return index >= 10 ? "1.0 and more" : `${(index / 10).toFixed(1)} to ${((index + 1) / 10).toFixed(1)}`;
}

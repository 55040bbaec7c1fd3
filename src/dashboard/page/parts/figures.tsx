import { useMemo } from "preact/hooks";
import { formatDuration, formatLoad } from "../model/format.ts";
import { useNow } from "./context.tsx";

const WIDTH = 100;
const HEIGHT = 24;

/** A small curve of the last values; `max` is the top of the scale, if that is known. */
export function Sparkline({ values, slots, max }: CurveProps) {
  return useMemo(() => <Curve values={values} slots={slots} max={max} />, [values, slots, max]);
}

interface CurveProps {
  readonly values: readonly number[];
  /** Values for which there is room; the last one stands at the right. */
  readonly slots: number;
  readonly max?: number | undefined;
}

function Curve(props: CurveProps) {
  const { values, slots, max = Math.max(1e-9, ...props.values) } = props;
  if (values.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const x = (index: number) => (((slots - values.length + index) * WIDTH) / (slots - 1)).toFixed(1);
  const y = (value: number) => (HEIGHT - 1 - (Math.min(value, max) / max) * (HEIGHT - 3)).toFixed(1);
  const line = values.map((value, index) => `${index === 0 ? "M" : "L"}${x(index)} ${y(value)}`).join("");
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`${line}L${WIDTH} ${HEIGHT}L${x(0)} ${HEIGHT}Z`} />
      <path class="line" d={line} />
    </svg>
  );
}

/** A load as a bar, with a mark where it will be once everybody is there who is on the way. */
export function LoadBar({ load, estimate, tone }: { load: number; estimate: number; tone: string }) {
  return (
    <span class="load">
      <span class={`bar ${tone}`} aria-hidden="true">
        <span class="fill" style={{ width: toWidth(load) }} />
        <span class="mark" style={{ left: toWidth(estimate) }} />
      </span>
      <span class="number">{formatLoad(load)}</span>
      <span class="estimate" title="estimate: load once everybody is there who is on the way">
        <span aria-hidden="true">→ </span>
        <span class="hidden">, estimate </span>
        {formatLoad(estimate)}
      </span>
    </span>
  );
}

/** A use against its limit. */
export function UseBar({ used, limit }: { used: number; limit: number }) {
  const share = limit === 0 ? 1 : used / limit;
  return (
    <span class={`bar ${share >= 1 ? "bad" : share >= 0.8 ? "warn" : "good"}`} aria-hidden="true">
      <span class="fill" style={{ width: toWidth(share) }} />
    </span>
  );
}

/** Time since then, which goes on. */
export function Age({ at }: { readonly at: number }) {
  return <span class="number">{formatDuration(useNow() - at)}</span>;
}

/** A share of 1 as a length that stays within its box. */
export function toWidth(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(1)}%`;
}

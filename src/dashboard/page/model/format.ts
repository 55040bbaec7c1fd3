const COUNT = new Intl.NumberFormat("en");
const RATE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A whole number with thousands set apart. */
export function formatCount(value: number): string {
  return COUNT.format(Math.round(value));
}

/** A load: 1 is full. */
export function formatLoad(load: number): string {
  return load.toFixed(2);
}

/** Something per second; small rates keep a digit behind the point. */
export function formatRate(perSecond: number): string {
  return perSecond < 10 ? RATE.format(perSecond) : formatCount(perSecond);
}

/** A latency in milliseconds, with three digits that matter; a dash if there is none. */
export function formatLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** A share of 1 in percent. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** How long something lasts, in the unit in which people would say it. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < MINUTE_MS) return `${Math.floor(value / SECOND_MS)} s`;
  if (value < HOUR_MS) return `${Math.floor(value / MINUTE_MS)} min`;
  if (value < DAY_MS) return withRest(value, HOUR_MS, "h", MINUTE_MS, "min");
  return withRest(value, DAY_MS, "d", HOUR_MS, "h");
}

function withRest(value: number, unitMs: number, unit: string, restMs: number, restUnit: string): string {
  const rest = Math.floor((value % unitMs) / restMs);
  return `${Math.floor(value / unitMs)} ${unit}${rest > 0 ? ` ${rest} ${restUnit}` : ""}`;
}

/** Hours and minutes where the reader is; with the day if it is another one than `now`'s. */
export function formatClock(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return new Date(nowMs).toDateString() === at.toDateString() ? time : `${toDay(at)} ${time}`;
}

/** Day and time to the second where the reader is. */
export function formatDateTime(at: number | string): string {
  const date = new Date(at);
  return `${toDay(date)} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** So many of something: "1 room", "2 rooms". */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Characters that cannot be seen, or turn the direction of those around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A name as it can be told from others: what would not be seen in it is shown as U+FFFD. */
export function formatName(name: string): string {
  return name.replaceAll(UNSEEN, "\ufffd");
}

function toDay(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

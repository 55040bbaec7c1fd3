import type { ServerState } from "../../../fleet/census.ts";
import { STATE_LOOKS } from "../model/server-states.ts";

/** Strokes of the icons on a grid of 16. */
const PATHS = {
  enabled: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M5 8.2l2.2 2.2L11 6.2",
  full: "M3 2.5h10v11H3zM5.5 11V8M8 11V5M10.5 11V5",
  draining: "M8 2v8M4.5 7L8 10.5L11.500 7M2.500 13.500h11",
  disabled: "M8 1.500L14.500 8L8 14.500L1.500 8zM8 5v3.500M8 10.800v.2",
  keyless: "M5.500 7.500a3 3 0 1 0 0 6a3 3 0 0 0 0-6M7.600 8.400L13 3M10.500 5.500l2 2M2 2l12 12",
  registered: "M8 1.500v2.500M8 12v2.500M1.500 8h2.500M12 8h2.500M3.400 3.400l1.800 1.800M10.800 10.800l1.800 1.800",
  check: "M2.500 8.500l3.500 3.500l7.500-8",
  warning: "M8 2L15 14H1zM8 6.500v3.500M8 12v.2",
  sun: "M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13.500 9.500A6 6 0 1 1 6.500 2.500a5 5 0 0 0 7 7z",
  search: "M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 0 0 0-9M10.500 10.500L14 14",
  up: "M8 13V3M4 7l4-4l4 4",
  down: "M8 3v10M4 9l4 4l4-4",
  server: "M2 2.500h12v4.500H2zM2 9h12v4.500H2zM4.500 4.800h.2M4.500 11.300h.2",
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon beside a word, which is what says it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A server's state as icon, word and colour. */
export function StateBadge({ state }: { readonly state: ServerState }) {
  const { word, tone } = STATE_LOOKS[state];
  return (
    <span class={`state ${tone}`}>
      <Icon name={state} />
      {word}
    </span>
  );
}

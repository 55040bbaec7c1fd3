import { formatCount, formatLoad, formatShare } from "../model/format.ts";
import type { Candidate } from "../model/methods.ts";
import { PART_NAMES, type PartKind, tellLeftOut, tellParts, toParts } from "../model/placement-parts.ts";
import { toWidth } from "./figures.tsx";

const KINDS: readonly PartKind[] = ["load", "residue", "pending", "growth", "other"];

/** What the parts of a bar stand for. */
export function PartLegend() {
  return (
    <ul class="parts">
      {KINDS.map((kind) => (
        <li key={kind}>
          <span class={`part ${kind}`} aria-hidden="true" />
          {PART_NAMES[kind]}
        </li>
      ))}
      <li>
        <span class="limit" aria-hidden="true" />
        above this, no new rooms
      </li>
    </ul>
  );
}

/** A server's estimate as a bar of its parts. */
export function Stack({ candidate, scale }: { readonly candidate: Candidate; readonly scale: number }) {
  return (
    <span class="stack" role="img" aria-label={`Estimate ${formatLoad(candidate.estimate)}: ${tellParts(candidate)}`}>
      {toParts(candidate).map(({ kind, from, to }) => (
        <span
          key={kind}
          class={`part ${kind}`}
          title={`${PART_NAMES[kind]}: ${formatLoad(to - from)}`}
          style={{ left: toWidth(from / scale), width: toWidth((to - from) / scale) }}
        />
      ))}
      <span
        class="limit"
        title={`No new rooms above ${formatLoad(candidate.limit)}`}
        style={{ left: toWidth(candidate.limit / scale) }}
      />
    </span>
  );
}

/** A server's estimate, and its share of new rooms or why it gets none. */
export function CandidateRow(props: { readonly candidate: Candidate; readonly share: number; readonly scale: number }) {
  const { candidate, share, scale } = props;
  const reason = tellLeftOut(candidate);
  return (
    <div class={reason === undefined ? "candidate" : "candidate out"}>
      <Stack candidate={candidate} scale={scale} />
      <span class="number">{formatLoad(candidate.estimate)}</span>
      <span class="share">
        {reason === undefined ? (
          <>
            <span class="bar good" aria-hidden="true">
              <span class="fill" style={{ width: toWidth(share) }} />
            </span>
            <span class="number">{formatShare(share)}</span>
          </>
        ) : (
          <em>{reason}</em>
        )}
      </span>
      <span class="muted small">
        {formatCount(candidate.clients)} clients, {formatCount(candidate.pending)} pending
      </span>
    </div>
  );
}

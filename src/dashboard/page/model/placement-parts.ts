import type { CandidateView, LeftOut } from "../../../fleet/explain.ts";
import { formatLoad, formatMany } from "./format.ts";

/** What a part of an estimated load comes from. */
export type PartKind = "load" | "pending" | "residue" | "growth" | "other";

/** A part of an estimated load, from where to where on the scale on which 1 is full. */
export interface Part {
  readonly kind: PartKind;
  readonly from: number;
  readonly to: number;
}

/** What the parts are called. */
export const PART_NAMES: Readonly<Record<PartKind, string>> = {
  load: "reported load",
  pending: "players on their way",
  residue: "not in the load yet",
  growth: "young rooms still growing",
  other: "other gateways, own limits",
};

/** What the parts are made of. */
export type PartSource = Pick<CandidateView, "reportedLoad" | "cost" | "pending" | "residue" | "growth" | "estimate">;

const MIN_PART = 1e-4;
/** What is less would be told as 0.00. */
const MIN_TOLD = 0.005;

/**
 * The parts of which the estimate is made, one behind the other. What lags behind can be less than nothing: then it takes
 * away from the load. What is left over comes from other gateways' picks or the server's own limits.
 */
export function toParts(candidate: PartSource): Part[] {
  const { reportedLoad, cost, pending, residue, growth, estimate } = candidate;
  const sizes: [PartKind, number][] = [
    ["load", Math.max(0, reportedLoad + Math.min(0, cost * residue))],
    ["residue", Math.max(0, cost * residue)],
    ["pending", cost * pending],
    ["growth", cost * growth],
  ];
  const sum = sizes.reduce((total, [, size]) => total + size, 0);
  sizes.push(["other", estimate - sum]);
  const parts: Part[] = [];
  for (const [kind, size] of sizes) {
    if (size < MIN_PART) continue;
    const from = parts.at(-1)?.to ?? 0;
    parts.push({ kind, from, to: from + size });
  }
  return parts;
}

/** The parts in words. */
export function tellParts(candidate: PartSource): string {
  const notable = toParts(candidate).filter(({ from, to }) => to - from >= MIN_TOLD);
  const told = notable.map(({ kind, from, to }) => `${PART_NAMES[kind]} ${formatLoad(to - from)}`);
  return told.join(", ") || "nothing";
}

const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  registered: "has not reported yet",
  disabled: "is silent",
  keyless: "holds no key in force",
  draining: "is drained, so it gets no new rooms",
  tags: "does not carry the customer's tags",
  load: "is full: its estimate is above the limit",
};

/** Why the server gets no new room, in words; undefined if it may get one. */
export function tellLeftOut({ leftOut }: { readonly leftOut?: LeftOut | undefined }): string | undefined {
  return leftOut && LEFT_OUT[leftOut];
}

/** The same of several at once, the verb for one and for more; in the order in which they are told. */
const LEFT_OUT_COUNTED: readonly (readonly [LeftOut, string, string])[] = [
  ["load", "is full", "are full"],
  ["draining", "drains", "drain"],
  ["disabled", "is silent", "are silent"],
  ["keyless", "holds no key in force", "hold no key in force"],
  ["registered", "has not reported yet", "have not reported yet"],
  ["tags", "does not carry the customer's tags", "do not carry the customer's tags"],
];

/** What becomes of a new room if no server can be drawn for it, and why: those that are only full may take it. */
export function tellNoneDrawn(candidates: readonly { readonly leftOut?: LeftOut | undefined }[]): string {
  const reasons = candidates.map(({ leftOut = "load" }) => leftOut);
  const told = LEFT_OUT_COUNTED.flatMap(([reason, one, many]) => {
    const count = reasons.filter((each) => each === reason).length;
    return count === 0 ? [] : [formatMany(count, one, many)];
  }).join(", ");
  return reasons.includes("load")
    ? `goes to the server with the lowest estimate, if any may take it: none has room left (${told}).`
    : `has no server to go to, as none takes new rooms: ${told}.`;
}

/** Servers by their chance of a new room, the highest first; then those without one, the emptiest first. */
export function rankCandidates<
  T extends Pick<CandidateView, "weight" | "estimate"> & { leftOut?: LeftOut | undefined },
>(candidates: readonly T[]): { readonly candidate: T; readonly share: number }[] {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  return candidates
    .map((candidate) => ({ candidate, share: total > 0 ? candidate.weight / total : 0 }))
    .sort(
      (a, b) =>
        b.share - a.share ||
        Number(a.candidate.leftOut !== undefined) - Number(b.candidate.leftOut !== undefined) ||
        a.candidate.estimate - b.candidate.estimate,
    );
}

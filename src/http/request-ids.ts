/** Creates a source of ids that differ from each other, and from those of other gateways. `random` gives numbers in [0, 1). */
export function createRequestIds(random: () => number): () => string {
  const prefix = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, "0");
  let last = 0;
  return () => `${prefix}-${(++last).toString(36)}`;
}

/** Weights by slot, of which one can be drawn in proportion. */
export interface WeightTree {
  readonly total: () => number;
  readonly get: (slot: number) => number;
  readonly set: (slot: number, weight: number) => void;
  /** The slot on whose stretch of the line of all weights `point`, in [0, total), lies; never one without weight. */
  readonly find: (point: number) => number;
}

/**
 * Creates a binary tree of sums, in which a change and a draw take as many steps as the number of slots has binary digits.
 * All weights are 0 at first; it grows with the slots that are set.
 */
export function createWeightTree(): WeightTree {
  let size = 1;
  let sums = new Float64Array(2);

  const at = (index: number): number => sums[index] ?? 0;

  function grow(slots: number): void {
    const leaves = sums.subarray(size);
    while (size < slots) size *= 2;
    sums = new Float64Array(2 * size);
    sums.set(leaves, size);
    for (let index = size - 1; index > 0; index--) sums[index] = at(2 * index) + at(2 * index + 1);
  }

  return {
    total: () => at(1),
    get: (slot) => at(size + slot),
    set(slot, weight) {
      if (slot >= size) grow(slot + 1);
      sums[size + slot] = weight;
      for (let index = (size + slot) >> 1; index > 0; index >>= 1) sums[index] = at(2 * index) + at(2 * index + 1);
    },
    find(point) {
      let rest = point;
      let index = 1;
      while (index < size) {
        index *= 2;
        const left = at(index);
        // Rounding may leave a rest where nothing is left.
        if (rest < left || at(index + 1) === 0) continue;
        rest -= left;
        index++;
      }
      return index - size;
    },
  };
}

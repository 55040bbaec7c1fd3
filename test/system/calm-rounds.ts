/** How often a round is gone through at most. */
const MAX_ROUNDS = 8;

/**
 * Goes through rounds until so many in a row are calm; false if eight are not enough. For what an engine, an allocator or a
 * busy machine disturbs once in a while, so that no bound on a single round can be tight: a fault of our own comes again in each.
 */
export async function becomesCalm(inARow: number, isRoundCalm: () => Promise<boolean>): Promise<boolean> {
  let calm = 0;
  for (let round = 0; round < MAX_ROUNDS && calm < inARow; round++) calm = (await isRoundCalm()) ? calm + 1 : 0;
  return calm === inARow;
}

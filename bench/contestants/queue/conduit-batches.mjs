import { AsyncQueue } from '../../.cache/internals.mjs'
import { inBatches } from '../../sources/in-bursts.mjs'

/** Read in arrays, with a limit as the events of a turn have it. */
export function run(count, { burst }) {
  const limit = { maxWeight: count * 2, weigh: () => 1, isDroppable: () => true, lagged: () => -1 }
  return inBatches(new AsyncQueue({ name: 'bench', limit }), count, burst)
}

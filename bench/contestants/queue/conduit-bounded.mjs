import { AsyncQueue } from '../../.cache/internals.mjs'
import { inBursts } from '../../sources/in-bursts.mjs'

/** With a limit, as the events of a turn have it; high enough that nothing is dropped. */
export function run(count, { burst }) {
  const limit = { maxWeight: count * 2, weigh: () => 1, isDroppable: () => true, lagged: () => -1 }
  return inBursts(new AsyncQueue({ name: 'bench', limit }), count, burst)
}

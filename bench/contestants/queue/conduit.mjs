import { AsyncQueue } from '../../.cache/internals.mjs'
import { inBursts } from '../../sources/in-bursts.mjs'

export const run = (count, { burst }) => inBursts(new AsyncQueue({ name: 'bench' }), count, burst)

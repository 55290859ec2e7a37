import { inBursts } from '../../sources/in-bursts.mjs'
import { Ring } from '../../sources/ring.mjs'

export const run = (count, { burst }) => inBursts(new Ring(), count, burst)

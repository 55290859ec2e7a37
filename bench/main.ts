// `npm run bench [name…]`: runs the benchmarks, or those named.
import { compare } from './compare.js'
import { flood } from './flood.js'
import { roundTrip } from './round-trip.js'
import { turns } from './turns.js'
import { unread } from './unread.js'

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  flood: () => compare(flood),
  'round-trip': () => compare(roundTrip),
  turns: () => compare(turns),
  unread,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (names.length === 0 || names.includes(name)) await benchmark()
  }
}

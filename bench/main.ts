// `npm run bench [name…]`: runs the benchmarks, or those named.
import { type Benchmark, compare } from './compare.js'
import { execServerLoad, execServerStdio, execServerWebSocket } from './exec-server.js'
import { flood } from './flood.js'
import { roundTrip } from './round-trip.js'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  flood,
  'round-trip': roundTrip,
  'exec-server-stdio': execServerStdio,
  'exec-server-websocket': execServerWebSocket,
  'exec-server-load': execServerLoad,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue
    try {
      await compare(benchmark)
    } finally {
      await benchmark.close?.()
    }
  }
}

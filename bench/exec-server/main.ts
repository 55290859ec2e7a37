// `npm run bench:exec-server [-- name…]`: what processes write through our exec-server and through the real one.
import { type Benchmark, compare } from './compare.js'
import { execServerLoad, execServerStdio, execServerWebSocket } from './contestants.js'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  stdio: execServerStdio,
  websocket: execServerWebSocket,
  load: execServerLoad,
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

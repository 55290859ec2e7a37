// Runs thousands of turns over many threads on one real Codex, offline, and disturbs them: interrupts, aborts,
// declined commands, failures of the provider, kills of the server. Every turn must have its one outcome, and
// nothing may be left at the end. `npm run soak -- --turns N --threads N --seconds N --seed N`; exits with 1 when
// a turn is lost or wrong, or something leaks.
import { setMaxListeners } from 'node:events'
import { startModelStub, stubCodexHome } from '../src/testing/index.js'
import { scriptModel } from './soak/model.js'
import { readOptions } from './soak/options.js'
import { randomFrom } from './soak/random.js'
import { report } from './soak/report.js'
import { leakedSince, memory, resources } from './soak/resources.js'
import { SoakServer } from './soak/server.js'
import { Tally } from './soak/tally.js'
import { ThreadLoop } from './soak/thread-loop.js'

const options = readOptions(process.argv.slice(2))
const { turns, threads, seconds, seed } = options
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const before = resources()
const stub = await startModelStub()
scriptModel(stub)
const home = await stubCodexHome(stub)
const server = new SoakServer(home.env)
await server.codex()

const startedAt = performance.now()
const memoryBefore = memory()
const tally = new Tally()
const { signal } = new AbortController()
// One listener for each running turn is right; Node warns from eleven on.
setMaxListeners(threads, signal)
const isOver = () => performance.now() - startedAt > seconds * 1_000
const progress = setInterval(() => console.error(`${tally.turns} turns, ${server.kills} kills`), 10_000)
const loops = Array.from({ length: threads }, (_, index) => {
  const loop = new ThreadLoop(
    { server, tally, signal, isOver },
    `${seed}-${index}`,
    randomFrom(seed * 1_000 + index),
  )
  return loop.run(Math.ceil((turns - index) / threads))
})
await Promise.all(loops)
clearInterval(progress)

await server.close()
await stub.close()
await home.dispose()
const leaked = await leakedSince(before, signal)
process.exitCode = report({
  options,
  tally,
  kills: server.kills,
  leaked,
  unhandled,
  stubErrors: stub.errors,
  elapsedMs: performance.now() - startedAt,
  memoryBefore,
  memoryAfter: memory(),
})

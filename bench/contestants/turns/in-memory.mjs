import { setTimeout } from 'node:timers/promises'
import { Codex, memoryPair } from '../../../dist/index.js'
import { inMemoryServer } from '../../sources/in-memory-server.mjs'

const DELTAS = 8

/** Short turns of a server in this process: what the library itself does in one, and how much more when it is cold. */
export async function prepare({ pauseMs }) {
  const [near, far] = memoryPair()
  const server = await inMemoryServer(far)
  server.deltas = DELTAS
  const codex = await Codex.connect(near)
  const thread = await codex.startThread()
  const run = async (count) => {
    let turns = 0
    for (let i = 0; i < count; i += 1) {
      if (pauseMs > 0) await setTimeout(pauseMs)
      for await (const event of thread.stream('Hello')) if (event.type === 'turn.completed') turns += 1
    }
    return turns
  }
  return { run, close: () => codex.close() }
}

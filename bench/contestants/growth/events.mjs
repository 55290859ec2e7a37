import { Codex, memoryPair } from '../../../dist/index.js'
import { DELTA, firstTurns, inMemoryServer } from '../../sources/in-memory-server.mjs'

/** Turns that run at the same time on one connection, their events read with `for await`. */
export async function prepare({ threads }) {
  const [near, far] = memoryPair({ json: false })
  const server = await inMemoryServer(far)
  const codex = await Codex.connect(near)
  const opened = await Promise.all(Array.from({ length: threads }, () => codex.startThread()))
  const run = async (count) => {
    server.deltas = count / threads
    let characters = 0
    const read = async (thread) => {
      for await (const event of thread.stream('go')) {
        if (event.type === 'message.delta') characters += event.delta.length
      }
    }
    await Promise.all(opened.map(read))
    // Deltas that wait for their reader are merged: their text tells how many there were.
    return characters / DELTA.length
  }
  await firstTurns(run)
  return { run, close: () => codex.close() }
}

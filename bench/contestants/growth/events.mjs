import { Codex, memoryPair } from '../../../dist/index.js'
import { DELTA, inMemoryServer } from '../../sources/in-memory-server.mjs'

const FIRST_TURNS = 6
const FIRST_EVENTS = 9_600

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
  // The engine compiles for the first turns, and again for the next ones: that is no cost of an event.
  for (let i = 0; i < FIRST_TURNS; i += 1) await run(FIRST_EVENTS)
  return { run, close: () => codex.close() }
}

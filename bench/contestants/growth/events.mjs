import { Codex, memoryPair } from '../../../dist/index.js'
import { DELTA, inMemoryTurn } from '../../sources/in-memory-server.mjs'

/** Turns that run at the same time on one connection, their events read with `for await`. */
export async function run(count, { threads }) {
  const [near, far] = memoryPair({ json: false })
  await inMemoryTurn(far, count / threads)
  const codex = await Codex.connect(near)
  let characters = 0
  const read = async () => {
    const thread = await codex.startThread()
    for await (const event of thread.stream('go'))
      if (event.type === 'message.delta') characters += event.delta.length
  }
  await Promise.all(Array.from({ length: threads }, read))
  await codex.close()
  // Deltas that wait for their reader are merged: their text tells how many there were.
  return characters / DELTA.length
}

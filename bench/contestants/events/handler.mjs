import { lineSplitter } from '../../sources/lines.mjs'
import { startTurn } from '../../sources/start-turn.mjs'

/** The bare loop with a function that is called for each delta: no stream of events at all. */
export async function run(count) {
  let sum = 0
  await startTurn(
    count,
    lineSplitter((line) => {
      const message = JSON.parse(line)
      if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
    }),
  )
  return sum
}

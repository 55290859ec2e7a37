import { lineSplitter } from '../../sources/lines.mjs'
import { Ring } from '../../sources/ring.mjs'
import { startTurn } from '../../sources/start-turn.mjs'

/** The bare loop into a ring buffer that is read with `for await`. */
export async function run(count) {
  const ring = new Ring()
  const ended = startTurn(
    count,
    lineSplitter((line) => ring.push(JSON.parse(line))),
  ).then(() => ring.end())
  let sum = 0
  for await (const message of ring) {
    if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
  }
  await ended
  return sum
}

import { EventEmitter, on } from 'node:events'
import { lineSplitter } from '../../sources/lines.mjs'
import { startTurn } from '../../sources/start-turn.mjs'

/** The bare loop into an emitter that is read with `events.on`. */
export async function run(count) {
  const emitter = new EventEmitter()
  const events = on(emitter, 'message', { close: ['end'] })
  const ended = startTurn(
    count,
    lineSplitter((line) => emitter.emit('message', JSON.parse(line))),
  ).then(() => emitter.emit('end'))
  let sum = 0
  for await (const [message] of events) {
    if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
  }
  await ended
  return sum
}

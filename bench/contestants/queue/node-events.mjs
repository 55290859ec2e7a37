import { EventEmitter, on } from 'node:events'
import { inBursts } from '../../sources/in-bursts.mjs'

export function run(count, { burst }) {
  const emitter = new EventEmitter()
  const events = on(emitter, 'value', { close: ['end'] })
  return inBursts(
    {
      push: (value) => emitter.emit('value', value),
      end: () => emitter.emit('end'),
      async *[Symbol.asyncIterator]() {
        for await (const [value] of events) yield value
      },
    },
    count,
    burst,
  )
}

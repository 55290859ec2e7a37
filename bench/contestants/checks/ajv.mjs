import { Ajv } from 'ajv'
import { notifications } from '../../sources/notifications.mjs'

const text = { type: 'string' }
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) })
const ids = { threadId: text, turnId: text }
const schemas = {
  delta: object({
    method: { const: 'item/agentMessage/delta' },
    params: object({ ...ids, itemId: text, delta: text }),
  }),
  item: object({
    method: { const: 'item/completed' },
    params: object({ ...ids, item: object({ id: text, type: text }) }),
  }),
}

export function prepare({ kind }) {
  const isValid = new Ajv().compile(schemas[kind])
  const message = notifications[kind]
  return {
    run(count) {
      let sum = 0
      for (let i = 0; i < count; i += 1) if (isValid(message)) sum += 1
      return sum
    },
  }
}

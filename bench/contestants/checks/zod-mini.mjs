import * as z from 'zod/mini'
import { notifications } from '../../sources/notifications.mjs'

const ids = { threadId: z.string(), turnId: z.string() }
const schemas = {
  delta: z.looseObject({
    method: z.literal('item/agentMessage/delta'),
    params: z.looseObject({ ...ids, itemId: z.string(), delta: z.string() }),
  }),
  item: z.looseObject({
    method: z.literal('item/completed'),
    params: z.looseObject({ ...ids, item: z.looseObject({ id: z.string(), type: z.string() }) }),
  }),
}

export function run(count, { kind }) {
  let sum = 0
  for (let i = 0; i < count; i += 1) if (schemas[kind].safeParse(notifications[kind]).success) sum += 1
  return sum
}

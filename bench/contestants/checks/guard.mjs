import { notifications } from '../../sources/notifications.mjs'

/** Comparisons of the members that are used, by hand, and the event that is made of them. */
export function run(count, { kind }) {
  const message = notifications[kind]
  let sum = 0
  for (let i = 0; i < count; i += 1) if (check(message)) sum += 1
  return sum
}

function check(raw) {
  const { threadId, turnId, itemId, delta, item } = raw.params
  if (typeof threadId !== 'string' || typeof turnId !== 'string') return undefined
  if (raw.method === 'item/agentMessage/delta') {
    if (typeof itemId !== 'string' || typeof delta !== 'string') return undefined
    return { type: 'message.delta', threadId, turnId, itemId, delta, raw }
  }
  if (typeof item?.id !== 'string' || typeof item.type !== 'string') return undefined
  return { type: 'item.completed', threadId, turnId, itemId: item.id, item, raw }
}

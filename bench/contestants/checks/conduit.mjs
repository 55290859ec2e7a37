import { mapNotification } from '../../.cache/internals.mjs'
import { notifications } from '../../sources/notifications.mjs'

/** What the client does with each notification: it checks it and makes the event. */
export function run(count, { kind }) {
  const message = notifications[kind]
  const { threadId, turnId } = message.params
  const expected = kind === 'delta' ? 'message.delta' : 'item.completed'
  let sum = 0
  for (let i = 0; i < count; i += 1)
    if (mapNotification(message, threadId, turnId).type === expected) sum += 1
  return sum
}

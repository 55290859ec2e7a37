import type { Received } from '../protocol/index.js'
import type { ItemCompletedEvent, ItemStartedEvent, ThreadItem } from './events.js'

/** How far an item had come when it was last heard of. */
export type ItemProgress = 'open' | 'completed' | undefined

/**
 * The events that were missed of a turn's items, in the order of the items, made from how the thread tells the
 * turn: those that are over and were not told to be, and those that began unheard. The thread tells items as
 * they are now, so that their deltas are not among them.
 *
 * @param progressOf - how far an item had come for this client
 */
export function missedItemEvents(
  turn: Received.Turn,
  threadId: string,
  progressOf: (itemId: string) => ItemProgress,
): (ItemStartedEvent | ItemCompletedEvent)[] {
  // Off the wire: the types say what should be there.
  const items: unknown = turn.items
  if (!Array.isArray(items)) return []
  const isTurnOver = turn.status !== 'inProgress'
  return items.flatMap((item: ThreadItem | null) => {
    const itemId: unknown = item?.id
    if (!item || typeof itemId !== 'string' || typeof item.type !== 'string') return []
    const known = progressOf(itemId)
    const about = { threadId, turnId: turn.id, itemId, item }
    const started = known === undefined ? [{ type: 'item.started', ...about } as const] : []
    if (known === 'completed' || !(isTurnOver || isItemOver(item))) return started
    return [...started, { type: 'item.completed', ...about } as const]
  })
}

/** Whether an item of a turn that still runs is over: servers up to 0.144 do not tell, and are taken to mean no. */
function isItemOver(item: ThreadItem): boolean {
  const { completedAtMs } = item as { readonly completedAtMs?: unknown }
  return typeof completedAtMs === 'number'
}

import type { TurnEvent } from './events.js'

/**
 * Combines two streamed pieces of the same item into one, for a reader that lags behind: no text is lost.
 * Returns `undefined` for events that must stay apart.
 */
export function mergeDeltas(last: TurnEvent, next: TurnEvent): TurnEvent | undefined {
  if (!('delta' in last) || !('delta' in next)) return undefined
  if (last.type !== next.type || last.itemId !== next.itemId) return undefined
  if (last.type === 'reasoning.delta' && next.type === 'reasoning.delta') {
    if (last.part !== next.part || last.index !== next.index) return undefined
  }
  // The raw notification of a merged event is that of its last part.
  return { ...next, delta: last.delta + next.delta }
}

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

/** Most text that deltas which wait for their reader are merged into, in characters: 64 Ki. */
export const MAX_MERGED_CHARACTERS = 65_536

const FLATTEN_EVERY = 4_096

/** As {@link mergeDeltas}, for many small deltas in a row: in linear time, and into pieces that can be dropped. */
export function mergeWaitingDeltas(last: TurnEvent, next: TurnEvent): TurnEvent | undefined {
  if (!('delta' in last) || last.delta.length >= MAX_MERGED_CHARACTERS) return undefined
  const merged = mergeDeltas(last, next)
  if (!merged || !('delta' in merged)) return undefined
  const { length } = merged.delta
  if (Math.floor(length / FLATTEN_EVERY) === Math.floor(last.delta.length / FLATTEN_EVERY)) return merged
  return { ...merged, delta: flat(merged.delta) }
}

/** Concatenation keeps every part, at some 60 bytes each, however short; a copy is one piece of text. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

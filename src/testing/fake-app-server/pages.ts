import { refusal } from './refusals.js'
import { isMap } from './shapes.js'

/** What a client asks of a list. */
export interface PageRequest {
  readonly cursor?: string | null | undefined
  readonly limit?: number | null | undefined
  readonly sortDirection?: string | null | undefined
}

/** A part of a list, with the places where the parts before and behind it begin. */
export interface Page<T> {
  readonly data: T[]
  readonly nextCursor: string | null
  readonly backwardsCursor: string | null
}

const DEFAULT_LIMIT = 25

/**
 * Cuts a page out of a list that is given oldest first.
 *
 * @param key - what the cursors of this list are for; those of other lists are refused
 */
export function cutPage<T>(
  all: readonly T[],
  key: string,
  request: PageRequest,
  byDefault: 'asc' | 'desc',
): Page<T> {
  const { cursor, limit, sortDirection } = request
  const isDescending = (sortDirection ?? byDefault) === 'desc'
  const places = all.map((_, index) => index)
  if (isDescending) places.reverse()
  const from = typeof cursor === 'string' ? readCursor(cursor, key) : undefined
  const rest = places.filter((place) => !from || isBehind(place, from, isDescending))
  // Codex gives at least one.
  const shown = rest.slice(0, Math.max(1, limit ?? DEFAULT_LIMIT))
  const [first, last] = [shown[0], shown.at(-1)]
  return {
    data: shown.map((place) => all[place] as T),
    nextCursor: shown.length < rest.length && last !== undefined ? writeCursor(key, last, false) : null,
    backwardsCursor: first === undefined ? null : writeCursor(key, first, true),
  }
}

interface Place {
  readonly place: number
  readonly isIncluded: boolean
}

function isBehind(place: number, from: Place, isDescending: boolean): boolean {
  if (place === from.place) return from.isIncluded
  return isDescending ? place < from.place : place > from.place
}

function writeCursor(key: string, place: number, includeAnchor: boolean): string {
  return JSON.stringify({ key, rolloutOrdinal: place, includeAnchor })
}

function readCursor(cursor: string, key: string): Place {
  try {
    const place: unknown = JSON.parse(cursor)
    if (isMap(place) && place.key === key && Number.isInteger(place.rolloutOrdinal)) {
      return { place: Number(place.rolloutOrdinal), isIncluded: place.includeAnchor === true }
    }
  } catch {
    // Refused below, as every other text that is no cursor.
  }
  throw refusal.invalidCursor(cursor)
}

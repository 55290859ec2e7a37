import { BACKSLASH, charset, DASH, NEWLINE, RETURN } from './chars.js'
import type { Cursor } from './cursor.js'

/** Text being removed: where it ends is found while it passes, so that its length needs no memory. */
export type Run =
  /** A known number of characters. */
  | { readonly kind: 'fixed'; left: number }
  /** `head` characters, and then as long as the characters are of a set. */
  | { readonly kind: 'set'; readonly set: Uint8Array; head: number }
  /** A bare value, up to a character of a set. */
  | { readonly kind: 'value'; readonly stops: Uint8Array }
  /** A quoted string, up to its closing quote; `depth` is the number of backslashes before the opening. */
  | { readonly kind: 'quoted'; readonly quote: number; readonly depth: number }
  /** The rest of a header line, or of the string that the header stands in (`quote` is 0 for none). */
  | { readonly kind: 'line'; readonly quote: number; readonly depth: number }
  /** A PEM block up to its last line, at most `left` characters and then what still looks like base64. */
  | { readonly kind: 'pem'; left: number }

/** What a rule found: keep the text up to `keep`, then remove a run. */
export interface Match {
  readonly keep: number
  readonly run: Run
}

const BASE64 = charset('A-Za-z0-9', '+/=')
const PEM_LAST_LINE = '-----END'
const MAX_PEM_LABEL = 64

/**
 * Index at which a run that goes on at `from` ends, at most `limit`. When the text ends before the run is
 * known to, the cursor is starved and everything before the returned index belongs to the run.
 */
export function skipRun(run: Run, cursor: Cursor, from: number, limit = Number.POSITIVE_INFINITY): number {
  switch (run.kind) {
    case 'fixed':
      return skipFixed(run, cursor, from)
    case 'set':
      return skipHeaded(run, cursor, from)
    case 'value':
      return skipValue(run.stops, cursor, from, limit)
    case 'quoted':
      return skipQuoted(run.quote, run.depth, cursor, from, limit)
    case 'line':
      return skipLine(run.quote, run.depth, cursor, from, limit)
    case 'pem':
      return skipPem(run, cursor, from)
  }
}

function skipFixed(run: { left: number }, cursor: Cursor, from: number): number {
  const end = Math.min(from + run.left, cursor.text.length)
  run.left -= end - from
  if (run.left > 0) cursor.at(end)
  return end
}

function skipHeaded(run: { readonly set: Uint8Array; head: number }, cursor: Cursor, from: number): number {
  const start = Math.min(from + run.head, cursor.text.length)
  run.head -= start - from
  return skipSet(run.set, cursor, start, Number.POSITIVE_INFINITY)
}

function skipSet(set: Uint8Array, cursor: Cursor, from: number, limit: number): number {
  let index = from
  while (index < limit) {
    const code = cursor.at(index)
    const member = code >= 0 && code < 128 ? set[code] : 0
    if (!member) return index
    // A full stop belongs to the run only where the run goes on behind it.
    if (member === 2) {
      const next = cursor.at(index + 1)
      if (next < 0 || next >= 128 || !set[next]) return index
    }
    if (code === DASH && cursor.isPemEdge(index)) return index
    if (cursor.starved) return index
    index++
  }
  return index
}

function skipValue(stops: Uint8Array, cursor: Cursor, from: number, limit: number): number {
  const { marker } = cursor
  const first = marker.charCodeAt(0)
  let index = from
  while (index < limit) {
    const code = cursor.at(index)
    if (code === first && cursor.isMarker(index)) {
      index += marker.length
      continue
    }
    if (cursor.starved || code === -1) return index
    if (code < 128 && stops[code]) return index
    if (code === BACKSLASH && cursor.isEscape(index)) return index
    if (code === DASH && cursor.isPemEdge(index)) return index
    if (cursor.starved) return index
    index++
  }
  return index
}

function skipQuoted(quote: number, depth: number, cursor: Cursor, from: number, limit: number): number {
  let index = from
  while (index < limit) {
    const code = cursor.at(index)
    if (code === -1 || code === NEWLINE || code === RETURN) return index
    if (code === quote) return index
    if (code !== BACKSLASH) {
      index++
      continue
    }
    const count = cursor.backslashes(index)
    const next = cursor.at(index + count)
    if (cursor.starved) return index
    if (next !== quote) index += count
    else if (count < depth) return index
    // Inside a string that is itself escaped, a quote closes when its backslashes fit the opening ones.
    else if (count % (2 * (depth + 1)) === depth) return index + count - depth
    else index += count + 1
  }
  return index
}

function skipLine(quote: number, depth: number, cursor: Cursor, from: number, limit: number): number {
  let index = from
  while (index < limit) {
    const code = cursor.at(index)
    if (code === -1 || code === NEWLINE || code === RETURN) return index
    if (quote !== 0 && code === quote) return index
    if (code === BACKSLASH) {
      const count = cursor.backslashes(index)
      const next = cursor.at(index + count)
      if (cursor.starved) return index
      if (next === 110 || next === 114) return index
      const closes = depth > 0 || count % 2 === 0
      if (next === quote && closes) return index
      index += next === quote ? count + 1 : count
    } else index++
  }
  return index
}

function skipPem(run: { left: number }, cursor: Cursor, from: number): number {
  let index = from
  while (run.left > 0) {
    const code = cursor.at(index)
    if (code === -1) return index
    if (code === DASH && cursor.startsWith(PEM_LAST_LINE, index)) {
      const end = afterPemLabel(cursor, index + PEM_LAST_LINE.length)
      if (cursor.starved) return index
      run.left = 0
      return end
    }
    if (cursor.starved) return index
    index++
    run.left--
  }
  return skipSet(BASE64, cursor, index, Number.POSITIVE_INFINITY)
}

/** Index after `… PRIVATE KEY-----`, or the index itself when the line is cut short. */
export function afterPemLabel(cursor: Cursor, from: number): number {
  let index = from
  while (index - from < MAX_PEM_LABEL) {
    const code = cursor.at(index)
    if (code === DASH) return cursor.isPemEdge(index) ? index + 5 : from
    if (code !== 32 && !(code >= 65 && code <= 90) && !(code >= 48 && code <= 57)) return from
    index++
  }
  return from
}

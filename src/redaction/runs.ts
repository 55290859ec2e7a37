import { BACKSLASH, DASH, NEWLINE, RETURN, URL_STOPS } from './chars.js'
import type { Cursor } from './cursor.js'
import { isPrivateKey, MAX_PEM_BLOCK, skipPemBlock } from './pem.js'

/** Text being removed: where it ends is found while it passes, so that its length needs no memory. */
export type Run =
  /** A known number of characters. */
  | { readonly kind: 'fixed'; left: number }
  /** `head` characters, and then as long as the characters are of a set. */
  | { readonly kind: 'set'; readonly set: Uint8Array; head: number }
  /** A bare value, up to a character of a set or to a marker. */
  | { readonly kind: 'value'; readonly stops: Uint8Array }
  /**
   * A quoted string, up to its closing quote. `depth` is the number of backslashes before the opening one,
   * `left` what remains of a private key inside the string.
   */
  | { readonly kind: 'quoted'; readonly quote: number; readonly depth: number; left: number }
  /** The rest of a header line, or of the string that the header stands in (`quote` is 0 for none). */
  | { readonly kind: 'line'; readonly quote: number; readonly depth: number; left: number }
  /** Everything up to a character of a set, markers included. */
  | { readonly kind: 'glued'; readonly stops: Uint8Array }
  /** A PEM block up to its last line, at most `left` characters, and what is glued to its end. */
  | { readonly kind: 'pem'; left: number }

/** What a rule found: keep the text up to `keep`, then remove a run. */
export interface Match {
  readonly keep: number
  readonly run: Run
}

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
    case 'line':
      return skipWithKeys(run, cursor, from, limit)
    case 'glued':
      return skipGlued(run.stops, cursor, from)
    case 'pem':
      return skipPem(run, cursor, from)
  }
}

/** A string or line may hold a private key, whose line ends do not end it. */
function skipWithKeys(
  run: Extract<Run, { kind: 'quoted' | 'line' }>,
  cursor: Cursor,
  from: number,
  limit: number,
): number {
  let index = from
  for (;;) {
    if (run.left > 0) index = skipPemBlock(run, cursor, index)
    if (cursor.starved) return index
    const skip = run.kind === 'quoted' ? skipQuoted : skipLine
    index = skip(run.quote, run.depth, cursor, index, limit)
    if (cursor.starved || index >= limit || cursor.at(index) !== DASH) return index
    // A look ahead needs no more than the limit to know that this is a secret.
    if (limit !== Number.POSITIVE_INFINITY) return limit
    run.left = MAX_PEM_BLOCK
  }
}

/** What is glued to the end of a key goes with it: it could otherwise become part of a URL or value. */
function skipPem(run: { left: number }, cursor: Cursor, from: number): number {
  let index = skipPemBlock(run, cursor, from)
  while (!cursor.starved) {
    const code = cursor.at(index)
    if (code === -1 || (code < 128 && URL_STOPS[code])) break
    if (code === DASH && isPrivateKey(cursor, index)) {
      run.left = MAX_PEM_BLOCK
      index = skipPemBlock(run, cursor, index)
    } else if (!cursor.starved) index++
  }
  return index
}

function skipGlued(stops: Uint8Array, cursor: Cursor, from: number): number {
  let index = from
  for (;;) {
    const code = cursor.at(index)
    if (code === -1 || (code < 128 && stops[code])) return index
    if (cursor.isMarker(index)) {
      index += cursor.marker.length
      continue
    }
    if ((code === DASH && isPrivateKey(cursor, index)) || cursor.starved) return index
    index++
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
    if (code === DASH && isPrivateKey(cursor, index)) return index
    if (cursor.starved) return index
    index++
  }
  return index
}

/** Whether the backslashes at an index end a bare value: by what they escape, or because a key follows. */
export function isEscape(cursor: Cursor, index: number): boolean {
  return cursor.isEscape(index) || isPrivateKey(cursor, index + cursor.backslashes(index))
}

function skipValue(stops: Uint8Array, cursor: Cursor, from: number, limit: number): number {
  const first = cursor.marker.charCodeAt(0)
  let index = from
  while (index < limit) {
    const code = cursor.at(index)
    if (code === -1 || (code < 128 && stops[code])) return index
    if (code === first && cursor.isMarker(index)) return index
    if (code === BACKSLASH && isEscape(cursor, index)) return index
    if (code === DASH && isPrivateKey(cursor, index)) return index
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
    if (code === DASH && isPrivateKey(cursor, index)) return index
    if (cursor.starved) return index
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
    if (code === DASH && isPrivateKey(cursor, index)) return index
    if (cursor.starved) return index
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

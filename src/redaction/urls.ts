import { AT, AUTHORITY_STOPS, BACKSLASH, COLON, isDigit, SLASH, URL_STOPS } from './chars.js'
import type { Cursor } from './cursor.js'
import type { Match } from './runs.js'
import { containsShape } from './shapes.js'
import { looksSecret } from './values.js'

/** Longest user, password and host that are looked at; what goes on longer is no host. */
const MAX_AUTHORITY = 512
/** How far a password that contains a slash is followed. */
const MAX_SLASHED = 128

/** User and password of a URL whose colon stands at an index. */
export function matchUrl(cursor: Cursor, colon: number): Match | undefined {
  const slash = afterSlash(cursor, colon + 1)
  if (slash === -1) return undefined
  const start = afterSlash(cursor, slash)
  if (start === -1) return undefined
  let at = -1
  let separator = -1
  let end = start
  for (; end - start < MAX_AUTHORITY; end++) {
    const code = cursor.at(end)
    if (code === -1 || (code < 128 && AUTHORITY_STOPS[code])) break
    if (code === AT) at = end
    else if (code === COLON && separator === -1) separator = end
  }
  if (at === -1 && separator !== -1 && end - start < MAX_AUTHORITY && !isPort(cursor, separator + 1, end)) {
    at = slashedPassword(cursor, end)
    if (at !== -1) {
      const slashed = at
      for (end = at + 1; end - slashed < MAX_AUTHORITY; end++) {
        const code = cursor.at(end)
        if (code === -1 || (code < 128 && AUTHORITY_STOPS[code])) break
        if (code === AT) at = end
      }
    }
  }
  const overlong = end - start >= MAX_AUTHORITY
  cursor.hostEnd = overlong ? -1 : end
  // A marker and a long host behind it are what an earlier pass may have left.
  if (overlong && (!cursor.isMarker(start) || at > start + cursor.marker.length)) {
    return { keep: start, run: { kind: 'glued', stops: AUTHORITY_STOPS } }
  }
  if (at === -1 || !holdsSecret(cursor, start, separator, at)) return undefined
  return { keep: start, run: { kind: 'fixed', left: at - start } }
}

/** Index after a slash, which some writers of JSON escape; -1 where there is none. */
function afterSlash(cursor: Cursor, index: number): number {
  const start = cursor.at(index) === BACKSLASH ? index + 1 : index
  return cursor.at(start) === SLASH ? start + 1 : -1
}

function isPort(cursor: Cursor, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (!isDigit(cursor.at(index))) return false
  return true
}

/** The last at sign before the URL ends, for a password that ought to have been encoded. */
function slashedPassword(cursor: Cursor, from: number): number {
  let at = -1
  for (let index = from; index - from < MAX_SLASHED; index++) {
    const code = cursor.at(index)
    if (code === -1 || (code < 128 && URL_STOPS[code])) break
    // What was removed here was longer once: how far the at sign is can no longer be told.
    if (cursor.isMarker(index)) return -1
    if (code === AT) at = index
  }
  return at
}

/** `git@host` and `user@host` tell nothing; a password, or a token in the user's place, does. */
function holdsSecret(cursor: Cursor, start: number, separator: number, at: number): boolean {
  if (cursor.isMarker(start)) return at > start + cursor.marker.length
  if (separator !== -1 && separator < at - 1) return true
  // What was removed from the user counts for nothing: its marker may be longer than it was.
  const user = cursor.text.slice(start, separator === -1 ? at : separator).replaceAll(cursor.marker, '')
  return (user.length >= 16 && looksSecret(user)) || containsShape(cursor, start, at)
}

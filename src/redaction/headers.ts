import {
  BACKSLASH,
  charset,
  EQUALS,
  isAlnum,
  isQuote,
  NEWLINE,
  RETURN,
  SPACE,
  TAB,
  VALUE_STOPS,
} from './chars.js'
import type { Cursor } from './cursor.js'
import type { Match, Run } from './runs.js'
import { skipRun } from './runs.js'
import type { Opening } from './separators.js'
import { isProse, isReference, looksSecret } from './values.js'

/** Where a name stands. */
export interface NamePlace {
  readonly start: number
  readonly end: number
  /** Character before the name, 0 at a boundary. */
  readonly before: number
  /** Character before that. */
  readonly before2: number
}

const MAX_SCHEME = 24
const MAX_VALUE = 256
const MAX_COOKIE_NAME = 128

/** Schemes with one credential after them. */
const SINGLE = new Set(['bearer', 'basic', 'token', 'negotiate', 'ntlm', 'apikey', 'api-key', 'dpop', 'key'])
/** Schemes with a list of parameters after them. */
const MULTIPLE = new Set(['digest', 'oauth', 'aws4-hmac-sha256', 'signature', 'hawk', 'googlelogin'])
const TOPIC = /^(?:tokens?|auth\w*|schemes?|headers?|credentials?|realm)\W?$/i

/** Base64 that can be nothing else. */
const PADDED = /^[A-Za-z0-9+/]{6,}={1,2}$/
const TOKEN68 = charset('A-Za-z0-9', '-._~+/=')
const SCHEME_CHARS = charset('A-Za-z0-9', '-')

/**
 * What follows `Authorization:`, in quotes (`opening`) or not. The scheme stays readable. Undefined where no
 * scheme is found, null where one is found and nothing secret behind it.
 */
export function matchAuthorization(
  cursor: Cursor,
  from: number,
  opening: Opening | undefined,
  place: NamePlace,
): Match | null | undefined {
  let end = from
  while (end - from < MAX_SCHEME && isOf(SCHEME_CHARS, cursor.at(end))) end++
  const scheme = cursor.text.slice(from, end).toLowerCase()
  const multiple = MULTIPLE.has(scheme)
  if (!multiple && !SINGLE.has(scheme)) return undefined
  const blank = cursor.afterBlanks(end)
  const start = multiple ? blank : afterFold(cursor, blank)
  if (start === end) return undefined
  const run: Run = opening
    ? { kind: 'quoted', quote: opening.quote, depth: opening.depth, left: 0 }
    : multiple
      ? lineFrom(place)
      : { kind: 'value', stops: VALUE_STOPS }
  const stop = skipRun(run, cursor, start, start + MAX_VALUE)
  const text = cursor.text.slice(start, stop)
  if (start > blank && !looksSecret(text)) return cursor.isMarker(start) ? null : undefined
  if (text === '' || isReference(text)) return null
  if (opening === undefined && (TOPIC.test(text) || isProse(text))) return null
  return { keep: start, run }
}

/** Index behind a line end and blanks, which continue a header; the index itself where there are none. */
function afterFold(cursor: Cursor, index: number): number {
  const end = cursor.at(index) === RETURN ? index + 1 : index
  if (cursor.at(end) !== NEWLINE) return index
  const next = cursor.at(end + 1)
  return next === SPACE || next === TAB ? cursor.afterBlanks(end + 1) : index
}

/** What follows `Cookie:` or `Set-Cookie:`, once it begins like a cookie. */
export function matchCookie(cursor: Cursor, from: number, place: NamePlace): Match | undefined {
  const run = lineFrom(place)
  let end = from
  while (end - from < MAX_COOKIE_NAME && (isAlnum(cursor.at(end)) || '_-.$!%'.includes(charAt(cursor, end))))
    end++
  return end > from && cursor.at(end) === EQUALS && cursor.at(end + 1) !== EQUALS
    ? { keep: from, run }
    : undefined
}

/** `Bearer …` or `Basic …` without a header name before it; `end` is where the scheme ends. */
export function matchBareScheme(cursor: Cursor, from: number, end: number): Match | undefined {
  const scheme = cursor.text.slice(from, end).toLowerCase()
  if (scheme !== 'bearer' && scheme !== 'basic') return undefined
  const start = cursor.afterBlanks(end)
  if (start === end) return undefined
  let stop = start
  while (stop - start < MAX_VALUE && isOf(TOKEN68, cursor.at(stop))) stop++
  const text = cursor.text.slice(start, stop)
  const padded = scheme === 'basic' && PADDED.test(text) && !cursor.isMarker(stop)
  if (!padded && !looksSecret(text, stop - start >= MAX_VALUE)) return undefined
  return { keep: start, run: { kind: 'set', set: TOKEN68, head: 0 } }
}

function isOf(set: Uint8Array, code: number): boolean {
  return code >= 0 && code < 128 && set[code] === 1
}

function charAt(cursor: Cursor, index: number): string {
  const code = cursor.at(index)
  return code === -1 ? '\n' : String.fromCharCode(code)
}

/** The rest of the header: up to the end of its line, or of the string that it is the first word of. */
function lineFrom(place: NamePlace): Run {
  const quote = isQuote(place.before) ? place.before : 0
  return { kind: 'line', quote, depth: quote !== 0 && place.before2 === BACKSLASH ? 1 : 0, left: 0 }
}

import {
  BACKSLASH,
  COLON,
  charset,
  DASH,
  EQUALS,
  isQuote,
  NEWLINE,
  RETURN,
  SPACE,
  TAB,
  VALUE_STOPS,
} from './chars.js'
import type { Cursor } from './cursor.js'
import type { NamePlace } from './headers.js'
import { isEscape, type Match, type Run, skipRun } from './runs.js'
import { readFlagGap, readOpening, readSeparator } from './separators.js'
import { containsShape } from './shapes.js'
import { isReference, looksPassword, looksSecret } from './values.js'

/** What a line is about, as bits: the `curl` command, or the login of a netrc file. */
const CURL = 1
const LOGIN = 2

const STAR = 42
const MAX_USER = 128
const MAX_VALUE = 256
const USER = charset('A-Za-z0-9', '_-.@+')
const KEY = charset('A-Za-z0-9', '_-+/~', '.')
/** What an error message may say between `API key` and the colon. */
const PARTICIPLES = ['provided', 'given', 'supplied', 'used']

/** What a word says about the rest of its line. */
export function topicOf(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start)
  if (end - start === 4) return first === 99 && text.startsWith('curl', start) ? CURL : 0
  return end - start === 5 && first === 108 && text.startsWith('login', start) ? LOGIN : 0
}

/** A quick look whether a name can begin what {@link matchPhrase} finds: most words cannot. */
export function mayAnnounce(
  text: string,
  start: number,
  end: number,
  before: number,
  topics: number,
): boolean {
  if (before === DASH) return (topics & CURL) !== 0
  const length = end - start
  if ((length !== 3 && length !== 6 && length !== 8) || text.charCodeAt(end) !== SPACE) return false
  const first = text.charCodeAt(start) | 32
  return length === 8 ? first === 112 : first === 97 || first === 115
}

/** A secret that words rather than a sign announce: `curl -u user:…`, `API key provided: …`, `password …`. */
export function matchPhrase(cursor: Cursor, place: NamePlace, topics: number): Match | undefined {
  const { before, start, end } = place
  if (before === DASH) return matchCurlUser(cursor, place)
  if (end - start < 8) return matchKeyPhrase(cursor, start, end)
  if (!cursor.text.startsWith('password', start)) return undefined
  return (topics & LOGIN) !== 0 || beginsLine(place) ? matchNetrcPassword(cursor, end) : undefined
}

/** `-u user:password` of curl; the user stays readable. */
function matchCurlUser(cursor: Cursor, place: NamePlace): Match | undefined {
  const name = cursor.text.slice(place.start, place.end)
  const long = place.before2 === DASH && (name === 'user' || name === 'proxy-user')
  if (!long && !((name === 'u' || name === 'U') && place.before2 !== DASH)) return undefined
  const gap = (long ? readSeparator(cursor, place.end) : undefined) ?? readFlagGap(cursor, place.end)
  if (gap === undefined) return undefined
  const opening = readOpening(cursor, gap.end)
  const start = opening?.end ?? gap.end
  const marked = cursor.isMarker(start)
  let colon = marked ? start + cursor.marker.length : start
  while (colon - start < MAX_USER && isOf(USER, cursor.at(colon))) colon++
  if (cursor.at(colon) !== COLON || colon === start) return undefined
  const run: Run = opening
    ? { kind: 'quoted', quote: opening.quote, depth: opening.depth, left: 0 }
    : { kind: 'value', stops: VALUE_STOPS }
  const end = skipRun({ ...run }, cursor, colon + 1, colon + MAX_VALUE)
  const text = cursor.text.slice(colon + 1, end)
  if (text === '' || cursor.isMarker(colon + 1)) return undefined
  if (isReference(text) && !containsShape(cursor, colon + 1, end)) return undefined
  // A key in the user's place goes as well.
  const hidden = !marked && containsShape(cursor, start, colon)
  return { keep: hidden ? start : colon + 1, run }
}

/** `API key: …` and `Incorrect API key provided: …`: a value that looks like a secret. */
function matchKeyPhrase(cursor: Cursor, from: number, end: number): Match | undefined {
  const owner = cursor.text.slice(from, end).toLowerCase()
  if (owner !== 'api' && owner !== 'secret' && owner !== 'access') return undefined
  if (!isWord(cursor, end + 1, 'key')) return undefined
  let index = end + 4
  if (cursor.at(index) === SPACE) {
    const participle = PARTICIPLES.find((word) => isWord(cursor, index + 1, word))
    if (participle !== undefined) index += 1 + participle.length
  }
  index = cursor.afterBlanks(index)
  const sign = cursor.at(index)
  if (sign !== COLON && sign !== EQUALS) return undefined
  let start = cursor.afterBlanks(index + 1)
  if (isQuote(cursor.at(start))) start++
  let stop = start
  while (stop - start < MAX_VALUE && isKeyChar(cursor.at(stop))) stop++
  const text = cursor.text.slice(start, stop)
  // A provider that masks the key shows nothing worth hiding.
  if (cursor.at(stop) === STAR && !containsShape(cursor, start, stop)) return undefined
  if (!looksSecret(text, stop - start >= MAX_VALUE)) return undefined
  return { keep: start, run: { kind: 'set', set: KEY, head: 0 } }
}

/** `password …` as netrc files have it: a value with a digit, and nothing glued to it. */
function matchNetrcPassword(cursor: Cursor, end: number): Match | undefined {
  const run: Run = { kind: 'value', stops: VALUE_STOPS }
  const start = cursor.afterBlanks(end)
  const stop = skipRun(run, cursor, start, start + MAX_VALUE)
  if (stop - start >= MAX_VALUE) return undefined
  if (!looksPassword(cursor.text.slice(start, stop)) && !containsShape(cursor, start, stop)) return undefined
  const code = cursor.at(stop)
  const ends = code === -1 || code === SPACE || code === TAB || code === NEWLINE || code === RETURN
  return ends || (code === BACKSLASH && isEscape(cursor, stop)) ? { keep: start, run } : undefined
}

/** Whether at most blanks stand before a name on its line, as far as two characters tell. */
function beginsLine({ before, before2 }: NamePlace): boolean {
  if (before === 0 || before === NEWLINE) return true
  return isBlank(before) && (before2 === NEWLINE || isBlank(before2))
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** Whether an exact word stands at an index, in any case. */
function isWord(cursor: Cursor, from: number, word: string): boolean {
  for (let offset = 0; offset < word.length; offset++) {
    const code = cursor.at(from + offset)
    if (code === -1 || (code | 32) !== word.charCodeAt(offset)) return false
  }
  return true
}

function isKeyChar(code: number): boolean {
  return code >= 0 && code < 128 && KEY[code] !== 0
}

function isOf(set: Uint8Array, code: number): boolean {
  return code >= 0 && code < 128 && set[code] === 1
}

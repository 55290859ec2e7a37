import { COLON, DASH, isAlnum, isNameChar, LESS, SLASH, SPACE, VALUE_STOPS, VARIABLE_STOPS } from './chars.js'
import type { Cursor } from './cursor.js'
import { matchAuthorization, matchCookie, type NamePlace } from './headers.js'
import { classifyName, type NameKind } from './names.js'
import type { Match, Run } from './runs.js'
import { isEscape, skipRun } from './runs.js'
import { readFlagGap, readOpening, readSeparator, type Separator } from './separators.js'
import { containsShape } from './shapes.js'
import { isProse, isSecretValue } from './values.js'

/** Longest name that is looked at. */
export const MAX_NAME = 128
/** How much of a value is looked at; a longer one is a secret without looking. */
const MAX_VALUE = 256

/** A secret assigned to the name at a place: `name=…`, `"name": "…"`, `--name …`, `<name>…</name>`. */
export function matchAssignment(cursor: Cursor, place: NamePlace): Match | undefined {
  const flag = place.before === DASH && place.before2 === DASH
  const element = place.before === LESS && cursor.at(place.end) === 62
  const separator = readSeparator(cursor, place.end) ?? (flag ? readFlagGap(cursor, place.end) : undefined)
  // A name that says nothing needs no separator to come.
  if (separator === undefined && !element && !cursor.starved) return undefined
  const name = cursor.text.slice(place.start, place.end)
  const kind = classifyName(name, cursor.keys)
  if (kind === 'none') {
    cursor.starved = false
    return undefined
  }
  // A secret inside the name is the business of another rule.
  if (cursor.starved || containsShape(cursor, place.start, place.end)) return undefined
  if (element) return matchElement(cursor, place.end + 1)
  if (separator === undefined) return undefined
  const plain = flag || separator.quotedName || isVariable(name) || name.includes('-')
  return matchValue(cursor, { name, kind, plain, place, separator })
}

interface Assignment {
  readonly name: string
  readonly kind: NameKind
  readonly plain: boolean
  readonly place: NamePlace
  readonly separator: Separator
}

function matchValue(cursor: Cursor, assignment: Assignment): Match | undefined {
  const { name, kind, plain, place, separator } = assignment
  const opening = readOpening(cursor, separator.end)
  if (kind === 'authorization') {
    const found = matchAuthorization(cursor, opening?.end ?? separator.end, opening, place)
    if (found !== undefined) return found ?? undefined
  }
  if (kind === 'cookie' && opening === undefined) {
    const found = matchCookie(cursor, separator.end, place)
    if (found !== undefined) return found
  }
  if (opening === undefined && separator.kind === 'arrow') return undefined
  const start = opening?.end ?? separator.end
  const stops = isVariable(name) && separator.kind === 'equals' ? VARIABLE_STOPS : VALUE_STOPS
  const run: Run = opening
    ? { kind: 'quoted', quote: opening.quote, depth: opening.depth, left: 0 }
    : { kind: 'value', stops }
  const end = skipRun(run, cursor, start, start + MAX_VALUE)
  const text = cursor.text.slice(start, end)
  if (separator.kind === 'blank' && opening === undefined && (text.startsWith('-') || isProse(text))) {
    return undefined
  }
  const value = {
    text,
    cut: end - start >= MAX_VALUE,
    quoted: opening !== undefined,
    kind,
    name: name.toLowerCase(),
    plain,
    tight: separator.kind === 'equals' && !separator.spaced,
    lastOnLine: isLineEnd(cursor, end),
  }
  const secret = isSecretValue(value, cursor.marker) || (text !== '' && containsShape(cursor, start, end))
  return secret ? { keep: start, run } : undefined
}

/** `<password>…</password>`: text without blanks that a closing tag follows. */
function matchElement(cursor: Cursor, start: number): Match | undefined {
  const run: Run = { kind: 'value', stops: VALUE_STOPS }
  const end = skipRun(run, cursor, start, start + MAX_VALUE)
  if (end === start) return undefined
  const closed = cursor.at(end) === LESS && cursor.at(end + 1) === SLASH
  return closed || end - start >= MAX_VALUE ? { keep: start, run } : undefined
}

/** Whether a name is written the way variables of the environment are. */
function isVariable(name: string): boolean {
  return name.length > 2 && !/[a-z]/.test(name)
}

function isLineEnd(cursor: Cursor, index: number): boolean {
  const code = cursor.at(index)
  return code === -1 || code === 10 || code === 13 || (code === 92 && isEscape(cursor, index))
}

/** Index after the name at an index, without hyphens at its end, at most {@link MAX_NAME} characters. */
export function nameEnd(cursor: Cursor, from: number): number {
  let end = from
  while (end - from < MAX_NAME && isNameChar(cursor.at(end))) end++
  if (end - from >= MAX_NAME) return end
  while (end > from && cursor.at(end - 1) === DASH) end--
  return end
}

/** Whether what follows a name can make it part of an assignment. */
function canFollowName(code: number): boolean {
  return (
    code === 61 ||
    code === COLON ||
    code === 32 ||
    code === 9 ||
    code === 34 ||
    code === 39 ||
    code === 96 ||
    code === 92 ||
    code === 27 ||
    code === 37 ||
    code === 62 ||
    code === -1
  )
}

/** A quick look at what follows a name: most words are followed by another word and assign nothing. */
export function canBeAssigned(text: string, end: number, before: number, first: number): boolean {
  if (end >= text.length) return true
  const code = text.charCodeAt(end)
  if (code !== SPACE) return canFollowName(code)
  // `Bearer x` and `--token x` need no sign between the two.
  if (before === DASH || first === 66 || first === 98 || end + 1 >= text.length) return true
  const next = text.charCodeAt(end + 1)
  return !isAlnum(next) && canFollowName(next)
}

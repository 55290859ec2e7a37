import {
  BRACKET_CLOSE,
  COLON,
  COMMA,
  EQUALS,
  GREATER,
  isQuote,
  PERCENT,
  SINGLE_QUOTE,
  SLASH,
} from './chars.js'
import type { Cursor } from './cursor.js'

/** What stands between a name and its value. */
export interface Separator {
  readonly kind: 'equals' | 'colon' | 'arrow' | 'blank'
  /** Where the value begins. */
  readonly end: number
  /** Whether blanks stand on either side. */
  readonly spaced: boolean
  /** Whether the name was in quotes. */
  readonly quotedName: boolean
}

/** An opening quote with the backslashes before it. */
export interface Opening {
  readonly quote: number
  readonly depth: number
  readonly end: number
}

/** The separator after a name that ends at `from`. */
export function readSeparator(cursor: Cursor, from: number): Separator | undefined {
  const closing = readQuote(cursor, from)
  let index = closing?.end ?? from
  if (closing !== undefined && cursor.at(index) === BRACKET_CLOSE) index++
  const sign = cursor.afterBlanks(index)
  const found = readSign(cursor, sign)
  if (found === undefined) return undefined
  const end = cursor.afterBlanks(found.end)
  return { kind: found.kind, end, spaced: sign > index || end > found.end, quotedName: closing !== undefined }
}

function readSign(cursor: Cursor, index: number): Pick<Separator, 'kind' | 'end'> | undefined {
  const code = cursor.at(index)
  if (code === EQUALS) {
    const next = cursor.at(index + 1)
    if (next === GREATER) return { kind: 'arrow', end: index + 2 }
    // A comparison or a match, not an assignment.
    return next === EQUALS || next === 126 ? undefined : { kind: 'equals', end: index + 1 }
  }
  if (code === COLON) {
    const next = cursor.at(index + 1)
    if (next === EQUALS) return { kind: 'equals', end: index + 2 }
    if (next === COLON) return undefined
    if (next === SLASH && cursor.at(index + 2) === SLASH) return undefined
    return { kind: 'colon', end: index + 1 }
  }
  if (code === PERCENT && cursor.at(index + 1) === 51) {
    const digit = cursor.at(index + 2)
    if (digit === 68 || digit === 100) return { kind: 'equals', end: index + 3 }
  }
  return undefined
}

/** The value of a flag such as `--token VALUE` or, in a JSON array, `"--token", "VALUE"`. */
export function readFlagGap(cursor: Cursor, from: number): Separator | undefined {
  const closing = readQuote(cursor, from)
  let index = closing?.end ?? from
  if (closing !== undefined && cursor.at(index) === COMMA) index++
  const end = cursor.afterBlanks(index)
  if (end === from || (closing !== undefined && readQuote(cursor, end) === undefined)) return undefined
  return { kind: 'blank', end, spaced: true, quotedName: closing !== undefined }
}

/** A quote at an index, with the backslashes before it. */
function readQuote(cursor: Cursor, from: number): Opening | undefined {
  const depth = cursor.backslashes(from)
  const quote = cursor.at(from + depth)
  return isQuote(quote) ? { quote, depth, end: from + depth + 1 } : undefined
}

/**
 * The quote that opens a value, together with what languages put before it: `b"`, `$'`, `"""`, or the name
 * of a wrapper as in `Some("`.
 */
export function readOpening(cursor: Cursor, from: number): Opening | undefined {
  const first = cursor.at(from)
  if (first === 36 && cursor.at(from + 1) === SINGLE_QUOTE) return readQuote(cursor, from + 1)
  if (first === 98 || first === 102 || first === 114 || first === 117) return readQuote(cursor, from + 1)
  if (first >= 65 && first <= 90) {
    const end = cursor.afterAlnum(from, 32)
    return cursor.at(end) === 40 ? readQuote(cursor, end + 1) : undefined
  }
  const opening = readQuote(cursor, from)
  if (opening === undefined || opening.depth > 0) return opening
  const { quote, end } = opening
  if (cursor.at(end) !== quote || cursor.at(end + 1) !== quote) return opening
  return { quote, depth: 0, end: end + 2 }
}

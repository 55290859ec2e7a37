import type { Cursor } from './cursor.js'
import { afterPemLabel, type Match } from './runs.js'

const FIRST_LINE = '-----BEGIN '
/** Longer than the block of a 16,384-bit RSA key; an unfinished block is removed up to here. */
const MAX_BLOCK = 16_384

/** A private key in PEM form that begins at an index, its last line missing or not. */
export function matchPem(cursor: Cursor, index: number): Match | undefined {
  if (!cursor.startsWith(FIRST_LINE, index)) return undefined
  const labelStart = index + FIRST_LINE.length
  const end = afterPemLabel(cursor, labelStart)
  if (end === labelStart) return undefined
  if (!cursor.text.slice(labelStart, end).includes('PRIVATE KEY')) return undefined
  return { keep: index, run: { kind: 'pem', left: MAX_BLOCK } }
}

import { DASH, SPACE } from './chars.js'
import type { Cursor } from './cursor.js'

const FIRST_LINE = '-----BEGIN '
const LAST_LINE = '-----END'
const MAX_LABEL = 64

/** Longer than the block of a 16,384-bit RSA key; an unfinished block is removed up to here. */
export const MAX_PEM_BLOCK = 16_384

/** Whether a private key in PEM form begins at an index. */
export function isPrivateKey(cursor: Cursor, index: number): boolean {
  if (!cursor.startsWith(FIRST_LINE, index)) return false
  const labelStart = index + FIRST_LINE.length
  const end = afterLabel(cursor, labelStart)
  return cursor.text.slice(labelStart, end).includes('PRIVATE KEY')
}

/**
 * Steps over a block of which at most `left` characters are to come, and sets `left` to 0 at its end. When
 * the cursor starves, everything before the returned index belongs to the block.
 */
export function skipPemBlock(block: { left: number }, cursor: Cursor, from: number): number {
  let index = from
  while (block.left > 0) {
    const code = cursor.at(index)
    if (code === -1) {
      if (!cursor.starved) block.left = 0
      return index
    }
    if (code === DASH && cursor.startsWith(LAST_LINE, index)) {
      const end = afterLabel(cursor, index + LAST_LINE.length)
      if (cursor.starved) return index
      block.left = 0
      return end
    }
    if (cursor.starved) return index
    index++
    block.left--
  }
  return index
}

/** Index after `… PRIVATE KEY-----`, or the index itself when that is cut short. */
function afterLabel(cursor: Cursor, from: number): number {
  for (let index = from; index - from < MAX_LABEL; index++) {
    const code = cursor.at(index)
    if (code === DASH) return cursor.isPemEdge(index) ? index + 5 : from
    if (code !== SPACE && !(code >= 65 && code <= 90) && !(code >= 48 && code <= 57)) return from
  }
  return from
}

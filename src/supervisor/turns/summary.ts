import type { TurnInput } from '../../client/index.js'
import { redact } from '../../redaction/index.js'
import { MAX_TEXT_LENGTH } from '../records/turn-record.js'

/** Most characters of an input that a record keeps: 200. */
const MAX_SUMMARY_LENGTH = 200

/** The beginning of what is said to Codex, without secrets, in one line. */
export function summariseInput(input: TurnInput): string {
  const parts = typeof input === 'string' ? [input] : input
  const texts = parts.map((part) => {
    if (typeof part === 'string') return part
    return part.type === 'text' ? part.text : `[${part.type}]`
  })
  return summariseText(texts.join(' '))
}

/** The beginning of a text, without secrets, in one line. */
export function summariseText(text: string): string {
  // A secret must not be cut before it is seen as one.
  return shorten(redact(text.slice(0, 16_384)).replace(/\s+/g, ' ').trim(), MAX_SUMMARY_LENGTH)
}

/** A text as a record keeps it: without secrets, and bounded. */
export function recordText(text: string): string {
  return shorten(redact(text), MAX_TEXT_LENGTH)
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

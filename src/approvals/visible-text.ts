import { redact } from '../redaction/index.js'

/** Longest text that leaves in an audit or explanation, in characters before invisible ones are written out. */
const MAX_LEAVING = 500

// Controls, escape sequences, lone surrogates, bidirectional marks, zero-width and blank-looking characters,
// and every separator but the plain blank: what a terminal or chat would act on, hide or reorder.
const HIDDEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * Makes a text that a stranger wrote fit to be shown to a person who decides by it: every character that is
 * invisible, reorders text or drives a terminal is written as `<U+202E>`. Line breaks too, unless kept.
 */
export function visibleText(text: string, options: { readonly keepLineBreaks?: boolean } = {}): string {
  return text.replace(HIDDEN, (found) => {
    if (found === '\n' && options.keepLineBreaks) return found
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return `<U+${code}>`
  })
}

/**
 * Makes a text that a stranger may have written fit to leave the program: without secrets, of a bounded length,
 * in one line, with nothing invisible in it. In this order, since half a secret is not recognised.
 */
export function leavingText(text: string): string {
  return visibleText(shorten(redact(text), MAX_LEAVING))
}

/** Shortens a text by leaving out its middle, and says how much is left out. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const kept = Math.floor(maxLength / 2)
  return `${text.slice(0, kept)} … ${text.length - 2 * kept} more characters … ${text.slice(-kept)}`
}

import { MAX_COMMAND_LENGTH } from './limits.js'

// Other, separator and default-ignorable code points cover controls, NUL, CR, escape sequences, lone
// surrogates, bidirectional overrides, zero-width characters and exotic blanks. U+2800 is a symbol that
// looks blank. Only the three blanks that every shell agrees on stay.
const UNREADABLE = /(?![ \t\n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * Says why a text cannot be trusted to be what a person sees: it is too long, or holds a control,
 * invisible, reordering or malformed character. Returns undefined when nothing is wrong.
 */
export function findUnreadableText(text: string): string | undefined {
  if (text.length > MAX_COMMAND_LENGTH) return `longer than ${MAX_COMMAND_LENGTH} characters`
  const found = UNREADABLE.exec(text)?.[0]
  if (found === undefined) return undefined
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `control, invisible or malformed character U+${code}`
}

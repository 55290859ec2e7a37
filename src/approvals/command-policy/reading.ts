import { redact } from '../../redaction/index.js'

/** One simple command as its program would receive it: the program, then its arguments. */
export type Argv = readonly string[]

/**
 * What a reader made of a command: every simple command in it, in the order written, or the reason why
 * it could not be read with certainty.
 */
export type Reading = { readonly commands: readonly Argv[] } | { readonly refused: string }

/** A reading that names why the command could not be read with certainty. */
export function refuse(reason: string): { readonly refused: string } {
  return { refused: reason }
}

/** Quotes text of a command for a reason: escaped, and cut after 40 characters. */
export function quoteForReason(text: string): string {
  // Redacted before it is cut: half a secret is not recognised.
  const clean = redact(text)
  return JSON.stringify(clean.length > 40 ? `${clean.slice(0, 40)}…` : clean)
}

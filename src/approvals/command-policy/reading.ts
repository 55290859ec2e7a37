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
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

import type { ArgumentRules } from './argument-rules.js'

/** One word of a prefix: exactly this word, or exactly one of these. */
export type WordPattern = string | { readonly oneOf: readonly string[] }

/** Which commands are allowed. Plain data: it can be kept as JSON. */
export interface CommandRule {
  /**
   * First words of the command, the program first. Words are compared whole and by case; the program is
   * compared as it is written, so that `npm` allows neither `./npm` nor `/usr/bin/npm`.
   *
   * Whatever follows the prefix is allowed as well, unless one of the other options narrows it:
   * `['git', 'log']` alone also allows `git log --output=FILE`, which writes.
   */
  readonly prefix: readonly WordPattern[]
  /** Allows nothing after the prefix. @default false */
  readonly exact?: boolean
  /**
   * Flags, `-o` or `--output`, that may not follow the prefix. Long ones are also recognised when
   * abbreviated or given a value, short ones in any position of a word with a single dash; harmless words
   * that look the same are refused with them. A list of what is bad is never complete: prefer `args`.
   * @default none
   */
  readonly denyFlags?: readonly string[]
  /** Allows only these arguments after the prefix. @default any */
  readonly args?: ArgumentRules
}

/** A rule, or only its prefix. */
export type CommandPattern = readonly WordPattern[] | CommandRule

/**
 * A word of a prefix that may be any of several words.
 *
 * @example { prefix: ['npm', oneOf('test', 'ci')] }
 */
export function oneOf(...words: readonly string[]): { readonly oneOf: readonly string[] } {
  return { oneOf: words }
}

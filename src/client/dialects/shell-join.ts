/** Words that a POSIX shell reads as they stand. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** Writes an argument list as one command line that a POSIX shell reads back as the same list. */
export function shellJoin(argv: readonly string[]): string {
  return argv.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

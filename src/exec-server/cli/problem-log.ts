import { excerpt } from '../../transports/json-lines.js'

/** Most lines in a minute: what clients send must not fill a disk. */
export const MAX_LINES_PER_MINUTE = 100
const MINUTE_MS = 60_000

/**
 * Makes what tells problems to whoever runs the program: one line each, its secrets and control characters removed,
 * short. Beyond {@link MAX_LINES_PER_MINUTE} they are counted, and the number is told with the next one that is
 * written.
 *
 * @param write - takes a line with its line feed
 * @param now - time in milliseconds that never goes back
 * @param isBehind - whether nobody reads what was written: what is told meanwhile is counted, and not kept for ever
 */
export function problemLog(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
  isBehind: () => boolean = () => false,
): (error: Error) => void {
  let since = Number.NEGATIVE_INFINITY
  let lines = 0
  let untold = 0
  return ({ message }) => {
    if (now() - since >= MINUTE_MS) {
      since = now()
      lines = 0
    }
    if (lines >= MAX_LINES_PER_MINUTE || isBehind()) {
      untold += 1
      return
    }
    lines += 1
    const more = untold > 0 ? ` (${untold} more were not told)` : ''
    untold = 0
    write(`problem: ${oneLine(message)}${more}\n`)
  }
}

/** Redacted before it is made one line: a secret may have more than one. */
function oneLine(text: string): string {
  return excerpt(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}

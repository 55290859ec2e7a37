import { REDACTED } from './marker.js'
import { Scanner } from './scanner.js'

export { REDACTED } from './marker.js'

const NO_KEYS: ReadonlySet<string> = new Set()

/** Removes what looks like a secret from a text. Never throws. */
export function redact(text: string): string {
  return new Scanner(REDACTED, NO_KEYS).push(text, true)
}

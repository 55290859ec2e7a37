import { createRedactor, type Redactor } from './redactor.js'

export { REDACTED } from './marker.js'
export { createRedactor, type RedactionStream, type Redactor, type RedactorOptions } from './redactor.js'

const standard: Redactor = createRedactor()

/** Removes what looks like a secret from a text; the rest stays as it is. Never throws, linear in the text. */
export function redact(text: string): string {
  return standard.redact(text)
}

/** A copy of a value as plain JSON data without its secrets; see {@link Redactor.redactJson}. */
export function redactJson(value: unknown): unknown {
  return standard.redactJson(value)
}

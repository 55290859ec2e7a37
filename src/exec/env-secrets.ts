import { createRedactor, redact } from '../redaction/index.js'
import { classifyName, type NameKind } from '../redaction/names.js'

/** A shorter value would be found by chance. */
const SHORTEST = 8
const LONGEST = 8_192
const TELLING: ReadonlySet<NameKind> = new Set(['secret', 'password', 'token', 'authorization', 'cookie'])

/**
 * Makes what removes secrets from the texts of a run: those that `redact` knows by their look, and the values of
 * variables whose names say that they hold one, however they look. Made from all that the child gets to see.
 */
export function envRedaction(env: Readonly<Record<string, string>>): (text: string) => string {
  const values = Object.entries(env)
    .filter(([name, value]) => isBounded(value) && TELLING.has(classifyName(name)))
    .map(([, value]) => value)
  return values.length === 0 ? redact : createRedactor({ values }).redact
}

/** Brackets could run into the marker that stands for a secret; no key or token has them. */
function isBounded(value: string): boolean {
  return value.length >= SHORTEST && value.length <= LONGEST && !/[[\]]/.test(value)
}

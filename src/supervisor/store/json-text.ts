import { InvalidInputError } from '../../util/errors.js'

const MAX_DEPTH = 100

/**
 * The JSON text of an object, for one that JSON says without loss: members that are `undefined` count as absent,
 * as they do for JSON. Throws `InvalidInputError` naming the member for anything else, such as a date, a map, a
 * number that is not finite, or a cycle.
 */
export function toJsonText(name: string, value: unknown): string {
  if (!isPlainObject(value)) throw new InvalidInputError(name, value, 'a plain object')
  check(name, value, 0)
  return JSON.stringify(value)
}

/** Whether a value is an object that was made by a literal or by `JSON.parse`. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function check(name: string, value: unknown, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new InvalidInputError(name, value, `at most ${MAX_DEPTH} levels, without a cycle`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (Array.isArray(value)) {
    // By index, for holes are passed over otherwise.
    for (let index = 0; index < value.length; index += 1) check(`${name}[${index}]`, value[index], depth + 1)
    return
  }
  if (!isPlainObject(value)) throw new InvalidInputError(name, value, 'what JSON can say without loss')
  if ('toJSON' in value) throw new InvalidInputError(`${name}.toJSON`, value.toJSON, 'no such member')
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) check(`${name}.${key}`, inner, depth + 1)
  }
}

import { expectedOneOf } from './refusals.js'

/** Tells what is wrong with a value, in the words of Codex; `undefined` when nothing is. */
export type Shape = (value: unknown) => string | undefined

/** A member of an object: its shape, and whether it must be there. */
interface Member {
  readonly shape: Shape
  readonly isRequired: boolean
}

/** Members by name, in the order in which Codex declares them: the first that is missing is named. */
export type Members = Readonly<Record<string, Member>>

export const required = (shape: Shape): Member => ({ shape, isRequired: true })

/** A member that may be left out, but not be null. */
export const optional = (shape: Shape): Member => ({ shape, isRequired: false })

/** A member that may be left out or be null. */
export const nullable = (shape: Shape): Member =>
  optional((value) => (value === null ? undefined : shape(value)))

export const anything: Shape = () => undefined

export const text: Shape = (value) => (typeof value === 'string' ? undefined : wrongType(value, 'a string'))

export const flag: Shape = (value) => (typeof value === 'boolean' ? undefined : wrongType(value, 'a boolean'))

export const map: Shape = (value) => (isMap(value) ? undefined : wrongType(value, 'a map'))

/** A whole number from 0 to 2^32 - 1. */
export const count: Shape = (value) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(value, 'u32')
  return value >= 0 && value < 2 ** 32 ? undefined : `invalid value: integer \`${value}\`, expected u32`
}

export const listOf =
  (shape: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return wrongType(value, 'a sequence')
    return firstFault(value, shape)
  }

/** One of a few words. */
export const word =
  (...words: readonly string[]): Shape =>
  (value) =>
    typeof value !== 'string'
      ? variantFault(value)
      : words.includes(value)
        ? undefined
        : unknownVariant(value, words)

/** One of a few words, or an object with the one key that is listed last. */
export const wordOrMap =
  (...words: readonly string[]): Shape =>
  (value) =>
    isMap(value) && Object.keys(value).length === 1
      ? word(...words)(Object.keys(value)[0])
      : word(...words)(value)

/** An object whose `type` chooses its members. */
export const tagged =
  (name: string, variants: Readonly<Record<string, Members>>): Shape =>
  (value) => {
    if (!isMap(value)) return wrongType(value, `internally tagged enum ${name}`)
    if (value.type === undefined) return 'missing field `type`'
    const members = variants[String(value.type)]
    return members ? membersFault(value, members) : unknownVariant(String(value.type), Object.keys(variants))
  }

export const object =
  (name: string, members: Members): Shape =>
  (value) =>
    isMap(value) ? membersFault(value, members) : wrongType(value, `struct ${name}`)

/** A shape that Codex tries several types for, and then names none. */
export const untagged =
  (name: string, ...shapes: readonly Shape[]): Shape =>
  (value) =>
    shapes.some((shape) => shape(value) === undefined)
      ? undefined
      : `data did not match any variant of untagged enum ${name}`

function membersFault(value: Record<string, unknown>, members: Members): string | undefined {
  // As the values come in the message; only then it is seen what is missing.
  const wrong = firstFault(Object.entries(value), ([name, member]) =>
    Object.hasOwn(members, name) ? members[name]?.shape(member) : undefined,
  )
  if (wrong !== undefined) return wrong
  const missing = Object.entries(members).find(
    ([name, { isRequired }]) => isRequired && !Object.hasOwn(value, name),
  )
  return missing && `missing field \`${missing[0]}\``
}

function firstFault<T>(values: readonly T[], check: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const fault = check(value)
    if (fault !== undefined) return fault
  }
  return undefined
}

function unknownVariant(value: string, words: readonly string[]): string {
  return `unknown variant \`${value}\`, ${expectedOneOf(words)}`
}

function variantFault(value: unknown): string {
  return isMap(value)
    ? 'invalid value: map, expected map with a single key'
    : wrongType(value, 'string or map')
}

function wrongType(value: unknown, expected: string): string {
  return `invalid type: ${describe(value)}, expected ${expected}`
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'sequence'
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`
  if (typeof value === 'boolean') return `boolean \`${value}\``
  if (typeof value === 'number')
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``
  return 'map'
}

/** Whether a value is a JSON object. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

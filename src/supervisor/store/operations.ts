import { InvalidInputError } from '../../util/errors.js'
import { checkString } from '../../util/validate.js'
import { isPlainObject, toJsonText } from './json-text.js'

/**
 * A change as it was checked and copied: values as JSON text. A patch has the members to set and the names of
 * those to take away.
 */
export type Operation =
  | { readonly type: 'put'; readonly kind: string; readonly key: string; readonly text: string }
  | {
      readonly type: 'patch'
      readonly kind: string
      readonly key: string
      readonly text: string
      readonly removed: readonly string[]
    }
  | { readonly type: 'delete'; readonly kind: string; readonly key: string }

/** What a store does to values before it keeps them, such as to remove secrets. */
export type Redact = (value: unknown) => unknown

/** Checks changes and copies their values. Throws `InvalidInputError` naming the member. */
export function toOperations(name: string, changes: unknown, redact: Redact | undefined): Operation[] {
  if (!Array.isArray(changes)) throw new InvalidInputError(name, changes, 'an array of changes')
  return changes.map((change, index) => toOperation(`${name}[${index}].`, change, redact))
}

/**
 * Checks a change and copies its values. Throws `InvalidInputError` naming the member.
 *
 * @param prefix - what stands before the names of members in errors
 */
export function toOperation(prefix: string, change: unknown, redact: Redact | undefined): Operation {
  if (!isPlainObject(change)) throw new InvalidInputError(prefix.replace(/\.$/, ''), change, 'a change')
  const { type, kind, key } = change
  requireText(`${prefix}kind`, kind)
  requireText(`${prefix}key`, key)
  if (type === 'delete') return { type, kind, key }
  if (type === 'put') return { type, kind, key, text: copy(`${prefix}value`, change.value, redact) }
  if (type === 'patch') {
    const { changes } = change
    const text = copy(`${prefix}changes`, changes, redact)
    const removed = Object.entries(changes as object).flatMap(([member, value]) =>
      value === undefined ? [member] : [],
    )
    return { type, kind, key, text, removed }
  }
  throw new InvalidInputError(`${prefix}type`, type, "'put', 'patch' or 'delete'")
}

/** Throws `InvalidInputError` unless a value is a text that is not empty. */
export function requireText(name: string, value: unknown): asserts value is string {
  checkString(name, value ?? null)
}

function copy(name: string, value: unknown, redact: Redact | undefined): string {
  const text = toJsonText(name, value)
  return redact === undefined ? text : toJsonText(name, redact(JSON.parse(text)))
}

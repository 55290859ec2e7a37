import { InvalidInputError } from '../util/errors.js'

/** A value of Codex's configuration, as TOML has it. */
export type ConfigValue = string | number | boolean | readonly ConfigValue[] | ConfigObject

/** Settings of Codex's configuration. A key at any depth whose value is `undefined` counts as absent. */
export interface ConfigObject {
  readonly [key: string]: ConfigValue | undefined
}

const BARE_KEY = /^[A-Za-z0-9_-]+$/
const MAX_DEPTH = 100

/**
 * Flattens settings into the `key=value` texts that Codex takes after `-c`, each value a TOML literal, for
 * example `{ sandbox_workspace_write: { network_access: true } }` into `sandbox_workspace_write.network_access=true`.
 *
 * Codex cuts the key at its dots (measured with 0.169.0: quotes do not protect them), so that a table which has
 * other than bare keys is given whole, as an inline table, and replaces what the file says there. A dot in a
 * key of the outermost object is taken for a path.
 *
 * Throws `InvalidInputError` naming the setting for anything that TOML cannot say.
 *
 * @param name - what the settings are called in errors
 */
export function configOverrides(name: string, config: ConfigObject): string[] {
  const overrides: string[] = []
  for (const [key, value] of entriesOf(name, config, 0)) {
    if (!key.split('.').every((part) => BARE_KEY.test(part))) {
      throw new InvalidInputError(
        `${name}[${JSON.stringify(key)}]`,
        key,
        'a key of letters, digits, _, - and .',
      )
    }
    flatten(`${name}.${key}`, key, value, overrides, 1)
  }
  return overrides
}

function flatten(name: string, path: string, value: ConfigValue, overrides: string[], depth: number): void {
  if (isObject(value)) {
    const entries = entriesOf(name, value, depth)
    if (entries.length > 0 && entries.every(([key]) => BARE_KEY.test(key))) {
      for (const [key, inner] of entries)
        flatten(`${name}.${key}`, `${path}.${key}`, inner, overrides, depth + 1)
      return
    }
  }
  overrides.push(`${path}=${literal(name, value, depth)}`)
}

function literal(name: string, value: ConfigValue, depth: number): string {
  if (depth > MAX_DEPTH)
    throw new InvalidInputError(name, value, `at most ${MAX_DEPTH} levels, without a cycle`)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return numeral(name, value)
  if (Array.isArray(value)) {
    return `[${value.map((one, index) => literal(`${name}[${index}]`, one, depth + 1)).join(', ')}]`
  }
  if (!isObject(value)) throw new InvalidInputError(name, value, 'a string, number, boolean, list or object')
  const members = entriesOf(name, value, depth).map(([key, inner]) => {
    return `${BARE_KEY.test(key) ? key : quoted(key)} = ${literal(`${name}.${key}`, inner, depth + 1)}`
  })
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function numeral(name: string, value: number): string {
  if (!Number.isFinite(value)) throw new InvalidInputError(name, value, 'a finite number')
  // An integer beyond 64 bits would be refused; as a float it is at least a number.
  if (Number.isInteger(value) && Math.abs(value) >= 2 ** 63) return value.toExponential()
  return Object.is(value, -0) ? '0' : String(value)
}

/** JSON's escapes are TOML's, but for halves of surrogate pairs, and DEL, which TOML wants escaped. */
function quoted(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('\u007f', '\\u007F')
}

function entriesOf(name: string, value: ConfigObject, depth: number): [string, ConfigValue][] {
  if (!isObject(value)) throw new InvalidInputError(name, value, 'an object')
  if (depth > MAX_DEPTH)
    throw new InvalidInputError(name, value, `at most ${MAX_DEPTH} levels, without a cycle`)
  return Object.entries(value).filter((entry): entry is [string, ConfigValue] => entry[1] !== undefined)
}

function isObject(value: unknown): value is ConfigObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

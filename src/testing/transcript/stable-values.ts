import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'

/** Options of {@link stableValues}. */
export interface StableValuesOptions {
  /**
   * Texts to replace wherever they stand, also inside other texts: `{ [homedir()]: '/home' }`. Longer ones are
   * replaced first. @default {}
   */
  readonly texts?: Readonly<Record<string, string>> | undefined
  /**
   * Fields whose numbers become 1; their other values stay as they are.
   * @default DEFAULT_VOLATILE_NUMBERS
   */
  readonly numbers?: readonly string[] | undefined
}

/** Fields of Codex's messages whose numbers differ from run to run: times and durations. */
export const DEFAULT_VOLATILE_NUMBERS: readonly string[] = [
  'completedAt',
  'completedAtMs',
  'createdAt',
  'durationMs',
  'emittedAtMs',
  'recencyAt',
  'startedAt',
  'startedAtMs',
  'updatedAt',
]

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/**
 * Makes a `normalise` for {@link record} that keeps a new recording close to the one before: UUIDs are numbered
 * in the order they appear (`00000000-0000-7000-8000-000000000001`), chosen texts such as paths are replaced,
 * and times become constant. It remembers the UUIDs: make one for each recording.
 */
export function stableValues(options: StableValuesOptions = {}): (value: unknown) => unknown {
  checkOptions('options', options)
  checkKnownKeys(options, { texts: true, numbers: true })
  checkOptions('texts', options.texts)
  const texts = Object.entries(options.texts ?? {}).sort(([a], [b]) => b.length - a.length)
  for (const [from, to] of texts) {
    if (from === '') throw new InvalidInputError('texts', from, 'texts to replace, none of them empty')
    if (typeof to !== 'string') throw new InvalidInputError(`texts[${JSON.stringify(from)}]`, to, 'a string')
  }
  const { numbers = DEFAULT_VOLATILE_NUMBERS } = options
  if (!Array.isArray(numbers)) throw new InvalidInputError('numbers', numbers, 'a list of field names')
  const volatile = new Set<string>(numbers)
  const uuids = new Map<string, string>()

  const text = (value: string): string => {
    let changed = value
    for (const [from, to] of texts) changed = changed.replaceAll(from, () => to)
    return changed.replace(UUID, (uuid) => {
      const known = uuids.get(uuid.toLowerCase())
      if (known !== undefined) return known
      const made = `00000000-0000-7000-8000-${String(uuids.size + 1).padStart(12, '0')}`
      uuids.set(uuid.toLowerCase(), made)
      return made
    })
  }
  const copy = (value: unknown, key: string | undefined): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'number') return key !== undefined && volatile.has(key) ? 1 : value
    if (Array.isArray(value)) return value.map((element) => copy(element, undefined))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [text(name), copy(inner, name)]))
  }
  return (value) => copy(value, undefined)
}

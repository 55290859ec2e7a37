import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOptions } from '../util/validate.js'
import { redactValue } from './json.js'
import { REDACTED } from './marker.js'
import { normaliseName } from './names.js'
import { Registry } from './registry.js'
import { Scanner } from './scanner.js'
import { ValueFilter } from './value-filter.js'

/** Options of {@link createRedactor}. */
export interface RedactorOptions {
  /**
   * Exact values to remove wherever they stand, whatever they look like: 4 to 8192 characters each. Their
   * URL-encoded, JSON-escaped and base64 forms are removed as well.
   * @default []
   */
  readonly values?: readonly string[]
  /**
   * Further names whose values are secret, in texts (`name=…`) and in JSON. Case and separators do not
   * matter: `internalRef` also means `INTERNAL_REF`.
   * @default []
   */
  readonly keys?: readonly string[]
  /**
   * What stands in for removed text: at most 64 characters, beginning with one of `[<({*`, ending with one
   * of `]>)}*`, and letters, digits, `_`, `-`, `.` or `*` between them.
   * @default '[redacted]'
   */
  readonly replacement?: string
}

/** Redacts a text that comes in chunks, wherever they are cut. */
export interface RedactionStream {
  /** Takes the next chunk; returns the text that is certain by now, which may be empty. */
  push(chunk: string): string
  /** Ends the text and returns the rest of it. The stream can then be used for another text. */
  flush(): string
}

/** Removes secrets from texts, JSON values and streams. None of its methods throws for any content. */
export interface Redactor {
  /** The text without its secrets. */
  redact(text: string): string
  /**
   * A copy of a value as plain JSON data without its secrets. Strings are redacted as text; strings and
   * numbers under names such as `password` or `apiKey` are replaced. Cycles, throwing getters and values
   * that JSON does not know become short descriptions. The argument is not changed.
   */
  redactJson(value: unknown): unknown
  /** A stream whose output, joined, equals what `redact` makes of the joined input. */
  stream(): RedactionStream
  /**
   * Adds an exact value to remove, for open streams from their next chunk on. Returns a function that takes
   * it back. Throws an {@link InvalidInputError} unless the value has 4 to 8192 characters and does not
   * contain the replacement.
   */
  register(value: string): () => void
}

const REPLACEMENT = /^[[<({*][\w.*-]{0,62}[\]>)}*]$/

/**
 * Makes a redactor for the shapes, names and headers that the library knows, and for what the options add.
 * It shares nothing with other redactors.
 *
 * @throws InvalidInputError when an option is wrong.
 */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  checkOptions('options', options)
  // A mistyped list would leave its secrets where they are.
  checkKnownKeys(options, { values: true, keys: true, replacement: true })
  const marker = checkReplacement(options.replacement)
  const keys = checkKeys(options.keys)
  const registry = new Registry(marker)
  checkList(options.values, 'values').forEach((value, index) => {
    registry.add(value, `values[${index}]`)
  })
  const redactText = (text: string): string => {
    const known = new ValueFilter(registry, marker).push(text, true)
    return new Scanner(marker, keys).push(known, true)
  }
  return {
    redact: redactText,
    redactJson: (value) => redactValue(value, { marker, keys, redact: redactText }),
    stream: () => createStream(registry, marker, keys),
    register: (value) => registry.add(value, 'value'),
  }
}

function createStream(registry: Registry, marker: string, keys: ReadonlySet<string>): RedactionStream {
  const filter = new ValueFilter(registry, marker)
  const scanner = new Scanner(marker, keys)
  return {
    push: (chunk) => scanner.push(filter.push(chunk, false), false),
    flush: () => scanner.push(filter.push('', true), true),
  }
}

function checkReplacement(replacement: string | undefined): string {
  if (replacement === undefined) return REDACTED
  if (typeof replacement === 'string' && REPLACEMENT.test(replacement)) return replacement
  throw new InvalidInputError('replacement', replacement, 'a short text in brackets such as `[redacted]`')
}

function checkKeys(keys: readonly string[] | undefined): ReadonlySet<string> {
  const names = checkList(keys, 'keys').map((key, index) => {
    const name = typeof key === 'string' ? normaliseName(key) : ''
    if (name === '') throw new InvalidInputError(`keys[${index}]`, key, 'a name with letters or digits')
    return name
  })
  return new Set(names)
}

function checkList(list: readonly string[] | undefined, option: string): readonly string[] {
  if (list === undefined) return []
  if (Array.isArray(list)) return list
  throw new InvalidInputError(option, list, 'an array of strings')
}

import { InvalidInputError } from './errors.js'
import { LONGEST_TIMER_MS } from './longest-timer.js'

/**
 * Checks a duration in milliseconds: a number above 0, or `Infinity` for no deadline.
 * Returns it, or the default when it is `undefined`.
 */
export function checkTimeoutMs(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && (value === Infinity || (value > 0 && value <= LONGEST_TIMER_MS)))
    return value
  throw new InvalidInputError(
    option,
    value,
    `a number of milliseconds above 0 and up to ${LONGEST_TIMER_MS}, or Infinity`,
  )
}

/** Checks a whole number within bounds. Returns it, or the default when it is `undefined`. */
export function checkInteger(
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max = 2 ** 53 - 1,
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new InvalidInputError(option, value, `a whole number from ${min} to ${max}`)
}

/** Checks that a value is a plain options object or absent. */
export function checkOptions(option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return
  throw new InvalidInputError(option, value, 'an object')
}

/** Checks that a value is an `AbortSignal` or absent. */
export function checkSignal(option: string, value: unknown): void {
  if (value === undefined || isSignalLike(value)) return
  throw new InvalidInputError(option, value, 'an AbortSignal')
}

/** Whether a value can be used as a signal. Duck-typed: one from another realm or a polyfill is as good. */
export function isSignalLike(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null || !('aborted' in value)) return false
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function'
}

/** Checks that a value is a function or absent. */
export function checkFunction(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return
  throw new InvalidInputError(option, value, 'a function')
}

/** Checks that a value is a string or absent; `nonEmpty` also refuses `''`. */
export function checkString(option: string, value: unknown, nonEmpty = true): void {
  if (value === undefined || (typeof value === 'string' && (!nonEmpty || value !== ''))) return
  throw new InvalidInputError(option, value, nonEmpty ? 'a non-empty string' : 'a string')
}

/** Checks that a value is one of a few strings or absent. */
export function checkOneOf(option: string, value: unknown, accepted: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && accepted.includes(value))) return
  throw new InvalidInputError(option, value, `one of ${accepted.map((name) => `'${name}'`).join(', ')}`)
}

/**
 * Checks that an options object has no member that is not known: a mistyped name must not pass for an option
 * that was left out. `within` is the path of the object, for options inside of options.
 */
export function checkKnownKeys(
  options: object,
  known: Readonly<Record<string, true>>,
  within?: string,
): void {
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    throw new InvalidInputError(
      within === undefined ? key : `${within}.${key}`,
      (options as Record<string, unknown>)[key],
      `one of ${Object.keys(known).join(', ')}`,
    )
  }
}

/** Checks that a value is a list of arguments for a program, or absent: strings without NUL bytes. */
export function checkArguments(option: string, args: unknown): void {
  if (args === undefined) return
  if (!Array.isArray(args)) throw new InvalidInputError(option, args, 'a list of strings')
  for (const [index, arg] of args.entries()) {
    if (typeof arg === 'string' && !arg.includes('\0')) continue
    throw new InvalidInputError(`${option}[${index}]`, arg, 'a string without NUL bytes')
  }
}

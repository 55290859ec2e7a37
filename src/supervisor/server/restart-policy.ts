import { type BackoffOptions, backoffDelay } from '../../util/backoff.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'

/** How a server that ended, or could not be started again, is started anew. */
export interface RestartOptions {
  /** Wait before the first restart, in milliseconds; it doubles with each further end within `windowMs`. @default 250 */
  readonly minDelayMs?: number | undefined
  /** Longest wait, in milliseconds. @default 30_000 */
  readonly maxDelayMs?: number | undefined
  /** Most ends and failed starts within `windowMs`; with one more the supervisor gives up. @default 10 */
  readonly maxRestarts?: number | undefined
  /** Time within which they are counted, in milliseconds. @default 600_000 */
  readonly windowMs?: number | undefined
}

/** Defaults of {@link RestartOptions}. */
export const DEFAULT_RESTART = {
  minDelayMs: 250,
  maxDelayMs: 30_000,
  maxRestarts: 10,
  windowMs: 600_000,
} as const

/** {@link RestartOptions}, checked and complete. */
export type RestartLimits = { readonly [Name in keyof RestartOptions]-?: number }

/** Checks the option `restart`; `false` never restarts. Throws `InvalidInputError`. */
export function checkRestart(restart: unknown): RestartLimits {
  if (restart === false) return { ...DEFAULT_RESTART, maxRestarts: 0 }
  if (restart === undefined || restart === true) return DEFAULT_RESTART
  checkOptions('restart', restart)
  const options = restart as RestartOptions
  checkKnownKeys(options, { minDelayMs: true, maxDelayMs: true, maxRestarts: true, windowMs: true })
  const finite = (name: 'minDelayMs' | 'maxDelayMs') => {
    const ms = checkTimeoutMs(`restart.${name}`, options[name], DEFAULT_RESTART[name])
    if (ms === Infinity) throw new InvalidInputError(`restart.${name}`, ms, 'a finite number of milliseconds')
    return ms
  }
  return {
    minDelayMs: finite('minDelayMs'),
    maxDelayMs: finite('maxDelayMs'),
    maxRestarts: checkInteger('restart.maxRestarts', options.maxRestarts, DEFAULT_RESTART.maxRestarts, 0),
    windowMs: checkTimeoutMs('restart.windowMs', options.windowMs, DEFAULT_RESTART.windowMs),
  }
}

/** Counts how often a server ended and says when to start it again. */
export class RestartCounter {
  readonly #limits: RestartLimits
  #ends: number[] = []

  constructor(limits: RestartLimits) {
    this.#limits = limits
  }

  /**
   * Counts an end or a failed start. Returns the wait before the next start in milliseconds, or `undefined` to
   * give up.
   *
   * @param now - the time in milliseconds, of any clock
   * @param random - from 0 up to 1
   */
  next(now: number, random: number): number | undefined {
    const { windowMs, maxRestarts } = this.#limits
    this.#ends = [...this.#ends.filter((end) => now - end < windowMs), now]
    if (this.#ends.length > maxRestarts) return undefined
    return backoffDelay(this.#ends.length, this.#limits satisfies BackoffOptions, random)
  }
}

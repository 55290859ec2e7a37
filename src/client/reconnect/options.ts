import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'

/** How a lost connection is made anew. */
export interface ReconnectOptions {
  /**
   * Wait after the first attempt that failed, in milliseconds; it doubles each time, 25 % more or less. The
   * first attempt is made at once. @default DEFAULT_RECONNECT.minDelayMs
   */
  readonly minDelayMs?: number | undefined
  /** Longest wait between two attempts, in milliseconds. @default DEFAULT_RECONNECT.maxDelayMs */
  readonly maxDelayMs?: number | undefined
  /**
   * Time without a connection after which no further attempt is made, in milliseconds, or `Infinity`. The
   * client is closed then. @default DEFAULT_RECONNECT.giveUpAfterMs
   */
  readonly giveUpAfterMs?: number | undefined
}

/** {@link ReconnectOptions}, checked and complete. */
export type ReconnectPolicy = { readonly [Name in keyof ReconnectOptions]-?: number }

/** Defaults of {@link ReconnectOptions}: waits of 0.1 to 10 s, 2 minutes in all. */
export const DEFAULT_RECONNECT: ReconnectPolicy = {
  minDelayMs: 100,
  maxDelayMs: 10_000,
  giveUpAfterMs: 120_000,
}

/** Checks the option `reconnect`. Throws `InvalidInputError` naming the option. */
export function checkReconnect(reconnect: unknown): ReconnectPolicy | undefined {
  if (reconnect === undefined || reconnect === false) return undefined
  if (reconnect === true) return DEFAULT_RECONNECT
  if (typeof reconnect !== 'object' || reconnect === null) {
    throw new InvalidInputError('reconnect', reconnect, 'true, false or an object')
  }
  checkOptions('reconnect', reconnect)
  checkKnownKeys(reconnect, { minDelayMs: true, maxDelayMs: true, giveUpAfterMs: true })
  const check = (name: keyof ReconnectPolicy) =>
    checkTimeoutMs(`reconnect.${name}`, (reconnect as ReconnectOptions)[name], DEFAULT_RECONNECT[name])
  const policy = {
    minDelayMs: check('minDelayMs'),
    maxDelayMs: check('maxDelayMs'),
    giveUpAfterMs: check('giveUpAfterMs'),
  }
  if (policy.maxDelayMs === Infinity) {
    throw new InvalidInputError('reconnect.maxDelayMs', policy.maxDelayMs, 'a finite number of milliseconds')
  }
  return policy
}

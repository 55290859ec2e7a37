/** How waits grow. */
export interface BackoffOptions {
  /** Wait after the first failure, in milliseconds; it doubles each time. */
  readonly minDelayMs: number
  /** Longest wait, in milliseconds. */
  readonly maxDelayMs: number
}

/**
 * The wait after a number of failures, in whole milliseconds: twice the one before, 25 % more or less so that
 * many that failed together do not come back together, and never above the longest.
 *
 * @param failures - how many attempts have failed, from 1
 * @param random - a number from 0 up to 1
 */
export function backoffDelay(failures: number, options: BackoffOptions, random: number): number {
  const { minDelayMs, maxDelayMs } = options
  const base = Math.min(minDelayMs * 2 ** (failures - 1), maxDelayMs)
  const chance = Math.min(Math.max(random, 0), 1)
  return Math.min(Math.round(base * (0.75 + chance / 2)), maxDelayMs)
}

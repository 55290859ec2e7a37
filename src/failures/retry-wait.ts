import { backoffDelay } from '../util/backoff.js'
import { AbortedError } from '../util/errors.js'
import { LONGEST_TIMER_MS } from '../util/longest-timer.js'
import { onAbort } from '../util/on-abort.js'
import { sleep } from '../util/sleep.js'
import type { Failure } from './failure.js'
import type { RetryLimits, RetryPolicy } from './retry-policy.js'

/** Throws an {@link AbortedError} when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('the retry', { cause: signal.reason })
}

/**
 * How long to wait after an attempt that failed, in milliseconds, or `undefined` when the other side asks for
 * more than allowed, or for no number at all: a wait that no timer can keep must not become a short one.
 */
export function nextDelay(
  attempt: number,
  failure: Failure,
  limits: Pick<RetryLimits, 'minDelayMs' | 'maxDelayMs'>,
  random: () => number,
): number | undefined {
  const asked = failure.retryAfterMs ?? 0
  const delayMs = Math.max(asked, backoffDelay(attempt, limits, random()))
  return asked <= limits.maxDelayMs && Number.isFinite(delayMs) ? delayMs : undefined
}

/** Waits in steps that a timer can take. Rejects with an {@link AbortedError} when the signal aborts. */
export async function pause<T>(ms: number, { signal, sleep: wait = sleep }: RetryPolicy<T>): Promise<void> {
  for (let rest = ms; ; rest -= LONGEST_TIMER_MS) {
    const step = Math.min(rest, LONGEST_TIMER_MS)
    try {
      await wait(step, signal)
    } catch (cause) {
      throwIfAborted(signal)
      throw cause
    }
    if (rest <= LONGEST_TIMER_MS) return
    throwIfAborted(signal)
  }
}

/**
 * Settles like what it is given, or rejects with an {@link AbortedError} when the signal aborts first; what is
 * left behind is then unheard, but handled.
 */
export async function untilAborted(work: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work
    return
  }
  let stop = () => {}
  const aborted = new Promise<void>((_, reject) => {
    stop = () => reject(new AbortedError('the retry', { cause: signal.reason }))
  })
  if (signal.aborted) stop()
  const unwatch = signal.aborted ? undefined : onAbort(signal, stop)
  try {
    await Promise.race([aborted, work])
  } finally {
    unwatch?.()
  }
}

import { InvalidInputError } from '../util/errors.js'
import { checkOptions } from '../util/validate.js'
import { classifyFailure, isFailure } from './classify.js'
import type { Failure } from './failure.js'
import { readMember } from './read.js'
import { checkRetryPolicy, checkRetryUnsafe, type RetryPolicy } from './retry-policy.js'
import { nextDelay, pause, throwIfAborted, untilAborted } from './retry-wait.js'

/** Whether a repeat is harmless: Codex never got the operation, or refused it before it changed anything. */
export function isSafeToRepeat(failure: Failure): boolean {
  return failure.retrySafety === 'not-sent' || failure.retrySafety === 'rejected'
}

/**
 * Whether to repeat what failed: a repeat can succeed, and is safe. `retryUnsafe` waives the second condition.
 * Takes a {@link Failure} or anything that {@link classifyFailure} takes.
 *
 * Throws an {@link InvalidInputError} for wrong options.
 */
export function isRetryable(cause: unknown, options: { readonly retryUnsafe?: boolean } = {}): boolean {
  checkOptions('options', options)
  checkRetryUnsafe(options.retryUnsafe)
  const failure = classifyFailure(cause)
  return failure.retryable && (options.retryUnsafe === true || isSafeToRepeat(failure))
}

/**
 * Runs an operation until it succeeds, fails for good, or the policy is exhausted. `fn` gets the number of the
 * attempt, from 1, and the policy's signal. Waits grow exponentially with a jitter of a quarter either way,
 * and are never shorter than the other side asked for.
 *
 * An attempt fails when it rejects, and when it resolves with a value that holds a failure
 * ({@link RetryPolicy.failureOf}). The last attempt decides how this ends: it rejects with what that rejected
 * with, and resolves with what that resolved with, failure or not. Rejects with an `AbortedError` when the
 * signal aborts before or between attempts, and with an {@link InvalidInputError} for a wrong policy.
 */
export async function withRetry<T>(
  fn: (attempt: number, signal: AbortSignal | undefined) => T | PromiseLike<T>,
  policy: RetryPolicy<NoInfer<T>> = {},
): Promise<T> {
  const limits = checkRetryPolicy<T>(policy)
  if (typeof fn !== 'function') throw new InvalidInputError('fn', fn, 'a function')
  const { signal, now = Date.now, random = Math.random } = policy
  const started = now()
  const isLate = (delayMs: number) => !(now() - started + delayMs <= limits.maxElapsedMs)
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(signal)
    const { failure, error, value, settle } = await tryOnce(fn, attempt, policy)
    if (failure === undefined || attempt >= limits.maxAttempts || signal?.aborted) return settle()
    if (!isRetryable(failure, { retryUnsafe: policy.retryUnsafe === true })) return settle()
    const delayMs = nextDelay(attempt, failure, limits, random)
    if (delayMs === undefined || isLate(delayMs)) return settle()
    await untilAborted(policy.onRetry?.({ attempt, delayMs, failure, error, value }), signal)
    // The callback takes its time from the same budget.
    if (isLate(delayMs)) return settle()
    await pause(delayMs, policy)
  }
}

/** What became of one attempt. */
interface Outcome<T> {
  readonly failure: Failure | undefined
  readonly error: unknown
  readonly value: T | undefined
  /** Ends as the attempt ended. */
  readonly settle: () => T
}

async function tryOnce<T>(
  fn: (attempt: number, signal: AbortSignal | undefined) => T | PromiseLike<T>,
  attempt: number,
  policy: RetryPolicy<T>,
): Promise<Outcome<T>> {
  let value: T
  try {
    value = (await fn(attempt, policy.signal)) as T
  } catch (error) {
    const settle = () => {
      throw error
    }
    return { failure: classifyFailure(error, policy.context), error, value: undefined, settle }
  }
  return { failure: await failureIn(value, policy), error: undefined, value, settle: () => value }
}

async function failureIn<T>(value: T, { failureOf }: RetryPolicy<T>): Promise<Failure | undefined> {
  if (failureOf === undefined) {
    const failure = readMember(value, 'failure')
    return isFailure(failure) ? classifyFailure(failure) : undefined
  }
  // Awaited although its type has no promise: one that rejects would otherwise be nobody's.
  const found: unknown = await failureOf(value)
  if (found === undefined || found === null) return undefined
  if (!isFailure(found)) {
    throw new InvalidInputError('failureOf', found, 'a function that returns a Failure or undefined')
  }
  return classifyFailure(found)
}

import { setTimeout as delay } from 'node:timers/promises'
import { AbortedError, InvalidInputError } from '../util/errors.js'
import { checkFunction, checkInteger, checkOptions, checkSignal, checkTimeoutMs } from '../util/validate.js'
import { classifyFailure } from './classify.js'
import type { Failure, FailureContext } from './failure.js'

/** What {@link RetryPolicy.onRetry} is told before each wait. */
export interface RetryAttempt {
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number
  /** How long is waited before the next attempt, in milliseconds. */
  readonly delayMs: number
  /** Why the attempt failed. */
  readonly failure: Failure
  /** What the attempt rejected with. */
  readonly error: unknown
}

/** How {@link withRetry} repeats. */
export interface RetryPolicy {
  /** Most attempts in all, the first included. @default DEFAULT_RETRY.maxAttempts */
  readonly maxAttempts?: number | undefined
  /** Wait before the second attempt, in milliseconds; it doubles each time. @default DEFAULT_RETRY.minDelayMs */
  readonly minDelayMs?: number | undefined
  /**
   * Longest wait between two attempts, in milliseconds. When the other side asks for a longer one, the failure
   * is final: to come earlier is to be refused again. @default DEFAULT_RETRY.maxDelayMs
   */
  readonly maxDelayMs?: number | undefined
  /**
   * No further attempt begins later than this many milliseconds after the first began.
   * @default DEFAULT_RETRY.maxElapsedMs
   */
  readonly maxElapsedMs?: number | undefined
  /**
   * Also repeats what Codex may have acted on (`indeterminate`, `side-effects-possible`): only for operations
   * that may run twice. @default false
   */
  readonly retryUnsafe?: boolean | undefined
  /** Ends the waiting; no further attempt begins. `fn` gets it to end the attempt itself. */
  readonly signal?: AbortSignal | undefined
  /** What is known about the operation, for the classification of what it rejects with. */
  readonly context?: FailureContext | undefined
  /** Called before each wait. What it throws ends the retries and is what `withRetry` rejects with. */
  readonly onRetry?: ((attempt: RetryAttempt) => void) | undefined
  /** Random numbers from 0 up to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined
  /** Waits; must reject when the signal aborts. @default a timer */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined
  /** The current time in milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Defaults of {@link RetryPolicy}: 4 attempts, waits of 0.5 to 30 s, 2 minutes in all. */
export const DEFAULT_RETRY = {
  maxAttempts: 4,
  minDelayMs: 500,
  maxDelayMs: 30_000,
  maxElapsedMs: 120_000,
} as const

/** Whether a repeat is harmless: Codex never got the operation, or refused it before it changed anything. */
export function isSafeToRepeat(failure: Failure): boolean {
  return failure.retrySafety === 'not-sent' || failure.retrySafety === 'rejected'
}

/**
 * Whether to repeat what failed: a repeat can succeed, and is safe. `retryUnsafe` waives the second condition.
 * Takes a {@link Failure} or anything that {@link classifyFailure} takes.
 */
export function isRetryable(cause: unknown, options: { readonly retryUnsafe?: boolean } = {}): boolean {
  const failure = classifyFailure(cause)
  return failure.retryable && (options.retryUnsafe === true || isSafeToRepeat(failure))
}

/**
 * Runs an operation until it succeeds, fails for good, or the policy is exhausted. `fn` gets the number of the
 * attempt, from 1, and the policy's signal. Waits grow exponentially with a jitter of a quarter either way,
 * and are never shorter than the other side asked for.
 *
 * Rejects with what the last attempt rejected with, with an `AbortedError` when the signal aborts before or
 * between attempts, and with an `InvalidInputError` for a wrong policy.
 */
export async function withRetry<T>(
  fn: (attempt: number, signal: AbortSignal | undefined) => T | PromiseLike<T>,
  policy: RetryPolicy = {},
): Promise<T> {
  const { signal, onRetry } = policy
  const limits = checkPolicy(fn, policy)
  const now = policy.now ?? Date.now
  const started = now()
  for (let attempt = 1; ; attempt += 1) {
    if (signal?.aborted) throw new AbortedError('the retry', { cause: signal.reason })
    try {
      return await fn(attempt, signal)
    } catch (error) {
      const failure = classifyFailure(error, policy.context)
      if (attempt >= limits.maxAttempts || signal?.aborted) throw error
      if (!isRetryable(failure, { retryUnsafe: policy.retryUnsafe === true })) throw error
      const asked = failure.retryAfterMs ?? 0
      const delayMs = Math.max(asked, backoff(attempt, limits, policy.random ?? Math.random))
      if (asked > limits.maxDelayMs || now() - started + delayMs > limits.maxElapsedMs) throw error
      onRetry?.({ attempt, delayMs, failure, error })
      await pause(delayMs, policy)
    }
  }
}

type Limits = { readonly [K in keyof typeof DEFAULT_RETRY]: number }

function backoff(attempt: number, limits: Limits, random: () => number): number {
  const base = Math.min(limits.minDelayMs * 2 ** (attempt - 1), limits.maxDelayMs)
  return Math.min(Math.round(base * (0.75 + random() / 2)), limits.maxDelayMs)
}

async function pause(ms: number, policy: RetryPolicy): Promise<void> {
  const { signal } = policy
  try {
    await (policy.sleep ? policy.sleep(ms, signal) : delay(ms, undefined, { signal }))
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError('the retry', { cause: signal.reason })
    throw cause
  }
}

function checkPolicy(fn: unknown, policy: RetryPolicy): Limits {
  checkOptions('policy', policy)
  if (typeof fn !== 'function') throw new InvalidInputError('fn', fn, 'a function')
  checkSignal('signal', policy.signal)
  for (const name of ['onRetry', 'random', 'sleep', 'now'] as const) checkFunction(name, policy[name])
  return {
    maxAttempts: checkInteger('maxAttempts', policy.maxAttempts, DEFAULT_RETRY.maxAttempts, 1),
    minDelayMs: checkTimeoutMs('minDelayMs', policy.minDelayMs, DEFAULT_RETRY.minDelayMs),
    maxDelayMs: checkTimeoutMs('maxDelayMs', policy.maxDelayMs, DEFAULT_RETRY.maxDelayMs),
    maxElapsedMs: checkTimeoutMs('maxElapsedMs', policy.maxElapsedMs, DEFAULT_RETRY.maxElapsedMs),
  }
}

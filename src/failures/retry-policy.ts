import { InvalidInputError } from '../util/errors.js'
import { checkFunction, checkInteger, checkOptions, checkSignal, checkTimeoutMs } from '../util/validate.js'
import type { Failure, FailureContext } from './failure.js'

/** What {@link RetryPolicy.onRetry} is told before each wait. */
export interface RetryAttempt<T = unknown> {
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number
  /** How long is waited before the next attempt, in milliseconds. */
  readonly delayMs: number
  /** Why the attempt failed. */
  readonly failure: Failure
  /** What the attempt rejected with; `undefined` when it resolved with a failure. */
  readonly error: unknown
  /** What the attempt resolved with, when that holds a failure; `undefined` when it rejected. */
  readonly value: T | undefined
}

/** How `withRetry` repeats an operation that resolves with a `T`. */
export interface RetryPolicy<T = unknown> {
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
  /**
   * Finds the failure in what an attempt resolved with, for operations that resolve with their failures instead
   * of rejecting, as `runTurn` and `turn.result` do. `undefined` means success. What it throws ends the retries
   * and is what `withRetry` rejects with. `() => undefined` takes every value for a success.
   * @default the value's member `failure`, when that is a {@link Failure}
   */
  readonly failureOf?: ((value: T) => Failure | undefined) | undefined
  /**
   * Called before each wait, which begins when a promise that it returned has settled. What it throws or rejects
   * with ends the retries and is what `withRetry` rejects with. While its promise is pending, only `signal` ends
   * the retries. @default nothing is told
   */
  readonly onRetry?: ((attempt: RetryAttempt<T>) => unknown) | undefined
  /** Random numbers from 0 up to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined
  /**
   * Waits; must reject when the signal aborts. Called several times for a wait of more than 2,147,483,647 ms,
   * which is the most that a timer takes. @default a timer
   */
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

/** The numbers of a {@link RetryPolicy}, checked and complete. */
export type RetryLimits = { readonly [K in keyof typeof DEFAULT_RETRY]: number }

/** Checks a policy. Returns its numbers; throws an {@link InvalidInputError} that names the wrong option. */
export function checkRetryPolicy<T>(policy: RetryPolicy<T>): RetryLimits {
  checkOptions('policy', policy)
  checkSignal('signal', policy.signal)
  checkOptions('context', policy.context)
  checkRetryUnsafe(policy.retryUnsafe)
  for (const name of ['failureOf', 'onRetry', 'random', 'sleep', 'now'] as const) {
    checkFunction(name, policy[name])
  }
  return {
    maxAttempts: checkInteger('maxAttempts', policy.maxAttempts, DEFAULT_RETRY.maxAttempts, 1),
    minDelayMs: checkTimeoutMs('minDelayMs', policy.minDelayMs, DEFAULT_RETRY.minDelayMs),
    maxDelayMs: checkTimeoutMs('maxDelayMs', policy.maxDelayMs, DEFAULT_RETRY.maxDelayMs),
    maxElapsedMs: checkTimeoutMs('maxElapsedMs', policy.maxElapsedMs, DEFAULT_RETRY.maxElapsedMs),
  }
}

/** Checks `retryUnsafe`: a word such as `'no'` must not pass for either answer. */
export function checkRetryUnsafe(value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new InvalidInputError('retryUnsafe', value, 'a boolean')
}

import pTimeout from 'p-timeout'

/** What came of asking code that is not ours. */
export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error }
  /** The deadline passed. */
  | { readonly kind: 'timeout' }
  /** The answer was no longer wanted. */
  | { readonly kind: 'withdrawn' }

/** How long to wait for an answer. */
export interface AskOptions {
  /** Time there is, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  /** Aborts when the answer is no longer wanted. */
  readonly signal: AbortSignal
}

/**
 * Calls a function and waits for its answer within bounds. Its signal aborts when nobody waits any more. Never
 * rejects; what the function does later is dropped.
 */
export async function ask<T>(
  call: (signal: AbortSignal) => T | Promise<T>,
  { timeoutMs, signal }: AskOptions,
): Promise<Asked<T>> {
  if (signal.aborted) return { kind: 'withdrawn' }
  const asking = new AbortController()
  const { promise: withdrawn, stop } = whenAborted(signal)
  try {
    const answer = (async () => call(asking.signal))().then((value) => ({ kind: 'answer', value }) as const)
    const asked: Asked<T> = await pTimeout(Promise.race([answer, withdrawn]), {
      milliseconds: timeoutMs,
      fallback: () => ({ kind: 'timeout' }) as const,
    })
    return signal.aborted ? { kind: 'withdrawn' } : asked
  } catch (error) {
    return { kind: 'failed', error: toError(error) }
  } finally {
    stop()
    // Tells a function that is still at it; one that has answered no longer listens.
    asking.abort()
  }
}

function whenAborted(signal: AbortSignal) {
  let stop = () => {}
  const promise = new Promise<{ readonly kind: 'withdrawn' }>((resolve) => {
    const onAbort = () => resolve({ kind: 'withdrawn' })
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  return { promise, stop }
}

function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  // Only text is taken over: anything else could run code of its own, and throw again.
  return new Error(typeof thrown === 'string' ? thrown : `a value of type ${typeof thrown} was thrown`)
}

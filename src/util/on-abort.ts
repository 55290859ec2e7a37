interface Waiting {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

/** Who waits for a signal. */
const WAITING = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls back when a signal aborts; returns a function that takes the callback away again. The signal must not have
 * aborted yet, and the callback must not throw.
 *
 * A program may give one signal to hundreds of operations. Node warns of a leak when a signal has more than ten
 * listeners, so that all callbacks share one.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = WAITING.get(signal) ?? listen(signal)
  waiting.callbacks.add(callback)
  return () => {
    if (waiting.callbacks.delete(callback) && waiting.callbacks.size === 0) forget(signal, waiting)
  }
}

function listen(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>()
  const listener = () => {
    WAITING.delete(signal)
    for (const callback of callbacks) callback()
  }
  const waiting = { callbacks, listener }
  WAITING.set(signal, waiting)
  signal.addEventListener('abort', listener, { once: true })
  return waiting
}

function forget(signal: AbortSignal, waiting: Waiting): void {
  signal.removeEventListener('abort', waiting.listener)
  if (WAITING.get(signal) === waiting) WAITING.delete(signal)
}

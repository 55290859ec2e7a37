interface Waiting {
  readonly callbacks: Set<() => void>
  /** Takes the listener off the signal. */
  readonly stop: () => void
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
  const { callbacks, stop } = WAITING.get(signal) ?? listen(signal)
  callbacks.add(callback)
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) stop()
  }
}

function listen(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>()
  const listener = () => {
    stop()
    for (const callback of callbacks) callback()
  }
  const stop = () => {
    WAITING.delete(signal)
    signal.removeEventListener('abort', listener)
  }
  const waiting = { callbacks, stop }
  WAITING.set(signal, waiting)
  signal.addEventListener('abort', listener)
  return waiting
}

import { onAbort } from './on-abort.js'

/**
 * Waits. Rejects with the signal's reason when it aborts.
 *
 * Unlike the timers of `node:timers/promises`, the global one is driven by every fake clock.
 */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const unwatch = signal && onAbort(signal, abort)
    const timer = setTimeout(() => {
      unwatch?.()
      resolve()
    }, ms)
  })
}

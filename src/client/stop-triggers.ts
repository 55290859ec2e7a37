import { RequestTimeoutError } from '../rpc/errors.js'
import { AbortedError } from '../util/errors.js'
import { onAbort } from '../util/on-abort.js'

interface StopTriggersOptions {
  readonly signal: AbortSignal | undefined
  /** Time until the turn is to stop by itself, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
}

/** What stops a turn from outside: its signal, and the time that it has. */
export class StopTriggers {
  readonly #unwatch: (() => void) | undefined
  readonly #deadline: ReturnType<typeof setTimeout> | undefined

  /** @param stop - called with the cause; at once when the signal has aborted already */
  constructor({ signal, timeoutMs }: StopTriggersOptions, stop: (cause: Error) => void) {
    const abort = () => stop(new AbortedError('The turn', { cause: signal?.reason }))
    if (signal?.aborted) {
      abort()
      return
    }
    this.#unwatch = signal && onAbort(signal, abort)
    if (timeoutMs === Infinity) return
    this.#deadline = setTimeout(() => stop(new RequestTimeoutError('The turn', timeoutMs)), timeoutMs)
  }

  /** Takes the timer and the listener away. */
  dispose(): void {
    clearTimeout(this.#deadline)
    this.#unwatch?.()
  }
}

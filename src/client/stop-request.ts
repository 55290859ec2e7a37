import { RequestTimeoutError } from '../rpc/errors.js'
import { AbortedError } from '../util/errors.js'

interface StopOptions {
  readonly signal: AbortSignal | undefined
  /** Time until a stop is requested by itself, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  /** Time between a request to stop and `expired`, in milliseconds, or `Infinity`. */
  readonly graceMs: number
  /** Asks for the stop. */
  readonly interrupt: () => unknown
  /** The stop was not confirmed in time. */
  readonly expired: () => void
}

/**
 * The one request to stop a turn: by its signal, by its deadline, or by the program. Whichever comes first is
 * the cause; from then on the turn has a bounded time to end.
 */
export class StopRequest {
  readonly #options: StopOptions
  readonly #onAbort: () => void
  #deadline: ReturnType<typeof setTimeout> | undefined
  #grace: ReturnType<typeof setTimeout> | undefined
  #cause: Error | undefined

  constructor(options: StopOptions) {
    this.#options = options
    const { signal, timeoutMs } = options
    this.#onAbort = () => this.request(new AbortedError('The turn', { cause: signal?.reason }))
    if (signal?.aborted) {
      this.#cause = new AbortedError('The turn', { cause: signal.reason })
      return
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (timeoutMs !== Infinity) {
      this.#deadline = setTimeout(
        () => this.request(new RequestTimeoutError('The turn', timeoutMs)),
        timeoutMs,
      )
    }
  }

  /** Why the stop was requested; `undefined` while it was not. */
  get cause(): Error | undefined {
    return this.#cause
  }

  /** Requests the stop. Only the first request counts. */
  request(cause: Error): void {
    if (this.#cause) return
    this.#cause = cause
    clearTimeout(this.#deadline)
    const { graceMs, expired, interrupt } = this.#options
    if (graceMs !== Infinity) this.#grace = setTimeout(expired, graceMs)
    interrupt()
  }

  /** Takes timers and listeners away. */
  dispose(): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#grace)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }
}

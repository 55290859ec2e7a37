import { AbortedError } from '../../util/errors.js'
import { onAbort } from '../../util/on-abort.js'

/** What a {@link WaitingRequest} is about. */
export interface WaitingOptions {
  readonly method: string
  /** Its place among those that wait: the lowest is first. */
  readonly order: number
  readonly signal: AbortSignal | undefined
  /** Its turn has come. */
  readonly start: () => void
  /** It is given up, unsent. */
  readonly fail: (error: Error) => void
  /** Told once, before it starts or fails. */
  readonly left: (waiting: WaitingRequest) => void
}

/** A request that has not been sent. It leaves once: it starts, or fails by its signal, its deadline or a close. */
export class WaitingRequest {
  readonly method: string
  readonly order: number
  /** Kept by the list that it is in, so that it can leave from anywhere at once. */
  isListed = false
  before: WaitingRequest | undefined
  behind: WaitingRequest | undefined
  readonly #options: WaitingOptions
  readonly #unwatch: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** The signal must not have aborted yet. */
  constructor(options: WaitingOptions) {
    const { method, order, signal } = options
    this.method = method
    this.order = order
    this.#options = options
    const abort = () => this.fail(new AbortedError(method, { cause: signal?.reason, requestWritten: false }))
    this.#unwatch = signal && onAbort(signal, abort)
  }

  /** Does something in some milliseconds, unless it has left by then; in place of what was to be done before. */
  in(ms: number, action: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = ms === Infinity ? undefined : setTimeout(action, ms)
  }

  start(): void {
    this.#leave()
    this.#options.start()
  }

  fail(error: Error): void {
    this.#leave()
    this.#options.fail(error)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#unwatch?.()
    this.#options.left(this)
  }
}

import { AbortedError } from '../util/errors.js'
import { onAbort } from '../util/on-abort.js'
import { RequestTimeoutError } from './errors.js'
import type { RequestId } from './messages.js'
import { isClockSplit } from './split-clock.js'

/** A request that waits for its answer. */
export interface PendingRequest {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly timeoutMs: number
  /** On the clock of `performance.now()`; `Infinity` when the request may wait for ever. */
  readonly deadline: number
  /** Stops watching the signal of the request. */
  readonly unwatch: (() => void) | undefined
  /** Its own timer, under a split clock only. */
  readonly timer: ReturnType<typeof setTimeout> | undefined
}

// setTimeout treats a longer delay as 1 ms.
const LONGEST_TIMER_MS = 2 ** 31 - 1

type Timer = ReturnType<typeof setTimeout> & { ref?: () => void; unref?: () => void }

/**
 * The requests that wait for an answer. Each settles once: by its answer, its deadline, its signal, or the
 * end of the connection. One timer serves all deadlines, since a timer each costs more than the round trip; only
 * under a clock that a test has split has each its own.
 */
export class PendingRequests {
  #byId = new Map<RequestId, PendingRequest>()
  #timer: Timer | undefined
  #timerAt = Infinity

  /** How many requests wait. */
  get size(): number {
    return this.#byId.size
  }

  /** Registers a request, before it is written: its answer may come during the write. */
  add(
    id: RequestId,
    method: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const isTimed = timeoutMs !== Infinity
    const timer =
      isTimed && isClockSplit() ? setTimeout(() => this.#expire(id), Math.ceil(timeoutMs)) : undefined
    const deadline = isTimed && !timer ? performance.now() + timeoutMs : Infinity
    let unwatch: (() => void) | undefined
    if (signal) {
      const abort = () => this.take(id)?.reject(new AbortedError(method, { cause: signal.reason }))
      unwatch = onAbort(signal, abort)
    }
    this.#byId.set(id, { method, resolve, reject, timeoutMs, deadline, unwatch, timer })
    if (deadline < this.#timerAt) this.#arm(deadline)
    // The timer alone would let a program end while a request still waits.
    if (this.#byId.size === 1) this.#timer?.ref?.()
  }

  /** Removes a request for settling; `undefined` when it is unknown or has settled already. */
  take(id: RequestId): PendingRequest | undefined {
    const request = this.#byId.get(id)
    if (request === undefined) return undefined
    this.#byId.delete(id)
    release(request)
    if (this.#byId.size === 0) this.#timer?.unref?.()
    return request
  }

  /** Rejects everything that waits, each with an error of its own made from the one cause. */
  rejectAll(makeError: (method: string) => Error): void {
    // Swapped first: a caller's reaction to one rejection must not meet the others half settled.
    const pending = this.#byId
    this.#byId = new Map()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Infinity
    for (const request of pending.values()) {
      release(request)
      request.reject(makeError(request.method))
    }
  }

  #expire(id: RequestId): void {
    const request = this.take(id)
    request?.reject(new RequestTimeoutError(request.method, request.timeoutMs))
  }

  #arm(at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    const delay = Math.min(Math.max(0, Math.ceil(at - performance.now())), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#sweep(), delay) as Timer
    if (this.#byId.size === 0) this.#timer.unref?.()
  }

  #sweep(): void {
    this.#timer = undefined
    this.#timerAt = Infinity
    const now = performance.now()
    let next = Infinity
    for (const [id, request] of this.#byId) {
      if (request.deadline > now) next = Math.min(next, request.deadline)
      else this.#expire(id)
    }
    if (next !== Infinity) this.#arm(next)
  }
}

function release({ unwatch, timer }: PendingRequest): void {
  unwatch?.()
  if (timer) clearTimeout(timer)
}

import { AbortedError } from '../util/errors.js'
import { LONGEST_TIMER_MS } from '../util/longest-timer.js'
import { inMicrotask } from '../util/microtask.js'
import { onAbort } from '../util/on-abort.js'
import { RequestTimeoutError } from './errors.js'
import { IdTable } from './id-table.js'
import type { RequestId } from './messages.js'
import { isClockSplit } from './split-clock.js'

/** A request that waits for its answer. */
export interface PendingRequest {
  readonly id: RequestId
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly timeoutMs: number
  /** When it was sent; `undefined` when the table's timer is not to reject it. */
  readonly sent: Moment | undefined
  /** Stops watching the signal of the request. */
  readonly unwatch: (() => void) | undefined
  /** Its own timer, under a split clock only. */
  readonly timer: ReturnType<typeof setTimeout> | undefined
}

/** When the requests of one callback were sent, on the clock of `performance.now()`. */
interface Moment {
  at: number
}

type Timer = ReturnType<typeof setTimeout> & { ref?: () => void; unref?: () => void }

/**
 * The requests that wait for an answer. Each settles once: by its answer, its deadline, its signal, or the
 * end of the connection. One timer serves all deadlines, since a timer each costs more than the round trip; only
 * under a clock that a test has split has each its own.
 */
export class PendingRequests {
  #byId = new IdTable<PendingRequest>()
  #moment: Moment | undefined
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
    const sent = isTimed && !timer ? this.#now() : undefined
    let unwatch: (() => void) | undefined
    if (signal) {
      const abort = () => this.take(id)?.reject(new AbortedError(method, { cause: signal.reason }))
      unwatch = onAbort(signal, abort)
    }
    this.#byId.add({ id, method, resolve, reject, timeoutMs, sent, unwatch, timer })
    if (sent && sent.at + timeoutMs < this.#timerAt) this.#arm(sent.at + timeoutMs)
    // The timer alone would let a program end while a request still waits.
    if (this.#byId.size === 1) this.#timer?.ref?.()
  }

  /** Removes a request for settling; `undefined` when it is unknown or has settled already. */
  take(id: RequestId): PendingRequest | undefined {
    const request = this.#byId.get(id)
    if (!request) return undefined
    this.#byId.delete(request)
    release(request)
    if (this.#byId.size === 0) this.#timer?.unref?.()
    return request
  }

  /** Rejects everything that waits, each with an error of its own made from the one cause. */
  rejectAll(makeError: (method: string) => Error): void {
    // Swapped first: a caller's reaction to one rejection must not meet the others half settled.
    const pending = this.#byId
    this.#byId = new IdTable()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Infinity
    for (const request of pending.values()) {
      release(request)
      request.reject(makeError(request.method))
    }
  }

  /** A look at the clock costs as much as the way through this table: the requests of one callback share it. */
  #now(): Moment {
    if (this.#moment) return this.#moment
    const moment = { at: performance.now() }
    if (this.#byId.size > 0) {
      this.#moment = moment
      inMicrotask(this.#endMoment)
    }
    return moment
  }

  readonly #endMoment = (): void => {
    // The last of them may have been sent long after the first: none has its deadline too early.
    if (this.#moment) this.#moment.at = performance.now()
    this.#moment = undefined
  }

  #expire(id: RequestId): void {
    const request = this.take(id)
    request?.reject(new RequestTimeoutError(request.method, request.timeoutMs))
  }

  #arm(at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    const delay = Math.min(Math.ceil(at - performance.now()), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#sweep(), delay) as Timer
    if (this.#byId.size === 0) this.#timer.unref?.()
  }

  #sweep(): void {
    this.#timer = undefined
    this.#timerAt = Infinity
    const now = performance.now()
    let next = Infinity
    for (const { id, sent, timeoutMs } of this.#byId.values()) {
      const deadline = sent ? sent.at + timeoutMs : Infinity
      if (deadline > now) next = Math.min(next, deadline)
      else this.#expire(id)
    }
    if (next !== Infinity) this.#arm(next)
  }
}

function release({ unwatch, timer }: PendingRequest): void {
  unwatch?.()
  if (timer) clearTimeout(timer)
}

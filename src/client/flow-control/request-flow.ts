import { RequestTimeoutError, type RpcError } from '../../rpc/errors.js'
import type { RequestOptions } from '../../rpc/peer.js'
import type { CloseReason } from '../../rpc/transport.js'
import { AbortedError } from '../../util/errors.js'
import { checkSignal, checkTimeoutMs } from '../../util/validate.js'
import { type FlowLanes, type Lane, makeLanes, nextWaiting } from './lanes.js'
import type { FlowLimits } from './limits.js'
import { isOverload, overloadDelay } from './overload.js'
import { classOf } from './request-class.js'
import { WaitingRequest } from './waiting-request.js'

/** What a {@link RequestFlow} looks at before it sends; an `RpcPeer` is one. */
export interface FlowLink {
  /** Pending while the other side does not keep up; never rejects. */
  readonly drained: Promise<void> | undefined
  /** Why nothing can be sent any more. */
  readonly closeReason: CloseReason | undefined
}

/** Options of a {@link RequestFlow}. */
export interface RequestFlowOptions extends FlowLimits {
  /** Deadline of a request that names none, in milliseconds, or `Infinity`. */
  readonly requestTimeoutMs: number
  /** The connection of now. */
  readonly link: () => FlowLink
  /** Random numbers from 0 up to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** Sends a request; resolves with its answer. Gets what is left of the deadline, in milliseconds, and the signal. */
export type SendRequest<T> = (timeoutMs: number, signal: AbortSignal | undefined) => Promise<T>

/** One request from its first to its last attempt. */
interface Call<T> {
  readonly method: string
  readonly lane: Lane
  readonly order: number
  readonly timeoutMs: number
  /** On the clock of `performance.now()`, or `Infinity`. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  readonly send: SendRequest<T>
  refusals: number
  /** Why Codex refused the last attempt. */
  refusal: RpcError | undefined
}

/**
 * Stands between those who ask and the connection, and asks no more at once than Codex takes. A request is sent
 * at once while there is room, and waits otherwise; what Codex refuses for overload is sent again. One deadline
 * covers the waiting, the attempts and the answer.
 *
 * The limits hold for what waits for an answer: a request that Codex never answers gives its place back when its
 * deadline passes or its signal aborts. Urgent requests ({@link classOf}) wait for nothing but {@link resume}.
 */
export class RequestFlow {
  readonly #options: RequestFlowOptions
  readonly #lanes: FlowLanes
  readonly #waiting = new Set<WaitingRequest>()
  #nextOrder = 0
  #isPaused = false
  #isClosed = false
  /** What has to resolve before anything but the urgent is sent. */
  #draining: Promise<void> | undefined

  constructor(options: RequestFlowOptions) {
    this.#options = options
    this.#lanes = makeLanes(options)
  }

  /** How many requests wait to be sent. */
  get waitingRequests(): number {
    return this.#waiting.size
  }

  /**
   * Sends a request when its turn has come: at once, within this call, when there is room. Settles as `send` does;
   * an overload that stays is the `RpcError` of the last refusal. What is given up before it was sent rejects
   * with an error whose `requestWritten` is `false`: a `RequestTimeoutError` at its deadline, an `AbortedError`
   * when its signal aborts, or what {@link close} makes. Throws `InvalidInputError` for wrong options.
   */
  run<T>(method: string, options: RequestOptions | undefined, send: SendRequest<T>): Promise<T> {
    const timeoutMs = checkTimeoutMs('timeoutMs', options?.timeoutMs, this.#options.requestTimeoutMs)
    const signal = options?.signal
    checkSignal('signal', signal)
    const call: Call<T> = {
      method,
      lane: this.#lanes[classOf(method)],
      order: this.#nextOrder++,
      timeoutMs,
      deadline: timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs,
      signal,
      send,
      refusals: 0,
      refusal: undefined,
    }
    return this.#isFree(call.lane) ? this.#attempt(call, timeoutMs) : this.#wait(call)
  }

  /** Holds everything back, the urgent too, until {@link resume} or {@link close}. What was sent is not touched. */
  pause(): void {
    this.#isPaused = true
  }

  /** Ends a pause: what waited is sent, in its order. */
  resume(): void {
    this.#isPaused = false
    this.#sendWaiting()
  }

  /**
   * Rejects everything that waits, each with an error of its own made from the one cause. Later requests are
   * handed on at once, to be refused by what they are sent to. Idempotent.
   */
  close(makeError: (method: string) => Error): void {
    this.#isClosed = true
    // A caller's reaction to one rejection must not meet the others half settled.
    for (const waiting of [...this.#waiting]) waiting.fail(makeError(waiting.method))
  }

  /** Sends within this call. The place that it takes is given back when the attempt has settled. */
  async #attempt<T>(call: Call<T>, remainingMs: number): Promise<T> {
    call.lane.inFlight += 1
    let delayMs: number
    try {
      return await call.send(remainingMs, call.signal)
    } catch (error) {
      if (error instanceof RequestTimeoutError && remainingMs !== call.timeoutMs) {
        // The caller knows the whole deadline, not what was left of it.
        throw new RequestTimeoutError(call.method, call.timeoutMs)
      }
      delayMs = this.#delayAfter(call, error)
    } finally {
      call.lane.inFlight -= 1
      this.#sendWaiting()
    }
    return this.#wait(call, delayMs)
  }

  /** How long to wait before the next attempt, in milliseconds; throws the error when there will be none. */
  #delayAfter<T>(call: Call<T>, error: unknown): number {
    if (!isOverload(error) || call.refusals >= this.#options.overloadRetries) throw error
    call.refusals += 1
    call.refusal = error
    const delayMs = overloadDelay(call.refusals, error, this.#options.random ?? Math.random)
    if (delayMs === undefined || this.#isClosed || performance.now() + delayMs >= call.deadline) throw error
    return delayMs
  }

  #wait<T>(call: Call<T>, delayMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const { method, order, signal, lane } = call
      if (signal?.aborted) throw new AbortedError(method, { cause: signal.reason, requestWritten: false })
      const waiting = new WaitingRequest({
        method,
        order,
        signal,
        start: () => {
          const remainingMs = call.deadline - performance.now()
          // A busy program may come here before the timer of the deadline.
          if (remainingMs > 0) resolve(this.#attempt(call, remainingMs))
          else reject(lateError(call))
        },
        fail: reject,
        left: () => {
          this.#waiting.delete(waiting)
          lane.waiting.remove(waiting)
        },
      })
      this.#waiting.add(waiting)
      const queue = () => {
        waiting.in(Math.max(0, call.deadline - performance.now()), () => waiting.fail(lateError(call)))
        lane.waiting.add(waiting)
        this.#sendWaiting()
      }
      if (delayMs === 0) queue()
      else waiting.in(delayMs, queue)
    })
  }

  #sendWaiting(): void {
    if (this.#waiting.size === 0 || this.#isPaused) return
    // What waits when the connection has ended is settled by close(), or sent when the next one is there.
    if (this.#options.link().closeReason) return
    for (;;) {
      const next =
        this.#lanes.urgent.waiting.first ?? (this.#isDrained() ? nextWaiting(this.#lanes) : undefined)
      if (!next) return
      next.start()
    }
  }

  /** Whether a request of a lane can be sent now, before all that wait. */
  #isFree(lane: Lane): boolean {
    if (this.#isClosed) return true
    if (this.#isPaused || lane.waiting.first) return false
    if (lane === this.#lanes.urgent || this.#options.link().closeReason) return true
    return lane.hasRoom() && this.#isDrained()
  }

  #isDrained(): boolean {
    const { drained } = this.#options.link()
    if (drained && drained !== this.#draining) {
      this.#draining = drained
      void drained.then(() => this.#onDrained(drained))
    }
    return drained === undefined
  }

  #onDrained(drained: Promise<void>): void {
    if (this.#draining !== drained) return
    this.#draining = undefined
    this.#sendWaiting()
  }
}

/** The error of a request whose deadline passed before it was sent, or sent again. */
function lateError(call: Call<unknown>): Error {
  return call.refusal ?? new RequestTimeoutError(call.method, call.timeoutMs, { requestWritten: false })
}

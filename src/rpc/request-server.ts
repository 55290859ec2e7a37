import { AbortedError } from '../util/errors.js'
import { inMicrotask } from '../util/microtask.js'
import { ProtocolViolationError, RpcError } from './errors.js'
import { guard, isThenable, toError } from './guard.js'
import { IdTable } from './id-table.js'
import { type Answer, InboundRequest, type RequestContext } from './inbound-requests.js'
import { describeId, errorResponse, type RequestId, resultResponse } from './messages.js'

/** Answers one request. Return or resolve with the result; throw an {@link RpcError} to choose the error. */
export type RequestHandler = (params: unknown, context: RequestContext) => unknown

/** What a {@link RequestServer} needs of its peer. */
export interface RequestServerOptions {
  /** Whether responses carry `"jsonrpc":"2.0"`. */
  readonly header: boolean
  /** Answers what no handler takes. */
  readonly fallback: ((method: string, params: unknown, context: RequestContext) => unknown) | undefined
  /** Receives what goes wrong. Must not throw. */
  readonly problem: (error: Error) => void
}

/** What waits for the messages of a chunk to be read: a request whose handler has not started, or a task. */
type Waiting = InboundRequest | (() => void)

/** Answers the requests of the other side, several at a time, each exactly once or not at all. */
export class RequestServer {
  readonly #options: RequestServerOptions
  readonly #handlers = new Map<string, RequestHandler>()
  readonly #open = new IdTable<InboundRequest>()
  /** Those whose id is `null`, of which there may be several. */
  readonly #unnamed = new Set<InboundRequest>()
  #waiting: Waiting[] = []

  constructor(options: RequestServerOptions) {
    this.#options = options
  }

  /** Sets the handler of a method. Returns a function that takes it away again. */
  handle(method: string, handler: RequestHandler): () => void {
    this.#handlers.set(method, handler)
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method)
    }
  }

  /** Has a request answered; `answer` is called once, now or later. */
  serve(id: RequestId | null, method: string, params: unknown, answer: Answer): void {
    if (id !== null && this.#open.get(id)) {
      // A repeated request is the same request: its first handler answers it.
      this.#options.problem(
        new ProtocolViolationError(`request id ${describeId(id)} came again while being answered`),
      )
      answer()
      return
    }
    const request = new InboundRequest(id, method, params, answer)
    if (id === null) this.#unnamed.add(request)
    else this.#open.add(request)
    this.inOrder(request)
  }

  /** Runs a task after the handlers of earlier requests have started, and before those of later ones do. */
  inOrder(waiting: Waiting): void {
    this.#waiting.push(waiting)
    // Handlers start after the messages that came with the request, so that none delays the stream.
    if (this.#waiting.length === 1) inMicrotask(this.#startWaiting)
  }

  /** Takes one request back. Returns whether it was still being answered. */
  withdraw(id: RequestId, reason: unknown): boolean {
    const request = this.#open.get(id)
    if (!request) return false
    this.#open.delete(request)
    request.withdraw(reason ?? new AbortedError(request.method))
    return true
  }

  /** Takes back everything that is being answered. */
  withdrawAll(makeReason: () => Error): void {
    const requests = [...this.#open.values(), ...this.#unnamed]
    if (requests.length === 0) return
    for (const request of requests) this.#forget(request)
    const reason = makeReason()
    for (const request of requests) request.withdraw(reason)
  }

  readonly #startWaiting = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (typeof one === 'function') guard(one, this.#options.problem)
      else this.#start(one)
    }
  }

  /** Runs a handler. One that answers at once costs no promise. */
  #start(request: InboundRequest): void {
    // Withdrawn in the moment between its arrival and now: a handler would only do harm.
    if (!request.isWanted) {
      request.settle()
      return
    }
    const { method, params } = request
    const { fallback } = this.#options
    try {
      const handler = this.#handlers.get(method)
      if (!handler && !fallback) throw RpcError.methodNotFound(method)
      const result = handler ? handler(params, request) : fallback?.(method, params, request)
      if (!isThenable(result)) {
        this.#finish(request, result)
        return
      }
      Promise.resolve(result).then(
        (value) => this.#finish(request, value),
        (error: unknown) => this.#fail(request, error),
      )
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #finish(request: InboundRequest, result: unknown): void {
    this.#forget(request)
    request.settle(resultResponse(this.#options.header, request.id, result))
  }

  #fail(request: InboundRequest, error: unknown): void {
    const { header, problem } = this.#options
    this.#forget(request)
    const isRefusal = error instanceof RpcError
    // What a handler throws by accident may hold secrets: the other side gets a number, the owner the error.
    // A handler that gives up because it was told to is no accident.
    if (!isRefusal && request.isWanted) problem(toError(error))
    const refusal = isRefusal ? error : RpcError.internal()
    request.settle(errorResponse(header, request.id, refusal))
  }

  #forget(request: InboundRequest): void {
    if (request.id === null) this.#unnamed.delete(request)
    else this.#open.delete(request)
  }
}

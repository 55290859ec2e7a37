import { AbortedError } from '../util/errors.js'
import { inMicrotask } from '../util/microtask.js'
import { ProtocolViolationError, RpcError } from './errors.js'
import { guard, isThenable, toError } from './guard.js'
import { InboundRequest, type RequestContext } from './inbound-requests.js'
import {
  describeId,
  errorResponse,
  type RequestId,
  type ResponseMessage,
  resultResponse,
} from './messages.js'

/** Answers one request. Return or resolve with the result; throw an {@link RpcError} to choose the error. */
export type RequestHandler = (params: unknown, context: RequestContext) => unknown

/** Takes the response to one message; nothing when none is wanted any more. Must not throw. */
export type Answer = (response?: ResponseMessage) => void

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
type Waiting = Job | (() => void)

interface Job {
  readonly request: InboundRequest
  readonly params: unknown
  readonly answer: Answer
}

/** Answers the requests of the other side, several at a time, each exactly once or not at all. */
export class RequestServer {
  readonly #options: RequestServerOptions
  readonly #handlers = new Map<string, RequestHandler>()
  readonly #open = new Map<RequestId, InboundRequest>()
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
    if (id !== null && this.#open.has(id)) {
      // A repeated request is the same request: its first handler answers it.
      this.#options.problem(
        new ProtocolViolationError(`request id ${describeId(id)} came again while being answered`),
      )
      answer()
      return
    }
    const request = new InboundRequest(id, method)
    if (id !== null) this.#open.set(id, request)
    this.#wait({ request, params, answer })
  }

  /** Runs a task after the handlers of earlier requests have started, and before those of later ones do. */
  inOrder(task: () => void): void {
    this.#wait(task)
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting)
    // Handlers start after the messages that came with the request, so that none delays the stream.
    if (this.#waiting.length === 1) inMicrotask(this.#startWaiting)
  }

  /** Takes one request back. Returns whether it was still being answered. */
  withdraw(id: RequestId, reason: unknown): boolean {
    const request = this.#open.get(id)
    if (!request) return false
    this.#open.delete(id)
    this.#withdraw(request, reason ?? new AbortedError(request.method))
    return true
  }

  /** Takes back everything that is being answered. */
  withdrawAll(makeReason: () => Error): void {
    if (this.#open.size === 0) return
    const requests = [...this.#open.values()]
    this.#open.clear()
    const reason = makeReason()
    for (const request of requests) this.#withdraw(request, reason)
  }

  #withdraw(request: InboundRequest, reason: unknown): void {
    guard(() => request.withdraw(reason), this.#options.problem)
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
  #start(job: Job): void {
    const { request, params } = job
    // Withdrawn in the moment between its arrival and now: a handler would only do harm.
    if (!request.isWanted) {
      job.answer()
      return
    }
    const { id, method } = request
    const { fallback, header } = this.#options
    try {
      const handler = this.#handlers.get(method)
      if (!handler && !fallback) throw RpcError.methodNotFound(method)
      const result = handler ? handler(params, request) : fallback?.(method, params, request)
      if (!isThenable(result)) {
        this.#finish(job, resultResponse(header, id, result))
        return
      }
      Promise.resolve(result).then(
        (value) => this.#finish(job, resultResponse(header, id, value)),
        (error: unknown) => this.#finish(job, this.#failure(request, error)),
      )
    } catch (error) {
      this.#finish(job, this.#failure(request, error))
    }
  }

  #finish({ request, answer }: Job, response: ResponseMessage): void {
    const { id } = request
    if (id !== null && this.#open.get(id) === request) this.#open.delete(id)
    answer(request.isWanted ? response : undefined)
  }

  #failure(request: InboundRequest, error: unknown): ResponseMessage {
    const { header, problem } = this.#options
    if (error instanceof RpcError) return errorResponse(header, request.id, error.toWire())
    // What a handler throws by accident may hold secrets: the other side gets a number, the owner the error.
    // A handler that gives up because it was told to is no accident.
    if (request.isWanted) problem(toError(error))
    return errorResponse(header, request.id, RpcError.internal().toWire())
  }
}

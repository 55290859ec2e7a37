import { AbortedError } from '../util/errors.js'
import { checkFunction, checkOptions, checkSignal, checkTimeoutMs } from '../util/validate.js'
import {
  ConnectionClosedError,
  MessageParseError,
  OversizeMessageError,
  ProtocolViolationError,
  RPC_ERROR_NUMBERS,
  RpcError,
  TransportClosedError,
} from './errors.js'
import { InboundRequest, type RequestContext } from './inbound-requests.js'
import { isRequestId, type NotificationMessage, type RequestId } from './messages.js'
import { PendingRequests } from './pending-requests.js'
import type { CloseReason, Transport, WireMessage } from './transport.js'

/** Deadline of a request by default: 60,000 ms. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 60_000

/** Methods of one side: name → types of its parameters and result. */
export type MethodMap = { readonly [method: string]: { readonly params: unknown; readonly result: unknown } }

/** Answers one request. Return or resolve with the result; throw an {@link RpcError} to choose the error. */
export type RequestHandler = (params: unknown, context: RequestContext) => unknown

/** Takes one notification. What it throws goes to `onError` and changes nothing else. */
export type NotificationHandler = (params: unknown, message: NotificationMessage) => void

/** Options of an {@link RpcPeer}. */
export interface RpcPeerOptions {
  /** Deadline of a request that names none, in milliseconds. @default DEFAULT_REQUEST_TIMEOUT_MS */
  readonly requestTimeoutMs?: number
  /** Whether outgoing messages carry `"jsonrpc":"2.0"`. Incoming ones may or may not. @default true */
  readonly jsonrpcHeader?: boolean
  /**
   * Whether messages that are no valid JSON-RPC are answered with an error whose id is null, as the
   * specification asks of servers. Some peers end the connection on such an answer. @default true
   */
  readonly answerInvalidMessages?: boolean
  /** Answers requests that no {@link RpcPeer.handle} handler takes. @default refused with -32601 */
  readonly onRequest?: (method: string, params: unknown, context: RequestContext) => unknown
  /** Receives every notification, before the {@link RpcPeer.listen} handlers do. Called in order of arrival. */
  readonly onNotification?: (message: NotificationMessage) => void
  /**
   * Receives what goes wrong without ending the connection: skipped lines, answers to no request, what
   * handlers threw. Silent by default; what it throws itself is dropped.
   */
  readonly onError?: (error: Error) => void
}

/** Options of a single request. */
export interface RequestOptions {
  /** Deadline in milliseconds, or `Infinity`. @default the peer's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined
  /** Gives the request up; it then rejects with an `AbortedError`. The other side is not told. */
  readonly signal?: AbortSignal | undefined
}

/**
 * One end of a JSON-RPC connection: sends requests and notifications, and answers those of the other end.
 *
 * The peer owns the transport that it is given: it assigns the callbacks and closes it. Register handlers,
 * then call {@link RpcPeer.start}.
 *
 * @typeParam Remote - methods that the other side answers
 */
export class RpcPeer<
  Remote extends {
    readonly [M in keyof Remote]: { readonly params: unknown; readonly result: unknown }
  } = MethodMap,
> {
  /** Resolves with the reason when the connection has ended, whatever ended it. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly #transport: Transport
  readonly #options: RpcPeerOptions
  readonly #requestTimeoutMs: number
  readonly #header: { readonly jsonrpc?: '2.0' }
  readonly #pending = new PendingRequests()
  readonly #inbound = new Map<RequestId, InboundRequest>()
  readonly #handlers = new Map<string, RequestHandler>()
  readonly #listeners = new Map<string, Set<NotificationHandler>>()
  #started: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #closeReason: CloseReason | undefined
  #resolveClosed!: (reason: CloseReason) => void
  #nextId = 1

  constructor(transport: Transport, options: RpcPeerOptions = {}) {
    checkOptions('options', options)
    this.#requestTimeoutMs = checkTimeoutMs(
      'requestTimeoutMs',
      options.requestTimeoutMs,
      DEFAULT_REQUEST_TIMEOUT_MS,
    )
    checkFunction('onRequest', options.onRequest)
    checkFunction('onNotification', options.onNotification)
    checkFunction('onError', options.onError)
    this.#transport = transport
    this.#options = options
    this.#header = options.jsonrpcHeader === false ? {} : { jsonrpc: '2.0' }
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  /** Why the connection ended; `undefined` while it has not. */
  get closeReason(): CloseReason | undefined {
    return this.#closeReason
  }

  /** How many requests of this side wait for an answer. */
  get pendingRequests(): number {
    return this.#pending.size
  }

  /** Opens the transport. Rejects when it cannot be opened. Further calls return the same promise. */
  start(): Promise<void> {
    if (this.#started) return this.#started
    if (this.#closeReason) return Promise.reject(new ConnectionClosedError(this.#closeReason))
    this.#transport.onmessage = (message) => this.#receive(message)
    this.#transport.onerror = (error) => this.#problem(error)
    this.#transport.onclose = (reason) => this.#settle(reason)
    this.#started = this.#transport.start()
    return this.#started
  }

  /**
   * Sends a request and resolves with its result.
   *
   * Rejects with an {@link RpcError} when the other side refuses, a `RequestTimeoutError` after the
   * deadline, an `AbortedError` when the signal aborts, a {@link ConnectionClosedError} when the connection
   * ends, and a {@link TransportClosedError} or `MessageEncodeError` when nothing could be sent.
   */
  request<M extends keyof Remote & string>(
    method: M,
    params?: Remote[M]['params'],
    options?: RequestOptions,
  ): Promise<Remote[M]['result']> {
    return new Promise((resolve, reject) => {
      const timeoutMs = checkTimeoutMs('timeoutMs', options?.timeoutMs, this.#requestTimeoutMs)
      const signal = options?.signal
      checkSignal('signal', signal)
      if (this.#closeReason) throw new TransportClosedError(`${method}: ${this.#closeReason.message}`)
      if (signal?.aborted) throw new AbortedError(method, { cause: signal.reason })
      const id = this.#nextId++
      this.#pending.add(id, method, timeoutMs, signal, resolve, reject)
      try {
        this.#send({ ...this.#header, id, method, params })
      } catch (error) {
        this.#pending.take(id)?.reject(error)
      }
    })
  }

  /**
   * Sends a notification. Returns a promise when the transport asks to wait before more is sent; it may be
   * ignored. Throws a {@link TransportClosedError} when the connection is not open.
   */
  notify(method: string, params?: unknown): void | Promise<void> {
    if (this.#closeReason) throw new TransportClosedError(`${method}: ${this.#closeReason.message}`)
    return this.#send({ ...this.#header, method, params })
  }

  /** Answers the requests for one method. Returns a function that takes the handler away again. */
  handle(method: string, handler: RequestHandler): () => void {
    checkFunction('handler', handler)
    this.#handlers.set(method, handler)
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method)
    }
  }

  /** Receives the notifications of one method. Returns a function that takes the handler away again. */
  listen(method: string, handler: NotificationHandler): () => void {
    checkFunction('handler', handler)
    const handlers = this.#listeners.get(method) ?? new Set()
    this.#listeners.set(method, handlers.add(handler))
    return () => {
      if (handlers.delete(handler) && handlers.size === 0) this.#listeners.delete(method)
    }
  }

  /**
   * Takes back a request of the other side: its handler's signal aborts and its answer is not sent.
   * Returns whether the request was still being answered.
   */
  withdraw(id: RequestId, reason?: unknown): boolean {
    const request = this.#inbound.get(id)
    if (!request) return false
    this.#inbound.delete(id)
    guard(() => request.withdraw(reason ?? new AbortedError(request.method)), this.#options.onError)
    return true
  }

  /**
   * Ends the connection: everything pending rejects at once, then the transport is closed. Resolves when the
   * transport has released what it holds. Idempotent.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      // Assigned before anything settles: a caller's reaction may call close() again.
      let finish!: (done: Promise<void>) => void
      this.#closing = new Promise((resolve) => {
        finish = resolve
      })
      this.#settle({ kind: 'local', message: 'closed by this side' })
      // The async wrapper turns a throw of the transport into a rejection.
      finish((async () => this.#transport.close())())
    }
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #send(message: WireMessage): void | Promise<void> {
    return this.#transport.send(message)
  }

  #receive(message: WireMessage): void {
    if (this.#closeReason) return
    if (Array.isArray(message)) this.#receiveBatch(message)
    else this.#dispatch(message, (response) => this.#respond(response))
  }

  #receiveBatch(batch: readonly unknown[]): void {
    if (batch.length === 0) {
      this.#refuseInvalid(RpcError.invalidRequest(), (response) => this.#respond(response))
      return
    }
    // The answers of a batch travel together; a notification in it owes none.
    const responses: WireMessage[] = []
    let owed = 1
    const settleOne = () => {
      owed -= 1
      if (owed === 0 && responses.length > 0) this.#respond(responses)
    }
    for (const message of batch) {
      // Counted before the dispatch: an invalid member is answered during it.
      owed += 1
      const isAnswered = this.#dispatch(message, (response) => {
        if (response) responses.push(response)
        settleOne()
      })
      if (!isAnswered) owed -= 1
    }
    settleOne()
  }

  /** Handles one message; returns whether `answer` will be called for it, with nothing if it was withdrawn. */
  #dispatch(message: unknown, answer: (response?: WireMessage) => void): boolean {
    if (typeof message !== 'object' || message === null) {
      return this.#refuseInvalid(RpcError.invalidRequest(), answer)
    }
    const { method, id, params } = message as { method?: unknown; id?: unknown; params?: unknown }
    if (typeof method === 'string') {
      if (id === undefined) {
        this.#notified(message as NotificationMessage)
        return false
      }
      if (isRequestId(id) || id === null) {
        this.#requested(id, method, params, answer)
        return true
      }
    } else if (method === undefined && ('result' in message || 'error' in message || isRequestId(id))) {
      this.#answered(message as { id?: unknown; result?: unknown; error?: unknown })
      return false
    }
    return this.#refuseInvalid(RpcError.invalidRequest(), answer)
  }

  #notified(message: NotificationMessage): void {
    const { onNotification, onError } = this.#options
    if (onNotification) {
      try {
        onNotification(message)
      } catch (error) {
        guard(() => onError?.(toError(error)))
      }
    }
    if (this.#listeners.size === 0) return
    for (const handler of this.#listeners.get(message.method) ?? []) {
      guard(() => handler(message.params, message), onError)
    }
  }

  #answered(message: { id?: unknown; result?: unknown; error?: unknown }): void {
    const request = isRequestId(message.id) ? this.#pending.take(message.id) : undefined
    if (!request) {
      this.#problem(
        new ProtocolViolationError(`an answer to no pending request (id ${describeId(message.id)})`),
      )
    } else if (message.error !== undefined && message.error !== null) {
      request.reject(RpcError.fromWire(message.error, request.method))
    } else if ('result' in message) {
      request.resolve(message.result)
    } else {
      request.reject(new ProtocolViolationError(`${request.method}: the answer has neither result nor error`))
    }
  }

  #requested(
    id: RequestId | null,
    method: string,
    params: unknown,
    answer: (response?: WireMessage) => void,
  ): void {
    if (id !== null && this.#inbound.has(id)) {
      // A repeated request is the same request: its first handler answers it.
      this.#problem(
        new ProtocolViolationError(`request id ${describeId(id)} came again while being answered`),
      )
      answer()
      return
    }
    const request = new InboundRequest(id, method)
    if (id !== null) this.#inbound.set(id, request)
    // Handlers start after the messages that came with the request, so that none delays the stream.
    queueMicrotask(() => {
      void this.#answer(request, params).then((response) => {
        if (id !== null && this.#inbound.get(id) === request) this.#inbound.delete(id)
        answer(request.isWanted ? response : undefined)
      })
    })
  }

  async #answer(request: InboundRequest, params: unknown): Promise<WireMessage> {
    const { id, method } = request
    try {
      const handler = this.#handlers.get(method)
      const { onRequest } = this.#options
      if (!handler && !onRequest) throw RpcError.methodNotFound(method)
      const result = await (handler ? handler(params, request) : onRequest?.(method, params, request))
      return { ...this.#header, id, result: result === undefined ? null : result }
    } catch (error) {
      if (error instanceof RpcError) return { ...this.#header, id, error: error.toWire() }
      // What a handler throws by accident may hold secrets: the other side gets a number, the owner the error.
      this.#problem(toError(error))
      return { ...this.#header, id, error: RpcError.internal().toWire() }
    }
  }

  #refuseInvalid(error: RpcError, answer: (response?: WireMessage) => void): boolean {
    this.#problem(
      new ProtocolViolationError('received a message that is no request, response or notification'),
    )
    if (this.#options.answerInvalidMessages === false) return false
    answer({ ...this.#header, id: null, error: error.toWire() })
    return true
  }

  #respond(response?: WireMessage): void {
    if (!response || this.#closeReason) return
    try {
      void this.#send(response)
    } catch (error) {
      this.#problem(toError(error))
      const id = (response as { id?: RequestId | null }).id
      // The result could not be encoded: the other side must still get an answer.
      if (this.#closeReason || id === undefined || error instanceof TransportClosedError) return
      guard(
        () => void this.#send({ ...this.#header, id, error: RpcError.internal().toWire() }),
        this.#options.onError,
      )
    }
  }

  #problem(error: Error): void {
    if (error instanceof OversizeMessageError && error.responseId !== undefined) {
      this.#pending.take(error.responseId)?.reject(error)
    }
    if (error instanceof MessageParseError && this.#options.answerInvalidMessages !== false) {
      this.#respond({
        ...this.#header,
        id: null,
        error: { code: RPC_ERROR_NUMBERS.parseError, message: 'Parse error' },
      })
    }
    guard(() => this.#options.onError?.(error))
  }

  #settle(reason: CloseReason): void {
    if (this.#closeReason) return
    this.#closeReason = reason
    this.#pending.rejectAll((method) => new ConnectionClosedError(reason, { method }))
    const inbound = [...this.#inbound.values()]
    this.#inbound.clear()
    const error = inbound.length > 0 ? new ConnectionClosedError(reason) : undefined
    for (const request of inbound) guard(() => request.withdraw(error), this.#options.onError)
    this.#resolveClosed(reason)
  }
}

/** Runs a user's callback so that what it throws cannot break the peer. */
function guard(callback: () => void, onError?: (error: Error) => void): void {
  try {
    callback()
  } catch (error) {
    if (onError) guard(() => onError(toError(error)))
  }
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value))
}

function describeId(id: unknown): string {
  return isRequestId(id) ? JSON.stringify(id).slice(0, 80) : typeof id
}

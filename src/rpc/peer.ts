import { type Deferred, deferred } from '../util/deferred.js'
import { AbortedError, InvalidInputError } from '../util/errors.js'
import { checkFunction, checkOptions, checkSignal, checkTimeoutMs } from '../util/validate.js'
import { answerBatch } from './batch.js'
import {
  ConnectionClosedError,
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  ProtocolViolationError,
  RPC_ERROR_NUMBERS,
  RpcError,
  TransportClosedError,
} from './errors.js'
import { guard, report, toError, watch } from './guard.js'
import type { Answer } from './inbound-requests.js'
import { Listeners, type NotificationHandler } from './listeners.js'
import {
  describeId,
  errorResponse,
  isRequestId,
  type NotificationMessage,
  notificationMessage,
  type RequestId,
  type ResponseMessage,
  requestMessage,
} from './messages.js'
import {
  DEFAULT_REQUEST_TIMEOUT_MS,
  type MethodMap,
  type RequestOptions,
  type RpcPeerOptions,
} from './peer-options.js'
import { PendingRequests } from './pending-requests.js'
import { type RequestHandler, RequestServer } from './request-server.js'
import { Responder } from './responder.js'
import type { CloseReason, Transport, WireMessage } from './transport.js'

export type { MethodMap, RequestOptions, RpcPeerOptions } from './peer-options.js'
export { DEFAULT_REQUEST_TIMEOUT_MS } from './peer-options.js'

const CALLBACKS = ['onRequest', 'onNotification', 'acceptId', 'onUnexpectedResponse', 'onError'] as const

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
  readonly #header: boolean
  readonly #pending = new PendingRequests()
  readonly #listeners = new Listeners()
  readonly #server: RequestServer
  readonly #responder: Responder
  #opening: Deferred<never> | undefined
  #started: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #closeReason: CloseReason | undefined
  /** What the transport asks to wait for, and the same for others: it never rejects. */
  #draining: Promise<void> | undefined
  #drained: Promise<void> | undefined
  #resolveClosed!: (reason: CloseReason) => void
  #nextId = 1

  constructor(transport: Transport, options: RpcPeerOptions = {}) {
    checkTransport(transport)
    checkOptions('options', options)
    this.#requestTimeoutMs = checkTimeoutMs(
      'requestTimeoutMs',
      options.requestTimeoutMs,
      DEFAULT_REQUEST_TIMEOUT_MS,
    )
    for (const name of CALLBACKS) checkFunction(name, options[name])
    this.#transport = transport
    this.#options = options
    this.#header = options.jsonrpcHeader !== false
    this.#server = new RequestServer({
      header: this.#header,
      fallback: options.onRequest,
      problem: this.#problem,
    })
    this.#responder = new Responder(transport, this.#header, this.#problem)
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

  /**
   * Resolves when the other side has drained enough for more messages, or the connection has ended; `undefined`
   * while it keeps up. Never rejects. Who sends much may wait for it; nobody has to.
   */
  get drained(): Promise<void> | undefined {
    return this.#drained
  }

  /**
   * Opens the transport. Rejects with the transport's error when it cannot be opened, and with a
   * {@link ConnectionClosedError} when this side closes first. Further calls return the same promise.
   */
  start(): Promise<void> {
    this.#started ??= this.#open()
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
      this.#checkOpen(method)
      if (signal?.aborted) throw new AbortedError(method, { cause: signal.reason, requestWritten: false })
      const id = this.#nextId++
      this.#pending.add(id, method, timeoutMs, signal, resolve, reject)
      try {
        const sent = this.#transport.send(requestMessage(this.#header, id, method, params))
        if (sent) {
          sent.then(undefined, (error: unknown) => this.#pending.take(id)?.reject(error))
          this.#awaitDrain(sent)
        }
      } catch (error) {
        this.#pending.take(id)?.reject(error)
      }
    })
  }

  /**
   * Sends a notification. Returns a promise when the transport asks to wait before more is sent; it may be
   * ignored. Throws a {@link TransportClosedError} when the connection is not open, and a
   * `MessageEncodeError` when the message cannot be written.
   */
  notify(method: string, params?: unknown): void | Promise<void> {
    this.#checkOpen(method)
    const sent = this.#transport.send(notificationMessage(this.#header, method, params))
    // A rejection that the caller does not look at must not end the program.
    if (sent) {
      watch(sent, this.#options.onError)
      this.#awaitDrain(sent)
    }
    return sent
  }

  /**
   * Answers the requests for one method, in place of an earlier handler. Returns a function that takes the
   * handler away again.
   */
  handle(method: string, handler: RequestHandler): () => void {
    checkPresent('handler', handler)
    return this.#server.handle(method, handler)
  }

  /** Receives the notifications of one method. Returns a function that takes the handler away again. */
  listen(method: string, handler: NotificationHandler): () => void {
    checkPresent('handler', handler)
    return this.#listeners.add(method, handler)
  }

  /**
   * Takes back a request of the other side: its handler's signal aborts and its answer is not sent.
   * Returns whether the request was still being answered.
   */
  withdraw(id: RequestId, reason?: unknown): boolean {
    return this.#server.withdraw(id, reason)
  }

  /**
   * Ends the connection: everything pending rejects at once, then the transport is closed. Resolves when the
   * transport has released what it holds, and never rejects: what the transport fails with goes to
   * `onError`. Idempotent.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      // Assigned before anything settles: a caller's reaction may call close() again.
      const closing = deferred<void>()
      this.#closing = closing.promise
      this.#settle({ kind: 'local', message: 'closed by this side' })
      this.#opening?.reject(new ConnectionClosedError(this.#closeReason as CloseReason))
      closing.resolve(this.#closeTransport())
    }
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(): Promise<void> {
    if (this.#closeReason) throw new ConnectionClosedError(this.#closeReason)
    this.#transport.onmessage = this.#receive
    this.#transport.onerror = this.#problem
    this.#transport.onclose = this.#settle
    this.#opening = deferred()
    // Raced below, unless the transport throws before that.
    this.#opening.promise.catch(() => {})
    try {
      await Promise.race([this.#transport.start(), this.#opening.promise])
    } catch (cause) {
      // Mostly the transport has told a better reason by now.
      this.#settle({ kind: 'error', message: 'the transport could not be opened', cause: toError(cause) })
      throw cause
    } finally {
      this.#opening = undefined
    }
  }

  #checkOpen(method: string): void {
    if (this.#closeReason) throw new TransportClosedError(`${method}: ${this.#closeReason.message}`)
  }

  #awaitDrain(sent: Promise<void>): void {
    // Transports give out one promise until it resolves.
    if (sent === this.#draining) return
    this.#draining = sent
    const done = () => {
      // The newest counts: it is the one that resolves last.
      if (this.#draining === sent) this.#draining = this.#drained = undefined
    }
    this.#drained = sent.then(done, done)
  }

  async #closeTransport(): Promise<void> {
    try {
      await this.#transport.close()
    } catch (error) {
      this.#problem(toError(error))
    }
  }

  readonly #receive = (message: WireMessage): void => {
    if (this.#closeReason) return
    if (!Array.isArray(message)) {
      this.#dispatch(message, this.#respond)
    } else if (message.length === 0 || this.#options.acceptBatches === false) {
      this.#refuseInvalid(this.#respond)
    } else {
      answerBatch(message, this.#dispatch, this.#respond)
    }
  }

  /** Handles one message; returns whether `answer` will be called for it, with nothing if it was withdrawn. */
  readonly #dispatch = (message: unknown, answer: Answer): boolean => {
    if (typeof message !== 'object' || message === null) return this.#refuseInvalid(answer)
    const { method, id, result, error } = message as Partial<Record<string, unknown>>
    if (typeof method === 'string') {
      if (id === undefined) {
        const notification = message as NotificationMessage
        if (this.#options.orderedNotifications === true) {
          this.#server.inOrder(() => {
            if (!this.#closeReason) this.#notified(notification)
          })
        } else {
          this.#notified(notification)
        }
        return false
      }
      if ((isRequestId(id) || id === null) && this.#acceptsId(id)) {
        this.#server.serve(id, method, (message as { params?: unknown }).params, answer)
        return true
      }
    } else if (method === undefined && (result !== undefined || error !== undefined || isRequestId(id))) {
      if (this.#answered(message as { id?: unknown; result?: unknown; error?: unknown })) return false
    }
    return this.#refuseInvalid(answer)
  }

  #notified(message: NotificationMessage): void {
    const { onNotification, onError } = this.#options
    if (onNotification) {
      try {
        watch(onNotification(message), onError)
      } catch (error) {
        report(onError, error)
      }
    }
    this.#listeners.call(message, onError)
  }

  /** Settles a request; returns whether the message was an answer at all. */
  #answered(message: { id?: unknown; result?: unknown; error?: unknown }): boolean {
    const { id, result, error } = message
    const isError = error !== undefined && error !== null
    const request = isRequestId(id) ? this.#pending.take(id) : undefined
    const { onUnexpectedResponse, onError } = this.#options
    if (!request && onUnexpectedResponse) {
      if (result === undefined && error === undefined) return false
      guard(() => onUnexpectedResponse(message as ResponseMessage), onError)
    } else if (!request) {
      const what = `an answer to no pending request (id ${describeId(id)})`
      this.#problem(
        new ProtocolViolationError(what, isError ? { cause: RpcError.fromWire(error) } : undefined),
      )
    } else if (isError) {
      request.reject(RpcError.fromWire(error, request.method))
    } else if (result !== undefined) {
      request.resolve(result)
    } else {
      request.reject(new ProtocolViolationError(`${request.method}: the answer has neither result nor error`))
    }
    return true
  }

  #refuseInvalid(answer: Answer): boolean {
    const error = new ProtocolViolationError(
      'received a message that is no request, response or notification',
    )
    this.#problem(error)
    const response = this.#invalidAnswer(error, RpcError.invalidRequest())
    if (response) answer(response)
    return response !== undefined
  }

  /** The answer to what is no message; nothing when none is wanted. */
  #invalidAnswer(error: Error, standard: RpcError): ResponseMessage | undefined {
    const { answerInvalidMessages: answer, onError } = this.#options
    if (answer === false) return undefined
    if (typeof answer !== 'function') return errorResponse(this.#header, null, standard)
    try {
      return answer(error)
    } catch (fault) {
      report(onError, fault)
      return undefined
    }
  }

  #acceptsId(id: RequestId | null): boolean {
    const { acceptId, onError } = this.#options
    if (!acceptId) return true
    try {
      return acceptId(id)
    } catch (error) {
      report(onError, error)
      return false
    }
  }

  readonly #respond = (response?: ResponseMessage | ResponseMessage[]): void => {
    if (response && !this.#closeReason) this.#responder.send(response)
  }

  readonly #problem = (error: Error): void => {
    if (error instanceof OversizeMessageError) this.#onOversize(error)
    const isNoise =
      error instanceof NoiseLineError && typeof this.#options.answerInvalidMessages === 'function'
    if (error instanceof MessageParseError || isNoise) {
      this.#respond(this.#invalidAnswer(error, new RpcError(RPC_ERROR_NUMBERS.parseError, 'Parse error')))
    }
    report(this.#options.onError, error)
  }

  /** What was skipped still owes somebody an answer. */
  #onOversize(error: OversizeMessageError): void {
    const { responseId, requestId } = error
    if (responseId !== undefined) this.#pending.take(responseId)?.reject(error)
    if (requestId === undefined) return
    const refusal = RpcError.invalidRequest('the request is longer than this side accepts')
    this.#respond(errorResponse(this.#header, requestId, refusal))
  }

  readonly #settle = (reason: CloseReason): void => {
    if (this.#closeReason) return
    this.#closeReason = reason
    this.#pending.rejectAll((method) => new ConnectionClosedError(reason, { method }))
    this.#server.withdrawAll(() => new ConnectionClosedError(reason))
    this.#resolveClosed(reason)
  }
}

function checkPresent(option: string, handler: unknown): void {
  if (typeof handler !== 'function') throw new InvalidInputError(option, handler, 'a function')
}

function checkTransport(transport: Transport): void {
  const { start, send, close } = (transport ?? {}) as Partial<Transport>
  if (typeof start === 'function' && typeof send === 'function' && typeof close === 'function') return
  throw new InvalidInputError('transport', transport, 'a transport with start, send and close')
}

import type { ClientMethod, ParamsOf, ResultOf, ServerNotification } from '../protocol/index.js'
import { ConnectionClosedError, OversizeMessageError } from '../rpc/errors.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import { InvalidInputError } from '../util/errors.js'
import { checkOptions } from '../util/validate.js'
import type { CodexEvents } from './codex-events.js'
import { type ClientRequestOptions, Connection, type ConnectionOptions, type Link } from './connection.js'
import { Dialect } from './dialects/index.js'
import { isOverload } from './flow-control/overload.js'
import { RequestFlow } from './flow-control/request-flow.js'
import { isDelta } from './is-delta.js'
import { NotificationStreams } from './notification-stream.js'
import type { CheckedOptions } from './options.js'
import type { LastingConnectionOptions, TransportFactory } from './reconnect/lasting-connection.js'
import type { ReconnectPolicy } from './reconnect/options.js'
import type { Restorer } from './reconnect/restorer.js'
import { ServerRequests } from './server-requests.js'
import { StandingRequests } from './standing-requests.js'
import type { ThreadHost } from './thread.js'
import { makeThreadHost } from './thread-host.js'
import { ToolCalls } from './tool-calls.js'
import { TurnRouter } from './turn-router.js'

/** Longest time that a thread has to be resumed over a new connection: 30,000 ms. */
const MAX_RESUME_MS = 30_000

/** What makes a connection anew. Loaded for the clients that do. */
export type Reconnection = typeof import('./reconnect/reconnection.js')

/** What is behind a client: its connection, and who gets what comes over it. */
export class ClientCore {
  /** Resolves when the connection has ended for good and every turn has settled. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly emitter = new Emitter<CodexEvents>()
  readonly streams = new NotificationStreams()
  readonly tools = new ToolCalls((error) => this.emitter.emit('diagnostic', error))
  readonly host: ThreadHost
  readonly link: Link
  readonly #options: CheckedOptions
  /** What older servers say, in the words of the current ones. */
  readonly #dialect = new Dialect()
  readonly #router = new TurnRouter()
  readonly #flow: RequestFlow
  readonly #standing: StandingRequests
  readonly #serverRequests: ServerRequests
  /** Knows what it takes to make the connection anew; `undefined` when it is not. */
  readonly #restorer: Restorer | undefined

  /**
   * @param source - the transport, or what makes the transport of each connection
   * @param reconnection - given together with the option `reconnect`
   */
  constructor(
    source: Transport | TransportFactory,
    options: CheckedOptions,
    reconnection: Reconnection | undefined,
  ) {
    const { reconnect } = options
    const router = this.#router
    this.#options = options
    this.#standing = new StandingRequests(reconnect !== undefined)
    this.#serverRequests = this.#makeServerRequests()
    if (reconnect && reconnection) {
      this.#restorer = new reconnection.Restorer({
        router,
        standing: this.#standing,
        dialect: this.#dialect,
        // Refused when it has ended: then nothing is left to stop.
        interruptStray: (threadId, turnId) => void this.host.interruptStray(threadId, turnId).catch(() => {}),
        timeoutMs: Math.min(options.requestTimeoutMs, MAX_RESUME_MS),
      })
      const lasting = this.#lastingOptions(reconnect, this.#restorer)
      this.link = new reconnection.LastingConnection(source as TransportFactory, lasting)
    } else {
      this.link = new Connection(source as Transport, this.#connectionOptions())
    }
    const { flow, requestTimeoutMs } = options
    this.#flow = new RequestFlow({ ...flow, requestTimeoutMs, link: () => this.link })
    this.host = makeThreadHost({
      options,
      router,
      request: (method, params, requestOptions) => this.request(method, params, requestOptions),
      isLost: (threadId) => this.#restorer?.isLost(threadId) ?? false,
      report: (error) => this.emitter.emit('diagnostic', error),
      onEnded: (threadId, turnId) => this.#serverRequests.turnEnded(threadId, turnId),
    })
    this.closed = this.link.closed.then((reason) => this.#onClosed(reason))
  }

  /** Opens the connection. Rejects as `Connection.open` does. */
  async open(): Promise<void> {
    const { initialize: params, handshakeTimeoutMs: timeoutMs, signal } = this.#options
    await this.link.open({ params, timeoutMs, signal })
  }

  /** Sends a request. Rejects as `Connection.request` does. */
  request<M extends ClientMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: ClientRequestOptions,
  ): Promise<ResultOf<M>> {
    return this.requestAny(method, params, options) as Promise<ResultOf<M>>
  }

  /** Sends a request by any name. */
  async requestAny(method: string, params: unknown, options?: ClientRequestOptions): Promise<unknown> {
    if (typeof method !== 'string' || method === '') {
      throw new InvalidInputError('method', method, 'the name of a method')
    }
    checkOptions('options', options)
    const { onWrite, onOverload } = options ?? {}
    const restorer = this.#restorer
    const result = await this.#flow.run(method, options, async (timeoutMs, signal) => {
      // Looked at last: it may have waited for a connection on which its thread did not come back.
      restorer?.checkThread(method, params)
      onWrite?.()
      try {
        return await this.link.requestAny(
          method,
          restorer ? restorer.amend(method, params) : params,
          onWrite ? { timeoutMs } : { timeoutMs, signal },
        )
      } catch (error) {
        if (isOverload(error)) onOverload?.(error)
        throw error
      }
    })
    this.#restorer?.answered(method, params, result)
    return result
  }

  /** Ends everything. Idempotent. */
  async close(): Promise<void> {
    await this.link.close()
    await this.closed
  }

  #connectionOptions(): ConnectionOptions {
    return {
      requestTimeoutMs: this.#options.requestTimeoutMs,
      flow: this.#options.flow,
      onNotification: (message) => this.#receive(message),
      onRequest: (method, params, context) => this.#serverRequests.answer(method, params, context),
      onError: (error) => {
        if (error instanceof OversizeMessageError) this.#router.notificationLost()
        this.emitter.emit('diagnostic', error)
      },
    }
  }

  #lastingOptions(policy: ReconnectPolicy, restorer: Restorer): LastingConnectionOptions {
    return {
      ...this.#connectionOptions(),
      policy,
      onLost: (reason) => {
        this.#flow.pause()
        restorer.connectionLost(reason)
        this.emitter.emit('connection.lost', reason)
      },
      restore: (connection) => restorer.restore(connection),
      onRestored: (how) => {
        const restored = restorer.connectionRestored(how)
        this.#flow.resume()
        this.emitter.emit('connection.restored', restored)
      },
    }
  }

  #makeServerRequests(): ServerRequests {
    const { hook, decider, handlers, approvalTimeoutMs } = this.#options
    return new ServerRequests({
      hook,
      decider,
      handlers,
      approvalTimeoutMs,
      tools: this.tools,
      router: this.#router,
      dialect: this.#dialect,
      standing: this.#standing,
      withdraw: (id) => this.link.withdraw(id),
      interrupt: (threadId, turnId) => this.host.interruptTurn(threadId, turnId),
      onError: (error) => this.emitter.emit('diagnostic', error),
    })
  }

  #receive(message: ServerNotification): void {
    if (this.#dialect.isCurrent) this.#route(message)
    else for (const translated of this.#dialect.translate(message)) this.#route(translated)
    this.streams.receive(message)
    // Asked first: to hand over arguments that nobody hears costs more than to ask.
    if (this.emitter.listenerCount('notification') > 0) this.emitter.emit('notification', message)
  }

  #route(message: ServerNotification): void {
    this.#router.receive(message)
    if (isDelta(message)) return
    this.#serverRequests.receive(message)
    this.#restorer?.receive(message)
  }

  async #onClosed(reason: CloseReason): Promise<CloseReason> {
    this.#flow.close((method) => new ConnectionClosedError(reason, { method, requestWritten: false }))
    this.streams.connectionClosed(reason)
    this.#standing.close(reason)
    await this.#router.connectionClosed(reason)
    this.emitter.emit('closed', reason)
    return reason
  }
}

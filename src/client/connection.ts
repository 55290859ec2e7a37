import pTimeout from 'p-timeout'
import type { ClientMethod, ParamsOf, ResultOf, Sent, ServerNotification } from '../protocol/index.js'
import { redact, redactJson } from '../redaction/index.js'
import {
  ConnectionClosedError,
  ProtocolViolationError,
  RequestTimeoutError,
  RPC_ERROR_NUMBERS,
  RpcError,
} from '../rpc/errors.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import type { NotificationMessage, RequestId } from '../rpc/messages.js'
import { type RequestOptions, RpcPeer } from '../rpc/peer.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { AbortedError } from '../util/errors.js'
import { respellParams } from './dialects/index.js'
import { CodexExitedError, HandshakeError, UnsupportedMethodError } from './errors.js'
import type { FlowLimits } from './flow-control/limits.js'
import { type FlowLink, RequestFlow } from './flow-control/request-flow.js'

/** What an app-server connection needs besides its transport. */
export interface ConnectionOptions {
  readonly requestTimeoutMs: number
  readonly flow: FlowLimits
  readonly onNotification: (message: ServerNotification) => void
  readonly onRequest: (method: string, params: unknown, context: RequestContext) => unknown
  readonly onError: (error: Error) => void
}

/** How a request of the client is sent. */
export interface ClientRequestOptions extends RequestOptions {
  /**
   * Called each time just before the request is written. The signal then takes the request back only while it
   * waits: an answer is awaited whatever becomes of the signal. @default the signal always counts
   */
  readonly onWrite?: (() => void) | undefined
  /**
   * Called each time Codex has refused the request because it had no room for it, before it looked at it. It then waits
   * to be sent again, or rejects with the refusal. The signal takes it back while it waits.
   */
  readonly onOverload?: ((refusal: RpcError) => void) | undefined
}

/** How the handshake is made. */
export interface HandshakeOptions {
  readonly params: Sent.InitializeParams
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** What a client needs of its connection, be it one or several in a row. */
export interface Link extends FlowLink {
  /** Resolves with the reason when the connection has ended for good. Never rejects. */
  readonly closed: Promise<CloseReason>
  /** What the server said of itself in the latest handshake. */
  readonly server: ResultOf<'initialize'> | undefined
  /** Opens the connection and introduces this client. Leaves nothing behind when it rejects. */
  open(options: HandshakeOptions): Promise<void>
  /** Sends a request by any name. */
  requestAny(method: string, params: unknown, options?: RequestOptions): Promise<unknown>
  /** Takes back a request of the server. */
  withdraw(id: RequestId): void
  /** The methods that the server knows, asked for once. */
  methods(): Promise<ReadonlySet<string>>
  /** Ends the connection. Idempotent. */
  close(): Promise<void>
}

/** A method that no server has, to be told the methods that this one has. */
const PROBE_METHOD = 'codex-conduit/probe'

/** A connection to an app-server: the handshake, typed requests, and the list of what the server can do. */
export class Connection implements Link {
  readonly closed: Promise<CloseReason>
  readonly #peer: RpcPeer
  /** For the requests of the connection itself; those of its client flow before they come here. */
  readonly #flow: RequestFlow
  #server: ResultOf<'initialize'> | undefined
  #methods: Promise<ReadonlySet<string>> | undefined

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#peer = new RpcPeer(transport, {
      requestTimeoutMs: options.requestTimeoutMs,
      // The app-server never sends the header, and ends the connection on some answers it did not ask for.
      jsonrpcHeader: false,
      answerInvalidMessages: false,
      onNotification: options.onNotification as (message: NotificationMessage) => void,
      onRequest: options.onRequest,
      onError: options.onError,
    })
    this.closed = this.#peer.closed
    const { requestTimeoutMs, flow } = options
    this.#flow = new RequestFlow({ ...flow, requestTimeoutMs, link: () => this.#peer })
    void this.closed.then((reason) => {
      this.#flow.close((method) => new ConnectionClosedError(reason, { method, requestWritten: false }))
    })
  }

  /** What the server said of itself in the handshake. */
  get server(): ResultOf<'initialize'> | undefined {
    return this.#server
  }

  get drained(): Promise<void> | undefined {
    return this.#peer.drained
  }

  get closeReason(): CloseReason | undefined {
    return this.#peer.closeReason
  }

  /**
   * Opens the transport and introduces this client. Rejects with `CodexExitedError` when the process ended,
   * `HandshakeError` when the server refused or did not answer, `AbortedError`, or what the transport
   * rejects with; the connection is closed then.
   */
  async open(options: HandshakeOptions): Promise<void> {
    const { signal } = options
    let isOpen = false
    try {
      if (signal?.aborted) throw new AbortedError('The start of Codex', { cause: signal.reason })
      const startedAt = performance.now()
      await this.#startTransport(options)
      isOpen = true
      const timeoutMs = Math.max(1, options.timeoutMs - (performance.now() - startedAt))
      await this.#introduce({ ...options, timeoutMs })
    } catch (error) {
      const reason = this.#peer.closeReason
      // Why the start failed matters more than what else goes wrong now.
      await this.#peer.close().catch(() => {})
      if (signal?.aborted) throw new AbortedError('The start of Codex', { cause: signal.reason })
      throw explainHandshake(error, reason, isOpen ? options.timeoutMs : undefined)
    }
  }

  /** Sends a request. Rejects as `RpcPeer.request` does, and with `UnsupportedMethodError`. */
  request<M extends ClientMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: RequestOptions,
  ): Promise<ResultOf<M>> {
    return this.requestAny(method, params, options) as Promise<ResultOf<M>>
  }

  /** Sends a request by any name. */
  async requestAny(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    try {
      return await this.#peer.request(method, params, options)
    } catch (raw) {
      const error = withoutSecrets(raw)
      if (error instanceof RpcError && isUnknownMethod(error, method)) {
        throw new UnsupportedMethodError(method, this.#server?.userAgent ?? '', { cause: error })
      }
      // Older servers spell some values otherwise; the refused request had no effect, so it is sent again.
      const respelled = isRefused(error) ? respellParams(params, error.message) : undefined
      if (respelled === undefined) throw error
      return await this.#again(method, respelled, options)
    }
  }

  async #again(method: string, params: unknown, options: RequestOptions | undefined): Promise<unknown> {
    try {
      return await this.#peer.request(method, params, options)
    } catch (error) {
      throw withoutSecrets(error)
    }
  }

  /** Sends a notification. */
  notify(method: string, params?: unknown): void {
    void this.#peer.notify(method, params)
  }

  /** Takes back a request of the server. */
  withdraw(id: RequestId): void {
    this.#peer.withdraw(id)
  }

  /** The methods that this server knows, asked for once. */
  async methods(): Promise<ReadonlySet<string>> {
    this.#methods ??= this.#probe()
    try {
      return await this.#methods
    } catch (error) {
      this.#methods = undefined
      throw error
    }
  }

  /** Ends the connection. Idempotent. */
  close(): Promise<void> {
    return this.#peer.close()
  }

  async #startTransport({ timeoutMs, signal }: HandshakeOptions): Promise<void> {
    // Not every transport bounds its own start: a connection can be accepted and then left alone.
    const milliseconds = timeoutMs
    const cause = new RequestTimeoutError('The opening of the connection', timeoutMs)
    const message = new HandshakeError(`The connection could not be opened within ${timeoutMs} ms`, { cause })
    await pTimeout(this.#peer.start(), { milliseconds, message, ...(signal ? { signal } : {}) })
  }

  async #introduce({ params, timeoutMs, signal }: HandshakeOptions): Promise<void> {
    const server = await this.#send('initialize', params, { timeoutMs, signal })
    if (typeof (server as Partial<ResultOf<'initialize'>> | null)?.userAgent !== 'string') {
      throw new ProtocolViolationError('the answer to initialize does not name a user agent')
    }
    this.#server = server as ResultOf<'initialize'>
    void this.#peer.notify('initialized')
  }

  /** Sends a request again when the server was overloaded. */
  #send(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#flow.run(method, options, (timeoutMs, signal) =>
      this.#peer.request(method, params, { timeoutMs, signal }),
    )
  }

  async #probe(): Promise<ReadonlySet<string>> {
    try {
      await this.#send(PROBE_METHOD, {})
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      // Measured: the refusal of an unknown method lists every method that the server has.
      const [, list] = error.message.split('expected one of')
      const names = [...(list ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)
      if (names.length > 0) return new Set(names)
    }
    throw new ProtocolViolationError('the server did not list its methods')
  }
}

/** What Codex refuses with may quote what it was given: keys, URLs, a provider's answer. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error
  const { rpcCode, message, data, method } = error
  return new RpcError(rpcCode, redact(message), {
    data: redactJson(data),
    ...(method === undefined ? {} : { method }),
  })
}

function isRefused(error: unknown): error is RpcError {
  return error instanceof RpcError && error.rpcCode === RPC_ERROR_NUMBERS.invalidRequest
}

function isUnknownMethod(error: RpcError, method: string): boolean {
  if (error.rpcCode === RPC_ERROR_NUMBERS.methodNotFound) return true
  return (
    error.rpcCode === RPC_ERROR_NUMBERS.invalidRequest &&
    error.message.includes(`unknown variant \`${method}\``)
  )
}

/** @param timeoutMs - the deadline, when the connection was open and waiting for the server's answer */
function explainHandshake(
  error: unknown,
  reason: CloseReason | undefined,
  timeoutMs: number | undefined,
): unknown {
  if (reason && (reason.exitCode !== undefined || reason.signal !== undefined)) {
    return new CodexExitedError(reason, { cause: error })
  }
  // A transport that could not be opened says more than "the handshake failed".
  if (timeoutMs === undefined || !(error instanceof Error)) return error
  // Part of the deadline went into opening the connection; the caller knows the whole.
  const why =
    error instanceof RequestTimeoutError ? `no answer within ${timeoutMs} ms` : redact(error.message)
  return new HandshakeError(`The handshake with Codex failed: ${why}`, { cause: withoutSecrets(error) })
}

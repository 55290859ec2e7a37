import type { ClientMethod, ParamsOf, ResultOf, Sent, ServerNotification } from '../protocol/index.js'
import { redact } from '../redaction/index.js'
import { ProtocolViolationError, RPC_ERROR_NUMBERS, RpcError } from '../rpc/errors.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import type { RequestId } from '../rpc/messages.js'
import { type RequestOptions, RpcPeer } from '../rpc/peer.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { AbortedError } from '../util/errors.js'
import { CodexExitedError, HandshakeError, UnsupportedMethodError } from './errors.js'

/** What an app-server connection needs besides its transport. */
export interface ConnectionOptions {
  readonly requestTimeoutMs: number
  readonly onNotification: (message: ServerNotification) => void
  readonly onRequest: (method: string, params: unknown, context: RequestContext) => unknown
  readonly onError: (error: Error) => void
}

/** How the handshake is made. */
export interface HandshakeOptions {
  readonly params: Sent.InitializeParams
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A method that no server has, to be told the methods that this one has. */
const PROBE_METHOD = 'codex-conduit/probe'

/** A connection to an app-server: the handshake, typed requests, and the list of what the server can do. */
export class Connection {
  readonly closed: Promise<CloseReason>
  readonly #peer: RpcPeer
  #server: ResultOf<'initialize'> | undefined
  #methods: Promise<ReadonlySet<string>> | undefined

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#peer = new RpcPeer(transport, {
      requestTimeoutMs: options.requestTimeoutMs,
      // The app-server never sends the header, and ends the connection on some answers it did not ask for.
      jsonrpcHeader: false,
      answerInvalidMessages: false,
      onNotification: (message) => options.onNotification(message as ServerNotification),
      onRequest: options.onRequest,
      onError: options.onError,
    })
    this.closed = this.#peer.closed
  }

  /** What the server said of itself in the handshake. */
  get server(): ResultOf<'initialize'> | undefined {
    return this.#server
  }

  /**
   * Opens the transport and introduces this client. Rejects with `CodexExitedError` when the process ended,
   * `HandshakeError` when the server refused or did not answer, `AbortedError`, or what the transport
   * rejects with; the connection is closed then.
   */
  async open({ params, timeoutMs, signal }: HandshakeOptions): Promise<void> {
    try {
      if (signal?.aborted) throw new AbortedError('The start of Codex', { cause: signal.reason })
      await this.#peer.start()
      const server = await this.#peer.request('initialize', params, { timeoutMs, signal })
      if (typeof (server as Partial<ResultOf<'initialize'>> | null)?.userAgent !== 'string') {
        throw new ProtocolViolationError('the answer to initialize does not name a user agent')
      }
      this.#server = server as ResultOf<'initialize'>
      void this.#peer.notify('initialized')
    } catch (error) {
      const reason = this.#peer.closeReason
      await this.#peer.close()
      throw explainHandshake(error, reason)
    }
  }

  /** Sends a request. Rejects as `RpcPeer.request` does, and with `UnsupportedMethodError`. */
  async request<M extends ClientMethod>(
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
    } catch (error) {
      if (error instanceof RpcError && isUnknownMethod(error, method)) {
        throw new UnsupportedMethodError(method, this.#server?.userAgent ?? '', { cause: error })
      }
      throw error
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

  async #probe(): Promise<ReadonlySet<string>> {
    try {
      await this.#peer.request(PROBE_METHOD, {})
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

function isUnknownMethod(error: RpcError, method: string): boolean {
  if (error.rpcCode === RPC_ERROR_NUMBERS.methodNotFound) return true
  return (
    error.rpcCode === RPC_ERROR_NUMBERS.invalidRequest &&
    error.message.includes(`unknown variant \`${method}\``)
  )
}

function explainHandshake(error: unknown, reason: CloseReason | undefined): unknown {
  if (error instanceof AbortedError) return error
  if (reason && (reason.exitCode !== undefined || reason.signal !== undefined)) {
    return new CodexExitedError(reason, { cause: error })
  }
  if (error instanceof Error) {
    const isOwn = 'code' in error && TRANSPORT_CODES.has(String(error.code))
    if (isOwn) return error
    return new HandshakeError(`The handshake with Codex failed: ${redact(error.message)}`, { cause: error })
  }
  return error
}

/** Errors of a transport that could not be opened: they say more than "the handshake failed". */
const TRANSPORT_CODES: ReadonlySet<string> = new Set(['SPAWN_FAILED', 'INVALID_INPUT'])

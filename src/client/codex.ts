import type {
  ClientMethod,
  ParamsOf,
  ResultOf,
  Sent,
  ServerNotification,
  ServerNotificationMethod,
} from '../protocol/index.js'
import type { RequestOptions } from '../rpc/peer.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import { InvalidInputError } from '../util/errors.js'
import { checkOneOf, checkOptions, checkString } from '../util/validate.js'
import { Connection } from './connection.js'
import { type NotificationFilter, NotificationStreams } from './notification-stream.js'
import { type CheckedOptions, type CodexOptions, checkCodexOptions } from './options.js'
import { ServerRequests } from './server-requests.js'
import { appServerProcess, type LaunchOptions } from './start.js'
import { Thread, type ThreadHost } from './thread.js'
import { TurnRouter } from './turn-router.js'

/** Events of a client, with the arguments of their listeners. */
export interface CodexEvents {
  /** Every notification of the server, as it came. */
  readonly notification: readonly [message: ServerNotification]
  /** Something went wrong that ends nothing: a skipped line, a hook that threw, an answer to no request. */
  readonly diagnostic: readonly [error: Error]
  /** The connection has ended; every turn has settled. */
  readonly closed: readonly [reason: CloseReason]
}

/** Options of {@link Codex.start}. */
export interface StartOptions extends CodexOptions, LaunchOptions {}

/** Options of a thread to start: everything `thread/start` takes, and how to send it. */
export interface StartThreadOptions extends Sent.ThreadStartParams, RequestOptions {}

/** Options of a thread to resume: everything `thread/resume` takes, and how to send it. */
export interface ResumeThreadOptions extends Omit<Sent.ThreadResumeParams, 'threadId'>, RequestOptions {}

/** Params and options as the rest of an argument list; params can be left out where the method has none. */
export type RequestArguments<M extends ClientMethod> =
  undefined extends ParamsOf<M>
    ? [params?: ParamsOf<M>, options?: RequestOptions]
    : [params: ParamsOf<M>, options?: RequestOptions]

const SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access']

/**
 * A client of one `codex app-server`. Make it with {@link Codex.start} or {@link Codex.connect}, and close it,
 * or declare it with `await using`.
 */
export class Codex {
  /** Resolves with the reason when the connection has ended, whatever ended it. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly #options: CheckedOptions
  readonly #connection: Connection
  readonly #router = new TurnRouter()
  readonly #streams = new NotificationStreams()
  readonly #emitter = new Emitter<CodexEvents>()
  readonly #serverRequests: ServerRequests
  readonly #host: ThreadHost

  private constructor(transport: Transport, options: CheckedOptions) {
    this.#options = options
    this.#serverRequests = new ServerRequests({
      onApproval: options.onApproval,
      approvalTimeoutMs: options.approvalTimeoutMs,
      router: this.#router,
      withdraw: (id) => this.#connection.withdraw(id),
      onError: (error) => this.#emitter.emit('diagnostic', error),
    })
    this.#connection = new Connection(transport, {
      requestTimeoutMs: options.requestTimeoutMs,
      onNotification: (message) => this.#receive(message),
      onRequest: (method, params, context) => this.#serverRequests.answer(method, params, context),
      onError: (error) => this.#emitter.emit('diagnostic', error),
    })
    this.#host = this.#makeHost()
    this.closed = this.#connection.closed.then((reason) => {
      this.#router.connectionClosed(reason)
      this.#streams.connectionClosed(reason)
      this.#emitter.emit('closed', reason)
      return reason
    })
  }

  /**
   * Spawns `codex app-server` and completes the handshake.
   *
   * Rejects with `InvalidInputError` for a wrong option, `CodexNotFoundError` when there is no Codex, `SpawnError`
   * when it cannot be run, `CodexExitedError` when it ended at once, `HandshakeError` when it did not answer
   * as it should, `AbortedError` when the signal aborted. Nothing is left running then.
   */
  static async start(options: StartOptions = {}): Promise<Codex> {
    const checked = checkCodexOptions(options)
    return Codex.#open(appServerProcess(options), checked)
  }

  /**
   * Completes the handshake over a transport that the client then owns and closes. Rejects as
   * {@link Codex.start} does, or with what the transport rejects with.
   */
  static async connect(transport: Transport, options: CodexOptions = {}): Promise<Codex> {
    if (typeof transport?.start !== 'function' || typeof transport.send !== 'function') {
      throw new InvalidInputError('transport', transport, 'a Transport')
    }
    return Codex.#open(transport, checkCodexOptions(options))
  }

  static async #open(transport: Transport, options: CheckedOptions): Promise<Codex> {
    const codex = new Codex(transport, options)
    await codex.#connection.open({
      params: options.initialize,
      timeoutMs: options.handshakeTimeoutMs,
      signal: options.signal,
    })
    return codex
  }

  /** What the server said of itself: its name and version, its home, its platform. */
  get server(): ResultOf<'initialize'> {
    // Nobody holds a client whose handshake has not succeeded.
    return this.#connection.server as ResultOf<'initialize'>
  }

  /**
   * Sends any request of the protocol and resolves with its result.
   *
   * Rejects with an `RpcError` when Codex refuses, `UnsupportedMethodError` when it does not know the method,
   * `RequestTimeoutError`, `AbortedError`, `ConnectionClosedError` or `TransportClosedError`.
   */
  request<M extends ClientMethod>(method: M, ...rest: RequestArguments<M>): Promise<ResultOf<M>> {
    const [params, options] = rest
    return this.#connection.request(method, params as ParamsOf<M>, options)
  }

  /** Sends a request that this version has no types for. Rejects as {@link Codex.request} does. */
  requestUntyped(method: string, params?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#connection.requestAny(method, params, options)
  }

  /**
   * Whether this server knows a method. Asks the server once; needs no experimental capability. Rejects with
   * `ProtocolViolationError` when the server does not tell.
   */
  async supports(method: ClientMethod | (string & {})): Promise<boolean> {
    return (await this.#connection.methods()).has(method)
  }

  /**
   * The notifications of the server as they come, from this call on. The stream ends when this client is
   * closed, and fails with `ConnectionClosedError` when the connection ends otherwise; what came before is
   * read first. Leaving the loop closes it.
   */
  notifications<M extends ServerNotificationMethod = ServerNotificationMethod>(
    filter: NotificationFilter<M> = {},
  ): AsyncIterable<ServerNotification<M>> {
    return this.#streams.open(filter)
  }

  /** Adds a listener; returns a function that removes it. What a listener throws is dropped. */
  on<E extends keyof CodexEvents>(event: E, listener: (...args: CodexEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  /** Starts a thread. Rejects as {@link Codex.request} does, and with `InvalidInputError`. */
  async startThread(options: StartThreadOptions = {}): Promise<Thread> {
    const { timeoutMs, signal, ...params } = options
    checkThreadOptions(options)
    const info = await this.#connection.request('thread/start', params, { timeoutMs, signal })
    return new Thread(this.#host, info)
  }

  /**
   * Resumes a stored thread. Its past turns are left out of the answer, which can be many megabytes, unless
   * `excludeTurns: false`. Rejects as {@link Codex.request} does: a thread that was ephemeral, or has had no turn,
   * cannot be resumed.
   */
  async resumeThread(threadId: string, options: ResumeThreadOptions = {}): Promise<Thread> {
    const { timeoutMs, signal, ...params } = options
    if (typeof threadId !== 'string' || threadId === '') {
      throw new InvalidInputError('threadId', threadId, 'a non-empty string')
    }
    checkThreadOptions(options)
    const info = await this.#connection.request(
      'thread/resume',
      { excludeTurns: true, ...params, threadId },
      { timeoutMs, signal },
    )
    return new Thread(this.#host, info)
  }

  /**
   * Ends the connection and the process behind it. Running turns settle as interrupted at once. Resolves when
   * nothing is left of either. Idempotent.
   */
  async close(): Promise<void> {
    await this.#connection.close()
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receive(message: ServerNotification): void {
    this.#router.receive(message)
    this.#serverRequests.receive(message)
    this.#streams.receive(message)
    this.#emitter.emit('notification', message)
  }

  #makeHost(): ThreadHost {
    return {
      interruptTimeoutMs: this.#options.interruptTimeoutMs,
      startTurn: async (params) => (await this.#connection.request('turn/start', params)).turn.id,
      steerTurn: (params) => this.#connection.request('turn/steer', params),
      interruptTurn: (threadId, turnId) => this.#connection.request('turn/interrupt', { threadId, turnId }),
      register: (run) => this.#router.register(run),
      release: (run) => this.#router.release(run),
      activeRun: (threadId) => this.#router.activeRun(threadId),
      threadUsage: (threadId) => this.#router.threadUsage(threadId),
    }
  }
}

function checkThreadOptions(options: StartThreadOptions | ResumeThreadOptions): void {
  checkOptions('options', options)
  for (const name of ['cwd', 'model', 'modelProvider'] as const) checkString(name, options[name] ?? undefined)
  checkOneOf('sandbox', options.sandbox ?? undefined, SANDBOXES)
}

import type {
  ClientMethod,
  ParamsOf,
  Received,
  ResultOf,
  Sent,
  ServerNotification,
  ServerNotificationMethod,
} from '../protocol/index.js'
import { OversizeMessageError, ProtocolViolationError, RpcError } from '../rpc/errors.js'
import type { RequestOptions } from '../rpc/peer.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkString } from '../util/validate.js'
import { Connection } from './connection.js'
import type { DynamicTool } from './define-tool.js'
import { Dialect } from './dialects/index.js'
import {
  type NotificationFilter,
  NotificationStreams,
  type StreamedNotification,
} from './notification-stream.js'
import { type CheckedOptions, CODEX_OPTION_NAMES, type CodexOptions, checkCodexOptions } from './options.js'
import type { TurnStart } from './running-turn.js'
import { ServerRequests } from './server-requests.js'
import { appServerProcess, LAUNCH_OPTION_NAMES, type LaunchOptions } from './start.js'
import { Thread, type ThreadHost, type ThreadInfo } from './thread.js'
import { checkTools, ToolCalls } from './tool-calls.js'
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

const EVENT_NAMES = ['notification', 'diagnostic', 'closed'] as const satisfies readonly (keyof CodexEvents)[]

/** Options of {@link Codex.start}. */
export interface StartOptions extends CodexOptions, LaunchOptions {}

/** Options of a thread to start: everything `thread/start` takes, and how to send it. */
export interface StartThreadOptions extends Sent.ThreadStartParams, RequestOptions {
  /** Tools that the model can call and this program runs; made by `defineTool`. @default none */
  readonly tools?: readonly DynamicTool[] | undefined
}

/** Options of a thread to resume: everything `thread/resume` takes, and how to send it. */
export interface ResumeThreadOptions extends Omit<Sent.ThreadResumeParams, 'threadId'>, RequestOptions {
  /**
   * The tools that the thread was started with: Codex still offers them to the model, and this client runs
   * those that are given here. @default none: calls are refused
   */
  readonly tools?: readonly DynamicTool[] | undefined
}

/** Params and options as the rest of an argument list; params can be left out where the method has none. */
export type RequestArguments<M extends ClientMethod> =
  undefined extends ParamsOf<M>
    ? [params?: ParamsOf<M>, options?: RequestOptions]
    : [params: ParamsOf<M>, options?: RequestOptions]

/** The sandboxes that `thread/start` takes. */
export const SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access']

/**
 * A client of one `codex app-server`. Make it with {@link Codex.start} or {@link Codex.connect}, and close it,
 * or declare it with `await using`.
 */
export class Codex {
  /** Resolves with the reason when the connection has ended, whatever ended it. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly #options: CheckedOptions
  readonly #connection: Connection
  /** What older servers say, in the words of the current ones. */
  readonly #dialect = new Dialect()
  readonly #router = new TurnRouter()
  readonly #streams = new NotificationStreams()
  readonly #emitter = new Emitter<CodexEvents>()
  readonly #serverRequests: ServerRequests
  readonly #tools = new ToolCalls((error) => this.#emitter.emit('diagnostic', error))
  readonly #host: ThreadHost

  private constructor(transport: Transport, options: CheckedOptions) {
    this.#options = options
    this.#serverRequests = new ServerRequests({
      hook: options.hook,
      decider: options.decider,
      handlers: options.handlers,
      tools: this.#tools,
      approvalTimeoutMs: options.approvalTimeoutMs,
      router: this.#router,
      dialect: this.#dialect,
      withdraw: (id) => this.#connection.withdraw(id),
      interrupt: (threadId, turnId) => this.#connection.request('turn/interrupt', { threadId, turnId }),
      onError: (error) => this.#emitter.emit('diagnostic', error),
    })
    this.#connection = new Connection(transport, {
      requestTimeoutMs: options.requestTimeoutMs,
      flow: options.flow,
      onNotification: (message) => this.#receive(message),
      onRequest: (method, params, context) => this.#serverRequests.answer(method, params, context),
      onError: (error) => {
        if (error instanceof OversizeMessageError) this.#router.notificationLost()
        this.#emitter.emit('diagnostic', error)
      },
    })
    this.#host = this.#makeHost()
    this.closed = this.#connection.closed.then(async (reason) => {
      this.#streams.connectionClosed(reason)
      await this.#router.connectionClosed(reason)
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
    checkKnownKeys(options, { ...CODEX_OPTION_NAMES, ...LAUNCH_OPTION_NAMES })
    return Codex.#open(appServerProcess(options), checked)
  }

  /**
   * Completes the handshake over a transport that the client then owns and closes. Rejects as
   * {@link Codex.start} does, or with what the transport rejects with.
   */
  static async connect(transport: Transport, options: CodexOptions = {}): Promise<Codex> {
    const { start, send, close } = (transport ?? {}) as Partial<Transport>
    if ([start, send, close].some((member) => typeof member !== 'function')) {
      throw new InvalidInputError('transport', transport, 'a Transport')
    }
    const checked = checkCodexOptions(options)
    checkKnownKeys(options, CODEX_OPTION_NAMES)
    return Codex.#open(transport, checked)
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
  ): AsyncIterable<StreamedNotification<M>> {
    return this.#streams.open(filter)
  }

  /**
   * Adds a listener; returns a function that removes it. What a listener throws is dropped. Throws
   * `InvalidInputError` for an unknown event or no function.
   */
  on<E extends keyof CodexEvents>(event: E, listener: (...args: CodexEvents[E]) => void): () => void {
    if (!(EVENT_NAMES as readonly string[]).includes(event)) {
      throw new InvalidInputError('event', event, `one of ${EVENT_NAMES.join(', ')}`)
    }
    if (typeof listener !== 'function') throw new InvalidInputError('listener', listener, 'a function')
    return this.#emitter.on(event, listener)
  }

  /** Starts a thread. Rejects as {@link Codex.request} does, and with `InvalidInputError`. */
  async startThread(options: StartThreadOptions = {}): Promise<Thread> {
    checkThreadOptions(options)
    const { timeoutMs, signal, tools: given, dynamicTools, ...params } = options
    const tools = checkTools(given, this.#options.experimentalApi)
    const specs = [...(dynamicTools ?? []), ...tools.map(({ spec }) => spec)]
    const info = await this.#connection.request(
      'thread/start',
      specs.length > 0 ? { ...params, dynamicTools: specs } : params,
      { timeoutMs, signal },
    )
    return this.#thread('thread/start', info, tools)
  }

  /**
   * Resumes a stored thread. Its past turns are left out of the answer, which can be many megabytes, unless
   * `excludeTurns: false`. Rejects as {@link Codex.request} does: a thread that was ephemeral, or has had no turn,
   * cannot be resumed.
   */
  async resumeThread(threadId: string, options: ResumeThreadOptions = {}): Promise<Thread> {
    if (typeof threadId !== 'string' || threadId === '') {
      throw new InvalidInputError('threadId', threadId, 'a non-empty string')
    }
    checkThreadOptions(options)
    const { timeoutMs, signal, tools: given, ...params } = options
    const tools = checkTools(given, this.#options.experimentalApi)
    const info = await this.#connection.request(
      'thread/resume',
      { excludeTurns: true, ...params, threadId },
      { timeoutMs, signal },
    )
    return this.#thread('thread/resume', info, tools)
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

  #thread(method: string, info: ThreadInfo, tools: readonly DynamicTool[]): Thread {
    const id: unknown = (info as Partial<ThreadInfo> | null)?.thread?.id
    if (typeof id !== 'string') throw new ProtocolViolationError(`the answer to ${method} names no thread`)
    this.#tools.register(id, tools)
    return new Thread(this.#host, info)
  }

  #receive(message: ServerNotification): void {
    if (this.#dialect.isCurrent) this.#route(message)
    else for (const translated of this.#dialect.translate(message)) this.#route(translated)
    this.#streams.receive(message)
    this.#emitter.emit('notification', message)
  }

  #route(message: ServerNotification): void {
    this.#router.receive(message)
    this.#serverRequests.receive(message)
  }

  #startTurn(params: ParamsOf<'turn/start'>): TurnStart {
    const withdrawal = new AbortController()
    let isWritten = false
    const onWrite = () => {
      isWritten = true
    }
    const turnId = this.#sendTurnStart(params, withdrawal.signal, onWrite)
    const withdraw = () => {
      withdrawal.abort()
      return !isWritten
    }
    return { turnId, withdraw }
  }

  async #sendTurnStart(
    params: ParamsOf<'turn/start'>,
    signal: AbortSignal,
    onWrite: () => void,
  ): Promise<string> {
    // The turn keeps the deadline: an answer that comes after it must still be seen, to stop what it started.
    const timeoutMs = Number.POSITIVE_INFINITY
    const answer = await this.#connection.request('turn/start', params, { timeoutMs, signal, onWrite })
    const id: unknown = (answer as Partial<ResultOf<'turn/start'>> | null)?.turn?.id
    if (typeof id !== 'string') throw new ProtocolViolationError('the answer to turn/start names no turn')
    return id
  }

  async #readTurn(threadId: string, turnId: string): Promise<Received.Turn | undefined> {
    const { data } = await this.#connection.request('thread/turns/list', { threadId, limit: 10 })
    return data.find(({ id }) => id === turnId)
  }

  /** Measured: between its answer to `turn/start` and the turn's first event, Codex refuses to interrupt it. */
  async #interruptNewTurn(threadId: string, turnId: string): Promise<unknown> {
    const { seen, cancel } = this.#router.watchTurn(threadId, turnId)
    try {
      return await this.#connection.request('turn/interrupt', { threadId, turnId })
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      await seen
      return await this.#connection.request('turn/interrupt', { threadId, turnId })
    } finally {
      cancel()
    }
  }

  #makeHost(): ThreadHost {
    return {
      interruptTimeoutMs: this.#options.interruptTimeoutMs,
      providerTimeoutMs: this.#options.providerTimeoutMs,
      startTimeoutMs: this.#options.requestTimeoutMs,
      startTurn: (params) => this.#startTurn(params),
      steerTurn: (params) => this.#connection.request('turn/steer', params),
      readTurn: (threadId, turnId) => this.#readTurn(threadId, turnId),
      interruptTurn: (threadId, turnId) => this.#connection.request('turn/interrupt', { threadId, turnId }),
      interruptNewTurn: (threadId, turnId) => this.#interruptNewTurn(threadId, turnId),
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

import type { ClientMethod, ParamsOf, ResultOf, Sent, ServerNotificationMethod } from '../protocol/index.js'
import { ProtocolViolationError } from '../rpc/errors.js'
import type { RequestOptions } from '../rpc/peer.js'
import type { CloseReason, Transport } from '../rpc/transport.js'
import { InvalidInputError } from '../util/errors.js'
import type { EventStream } from '../util/event-stream.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkString } from '../util/validate.js'
import { ClientCore } from './client-core.js'
import { CODEX_EVENT_NAMES, type CodexEvents } from './codex-events.js'
import type { DynamicTool } from './define-tool.js'
import type { NotificationFilter, StreamedNotification } from './notification-stream.js'
import { type CheckedOptions, CODEX_OPTION_NAMES, type CodexOptions, checkCodexOptions } from './options.js'
import type { TransportFactory } from './reconnect/lasting-connection.js'
import { appServerProcess, LAUNCH_OPTION_NAMES, type LaunchOptions } from './start.js'
import { Thread, type ThreadInfo } from './thread.js'
import { checkTools } from './tool-calls.js'

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
  /** A bundler gives another name to a class whose own body names it, unless it is told. */
  static readonly name = 'Codex'
  /** Resolves with the reason when the connection has ended for good, whatever ended it. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly #core: ClientCore
  readonly #experimentalApi: boolean

  private constructor(core: ClientCore, { experimentalApi }: CheckedOptions) {
    this.#core = core
    this.#experimentalApi = experimentalApi
    this.closed = core.closed
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
    const spawn = () => appServerProcess(options)
    return Codex.#open(checked.reconnect ? spawn : spawn(), checked)
  }

  /**
   * Completes the handshake over a transport that the client then owns and closes. Rejects as
   * {@link Codex.start} does, or with what the transport rejects with.
   *
   * @param transport - a transport that has not started, or a function that makes one; with the option
   * `reconnect` a function, which is called for each connection
   */
  static async connect(transport: Transport | TransportFactory, options: CodexOptions = {}): Promise<Codex> {
    const checked = checkCodexOptions(options)
    checkKnownKeys(options, CODEX_OPTION_NAMES)
    return Codex.#open(await readSource(transport, checked), checked)
  }

  static async #open(source: Transport | TransportFactory, options: CheckedOptions): Promise<Codex> {
    const reconnection = options.reconnect ? await import('./reconnect/reconnection.js') : undefined
    const core = new ClientCore(source, options, reconnection)
    await core.open()
    return new Codex(core, options)
  }

  /** What the server said of itself: its name and version, its home, its platform. */
  get server(): ResultOf<'initialize'> {
    // Nobody holds a client whose handshake has not succeeded.
    return this.#core.link.server as ResultOf<'initialize'>
  }

  /**
   * Sends any request of the protocol and resolves with its result.
   *
   * Rejects with an `RpcError` when Codex refuses, `UnsupportedMethodError` when it does not know the method,
   * `RequestTimeoutError`, `AbortedError`, `ConnectionClosedError` or `TransportClosedError`.
   */
  request<M extends ClientMethod>(method: M, ...rest: RequestArguments<M>): Promise<ResultOf<M>> {
    const [params, options] = rest
    return this.#core.request(method, params as ParamsOf<M>, options)
  }

  /** Sends a request that this version has no types for. Rejects as {@link Codex.request} does. */
  requestUntyped(method: string, params?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#core.requestAny(method, params, options)
  }

  /**
   * Whether this server knows a method. Asks the server once; needs no experimental capability. Rejects with
   * `ProtocolViolationError` when the server does not tell.
   */
  async supports(method: ClientMethod | (string & {})): Promise<boolean> {
    return (await this.#core.link.methods()).has(method)
  }

  /**
   * The notifications of the server as they come, from this call on. The stream ends when this client is
   * closed, and fails with `ConnectionClosedError` when the connection ends otherwise; what came before is
   * read first. Leaving the loop closes it. `batches()` brings them in arrays.
   */
  notifications<M extends ServerNotificationMethod = ServerNotificationMethod>(
    filter: NotificationFilter<M> = {},
  ): EventStream<StreamedNotification<M>> {
    return this.#core.streams.open(filter)
  }

  /**
   * Adds a listener; returns a function that removes it. What a listener throws is dropped. Throws
   * `InvalidInputError` for an unknown event or no function.
   */
  on<E extends keyof CodexEvents>(event: E, listener: (...args: CodexEvents[E]) => void): () => void {
    if (!(CODEX_EVENT_NAMES as readonly string[]).includes(event)) {
      throw new InvalidInputError('event', event, `one of ${CODEX_EVENT_NAMES.join(', ')}`)
    }
    if (typeof listener !== 'function') throw new InvalidInputError('listener', listener, 'a function')
    return this.#core.emitter.on(event, listener)
  }

  /** Starts a thread. Rejects as {@link Codex.request} does, and with `InvalidInputError`. */
  async startThread(options: StartThreadOptions = {}): Promise<Thread> {
    checkThreadOptions(options)
    const { timeoutMs, signal, tools: given, dynamicTools, ...params } = options
    const tools = checkTools(given, this.#experimentalApi)
    const specs = [...(dynamicTools ?? []), ...tools.map(({ spec }) => spec)]
    const info = await this.#core.request(
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
    const tools = checkTools(given, this.#experimentalApi)
    const info = await this.#core.request(
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
    await this.#core.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #thread(method: string, info: ThreadInfo, tools: readonly DynamicTool[]): Thread {
    const id: unknown = (info as Partial<ThreadInfo> | null)?.thread?.id
    if (typeof id !== 'string') throw new ProtocolViolationError(`the answer to ${method} names no thread`)
    this.#core.tools.register(id, tools)
    return new Thread(this.#core.host, info)
  }
}

/** A transport as it is, or what makes one: called here when one is all that is needed. */
async function readSource(
  source: unknown,
  { reconnect }: CheckedOptions,
): Promise<Transport | TransportFactory> {
  if (typeof source === 'function') {
    const makeTransport = source as TransportFactory
    const makeChecked = async () => checkTransport(await makeTransport())
    return reconnect ? makeChecked : makeChecked()
  }
  const transport = checkTransport(source)
  if (!reconnect) return transport
  throw new InvalidInputError('transport', transport, 'a function that makes one: `reconnect` is on')
}

function checkTransport(transport: unknown): Transport {
  const { start, send, close } = (transport ?? {}) as Partial<Transport>
  if ([start, send, close].every((member) => typeof member === 'function')) return transport as Transport
  throw new InvalidInputError('transport', transport, 'a Transport')
}

function checkThreadOptions(options: StartThreadOptions | ResumeThreadOptions): void {
  checkOptions('options', options)
  for (const name of ['cwd', 'model', 'modelProvider'] as const) checkString(name, options[name] ?? undefined)
  checkOneOf('sandbox', options.sandbox ?? undefined, SANDBOXES)
}

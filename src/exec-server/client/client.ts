import { RpcError } from '../../rpc/errors.js'
import type { CloseReason, Transport } from '../../rpc/transport.js'
import { AbortedError, InvalidInputError } from '../../util/errors.js'
import {
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkSignal,
  checkTimeoutMs,
} from '../../util/validate.js'
import { EXEC_METHODS, type ExecMethod, type ExecParams, type ExecResult } from '../protocol/index.js'
import { type ConnectionRequestOptions, checkRequestOptions, ExecConnection } from './connection.js'
import { checkMethod } from './dialect.js'
import { ExecEnvironment } from './environment.js'
import {
  checkBoolean,
  type ExecOptions,
  type OutputOptions,
  readExecOptions,
  readOutputOptions,
} from './exec-options.js'
import { ExecFiles } from './files.js'
import type { ExecServerVersion } from './handshake.js'
import { ExecHttp, failBodies } from './http.js'
import { type HttpBody, takeBodyDelta } from './http-body.js'
import type { LinkOpener } from './link.js'
import { ManagedProcess } from './managed-process.js'
import { MissingWatches } from './missing-watches.js'
import { answerServer } from './network-policy.js'
import { checkClientOptions, type ExecClientOptions } from './options.js'
import { PeerLink } from './peer-link.js'
import type { ProcessState } from './process-state.js'
import { ProcessTable } from './process-table.js'

/** Options of one request. */
export type ExecRequestOptions = Pick<ConnectionRequestOptions, 'signal' | 'timeoutMs'>

/** Options of `ExecServerClient.attach`. */
export interface AttachOptions extends OutputOptions {
  /** Only output after this number is wanted. @default everything that the server still has */
  readonly afterSeq?: number | undefined
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined
}

const ATTACH_OPTIONS: Readonly<Record<keyof AttachOptions | 'isTerminal', true>> = {
  afterSeq: true,
  signal: true,
  isTerminal: true,
  maxBufferedBytes: true,
  whenTruncated: true,
}

/**
 * A session with an exec-server: starts and controls processes and works with files on its machine.
 *
 * At most 128 requests are in flight; more wait in order. With a current server a lost connection is made again and
 * the session resumed where that is possible: output is neither lost nor repeated, what was asked for meanwhile
 * waits, and requests that were in flight reject with a `ConnectionClosedError` unless they can be repeated safely.
 */
export class ExecServerClient implements AsyncDisposable {
  /** A bundler gives another name to a class whose own body names it, unless it is told. */
  static readonly name = 'ExecServerClient'
  /** Files of the server's machine. */
  readonly files: ExecFiles
  /** What the server tells about its machine. */
  readonly environment: ExecEnvironment
  /** HTTP from the server's machine. */
  readonly http: ExecHttp
  readonly #connection: ExecConnection
  readonly #processes: ProcessTable
  readonly #problem: (error: Error) => void

  private constructor(
    connection: ExecConnection,
    processes: ProcessTable,
    bodies: Map<string, HttpBody>,
    watches: MissingWatches,
    problem: (error: Error) => void,
  ) {
    this.#connection = connection
    this.#processes = processes
    this.#problem = problem
    this.files = new ExecFiles(connection, (watchId) => watches.add(watchId))
    this.environment = new ExecEnvironment(connection)
    this.http = new ExecHttp(connection, bodies)
  }

  /**
   * Connects over a transport that has not been started, and owns it from now on; or over those that a function
   * makes, called again for each new connection after a loss.
   *
   * Rejects with `InvalidInputError`, the transport's error, an `RpcError` when the server refuses, a
   * `RequestTimeoutError`, an `AbortedError`, or an `ExecHandshakeError` when the other side is no exec-server.
   */
  static async connect(
    transport: Transport | (() => Transport | Promise<Transport>),
    options: ExecClientOptions,
  ): Promise<ExecServerClient> {
    if (typeof transport === 'function') {
      return ExecServerClient.open(async (events) => new PeerLink(await transport(), events), true, options)
    }
    return ExecServerClient.open((events) => new PeerLink(transport, events), false, options)
  }

  /** {@link connect} over links. @internal */
  static async open(
    openLink: LinkOpener,
    canReopen: boolean,
    options: ExecClientOptions,
  ): Promise<ExecServerClient> {
    const settings = checkClientOptions(options, canReopen)
    const { onNetworkPolicyRequest, onError, resumeSessionId, signal } = options
    const problem = guarded(onError)
    let connection: ExecConnection | undefined
    const processes = new ProcessTable(() => connection as ExecConnection)
    const bodies = new Map<string, HttpBody>()
    const watches = new MissingWatches()
    const forget = (reason: CloseReason) => {
      failBodies(bodies, reason)
      watches.end()
    }
    connection = await ExecConnection.open(
      openLink,
      settings,
      {
        notified: (method, params) =>
          void (
            processes.notified(method, params) ||
            takeBodyDelta(bodies, method, params) ||
            watches.notified(method, params)
          ),
        asked: (method, params, context) =>
          answerServer(onNetworkPolicyRequest, problem, method, params, context),
        problem,
        lost: forget,
        resumed: (link) => processes.resumed(link),
        ended: (reason) => {
          forget(reason)
          processes.ended(reason)
        },
      },
      { resumeSessionId, signal },
    )
    return new ExecServerClient(connection, processes, bodies, watches, problem)
  }

  /** The version of the protocol that the server speaks. */
  get version(): ExecServerVersion {
    return this.#connection.greeting.version
  }

  /** Names the session, for `resumeSessionId` of a later client; absent on v0. */
  get sessionId(): string | undefined {
    return this.#connection.greeting.sessionId
  }

  /** What the server told about its machine when it was connected to; absent on v0. */
  get environmentInfo(): ExecResult<'environment/info'> | undefined {
    return this.#connection.greeting.environmentInfo
  }

  /** How many processes are followed: those that have not ended. */
  get processes(): number {
    return this.#processes.size
  }

  /** Resolves with the reason when the session has ended for this client. Never rejects. */
  get closed(): Promise<CloseReason> {
    return this.#connection.closed
  }

  /** Why it ended; `undefined` while it has not. */
  get closeReason(): CloseReason | undefined {
    return this.#connection.closeReason
  }

  /**
   * Starts a process. Resolves when the server has started it; what it writes is kept from the first byte on.
   *
   * Rejects with `InvalidInputError`, with an `ExecUnsupportedError` for what v0 does not have, an `RpcError` when the
   * server cannot or will not start it, and as {@link request} does. What is given up by `signal` or its deadline is
   * killed, if it was started at all.
   */
  async exec(options: ExecOptions): Promise<ManagedProcess> {
    const params = readExecOptions(options, this.#connection.greeting)
    const { signal, timeoutMs } = options
    checkSignal('signal', signal)
    checkTimeoutMs('timeoutMs', timeoutMs, Infinity)
    const state = this.#processes.add(params.processId, readOutputOptions(options))
    try {
      const sandboxType = await this.#start(params, state, { signal, timeoutMs })
      return new ManagedProcess(this.#connection, state, { sandboxType, isTerminal: params.tty })
    } catch (error) {
      state.close()
      throw error
    }
  }

  /**
   * Follows a process of this session that another client started, which `resumeSessionId` has left to this one.
   * Rejects with `InvalidInputError`, an `ExecUnsupportedError` on v0, an `RpcError` when the server does not know the
   * process, and a `ProcessLostError` when output after `afterSeq` is no longer there.
   *
   * @param options.isTerminal - whether it has a terminal, for `communicate`
   */
  async attach(
    processId: string,
    options: AttachOptions & { readonly isTerminal?: boolean | undefined } = {},
  ): Promise<ManagedProcess> {
    checkOptions('options', options)
    checkKnownKeys(options, ATTACH_OPTIONS)
    const { afterSeq, signal, isTerminal = false } = options
    checkInteger('afterSeq', afterSeq, 0, 0)
    checkBoolean('isTerminal', isTerminal)
    if (typeof processId !== 'string') throw new InvalidInputError('processId', processId, 'a string')
    checkSignal('signal', signal)
    if (this.version === 'v0') checkMethod('v0', 'attaching to a process')
    const state = this.#processes.add(processId, {
      ...readOutputOptions(options),
      afterSeq: afterSeq ?? 'kept',
    })
    try {
      const params = { processId, afterSeq: afterSeq ?? 0 }
      state.recover(await this.#connection.request('process/read', params, { signal, onRepeat: () => {} }))
      state.isStarting = false
      return new ManagedProcess(this.#connection, state, { isTerminal })
    } catch (error) {
      state.close()
      throw error
    }
  }

  /**
   * Sends any request of the protocol, as it is, and resolves with its checked result. For processes of
   * {@link exec} use their own methods.
   *
   * Rejects with an `RpcError` when the server refuses, a `RequestTimeoutError`, an `AbortedError`, a
   * `ConnectionClosedError` when the connection ended before the answer, a `TransportClosedError` when it had
   * ended before, an `ExecAnswerError` for a result that is none, and on v0 with an `ExecUnsupportedError`.
   */
  async request<M extends Exclude<ExecMethod, 'initialize'>>(
    method: M,
    params: ExecParams<M>,
    options: ExecRequestOptions = {},
  ): Promise<ExecResult<M>> {
    checkRequestOptions(options)
    if (!Object.hasOwn(EXEC_METHODS, method) || (method as string) === 'initialize') {
      throw new InvalidInputError('method', method, 'a request of the protocol, other than initialize')
    }
    checkMethod(this.version, method)
    const { signal, timeoutMs } = options
    return this.#connection.request(method, params, { signal, timeoutMs })
  }

  /**
   * Ends the connection. A v0 server kills the processes at once; a current one keeps them for a while, for a client
   * that resumes the session, and then kills them. Idempotent, never rejects.
   */
  close(): Promise<void> {
    return this.#connection.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(
    params: ExecParams<'process/start'>,
    state: ProcessState,
    options: ExecRequestOptions,
  ): Promise<string | undefined> {
    let isRepeated = false
    const onRepeat = () => {
      isRepeated = true
    }
    try {
      const { sandboxType } = await this.#connection.request('process/start', params, {
        ...options,
        onRepeat,
      })
      state.isStarting = false
      return sandboxType
    } catch (error) {
      const isRefusal = error instanceof RpcError
      if (!isRefusal) this.#killStarted(params.processId, error)
      // The first attempt had started it, or was about to, before the connection was lost.
      if (!isRepeated || !isRefusal || !error.message.endsWith('already exists')) throw error
    }
    state.isStarting = false
    // Its first events may have been lost with the connection.
    await this.#processes.recover(state)
    if (state.lost) throw state.lost
    return undefined
  }

  /** Whoever gave up the start has no other way to end what may run now. */
  #killStarted(processId: string, error: unknown): void {
    const isGivenUp =
      error instanceof AbortedError || (error as { code?: unknown }).code === 'REQUEST_TIMEOUT'
    if (!isGivenUp || this.closeReason) return
    this.#connection.request('process/terminate', { processId }).catch(this.#problem)
  }
}

function guarded(onError: ((error: Error) => void) | undefined): (error: Error) => void {
  return (error) => {
    try {
      onError?.(error)
    } catch {
      // Observers cannot break what they observe.
    }
  }
}

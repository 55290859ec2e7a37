import pTimeout from 'p-timeout'
import { RequestTimeoutError } from '../../rpc/errors.js'
import { AbortedError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkSignal, checkTimeoutMs } from '../../util/validate.js'
import type { ByteStream } from './byte-stream.js'
import { type CommunicateOptions, type CommunicateResult, communicate } from './communicate.js'
import { checkRequestOptions, type ExecConnection } from './connection.js'
import { checkMethod } from './dialect.js'
import { ProcessInput } from './process-input.js'
import type { ProcessExit, ProcessState } from './process-state.js'

/** Options of `ManagedProcess.wait`. */
export interface WaitOptions {
  /** Stops waiting; the process runs on. */
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in milliseconds. @default Infinity */
  readonly timeoutMs?: number | undefined
}

/**
 * A process on a server's machine. It belongs to the client's session: it runs on when nobody holds this object, and
 * is killed when the session ends.
 */
export class ManagedProcess implements AsyncDisposable {
  /** Its name in the session. */
  readonly processId: string
  /** What confines it: `none`, `linuxSeccomp`, `macosSeatbelt`, …; absent when the server does not tell. */
  readonly sandboxType: string | undefined
  /** What it writes to its output; nothing with a terminal. Can be read once. */
  readonly stdout: ByteStream
  /** What it writes to its error stream; nothing with a terminal. Can be read once. */
  readonly stderr: ByteStream
  /** What it writes to its terminal; nothing without one. Can be read once. */
  readonly pty: ByteStream
  /**
   * Resolves when it has exited; output may still come. When it can be followed no longer, it resolves with a
   * `failure`. Never rejects.
   */
  readonly exit: Promise<ProcessExit>
  readonly #connection: ExecConnection
  readonly #state: ProcessState
  readonly #input: ProcessInput
  readonly #isTerminal: boolean

  constructor(
    connection: ExecConnection,
    state: ProcessState,
    facts: { readonly sandboxType?: string | undefined; readonly isTerminal: boolean },
  ) {
    this.#connection = connection
    this.#state = state
    this.#isTerminal = facts.isTerminal
    this.#input = new ProcessInput(connection, state.processId)
    this.processId = state.processId
    this.sandboxType = facts.sandboxType
    this.stdout = state.streams.stdout
    this.stderr = state.streams.stderr
    this.pty = state.streams.pty
    this.exit = state.exit
  }

  /**
   * Writes to its input. Resolves when the server has taken it, which waits while the process does not read. Done
   * once, also when the connection is lost meanwhile and resumed. Rejects with a `ProcessInputError` when the process
   * takes none, and as `ExecServerClient.request` does. The data must not be changed before it settles.
   */
  async write(data: string | Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    checkOptions('options', options)
    checkKnownKeys(options, { signal: true })
    checkSignal('signal', options.signal)
    await this.#input.write(data, options.signal)
  }

  /**
   * Sends it a signal: `interrupt` is SIGINT to its whole group. No error when it has exited. Rejects with an
   * `ExecUnsupportedError` on v0.
   */
  async signal(signal: 'interrupt'): Promise<void> {
    checkOneOf('signal', signal ?? null, ['interrupt'])
    checkMethod(this.#connection.greeting.version, 'process/signal')
    const params = { processId: this.processId, signal }
    await this.#connection.request('process/signal', params, { isUrgent: true })
  }

  /** Kills it and its group at once. Resolves with whether the server took it for running. */
  async terminate(): Promise<boolean> {
    const options = { onRepeat: () => {}, isUrgent: true }
    const params = { processId: this.processId }
    return (await this.#connection.request('process/terminate', params, options)).running
  }

  /**
   * Resolves with its exit when it has exited and all of its output has come, read or not. Rejects with a
   * `ProcessLostError` when it can be followed no longer, an `AbortedError`, or a `RequestTimeoutError`.
   */
  async wait(options: WaitOptions = {}): Promise<ProcessExit> {
    checkRequestOptions(options)
    checkSignal('signal', options.signal)
    const { signal } = options
    const milliseconds = checkTimeoutMs('timeoutMs', options.timeoutMs, Infinity)
    if (signal?.aborted) throw new AbortedError('wait', { cause: signal.reason })
    try {
      const message = new RequestTimeoutError('wait', milliseconds)
      return await pTimeout(this.#state.closed, { milliseconds, message, ...(signal ? { signal } : {}) })
    } catch (error) {
      if (signal?.aborted) throw new AbortedError('wait', { cause: signal.reason })
      throw error
    }
  }

  /**
   * Writes `input`, ends it where that is possible, and resolves with the exit and all output that could be kept. On a
   * terminal the input ends with ^D; a pipe cannot be ended by the protocol, so that a process which reads it to
   * its end never exits: use `pipeStdin` only for programs that know when they have enough. A process that exits
   * without reading it all is no error. Rejects as {@link wait} and {@link write} do, and with an
   * `AlreadyIteratedError` when its output is read elsewhere.
   */
  communicate(input?: string | Uint8Array, options: CommunicateOptions = {}): Promise<CommunicateResult> {
    return communicate(this, this.#isTerminal, input, options)
  }

  /** Kills it, unless it has ended, and resolves when it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#state.isEnded && !this.#state.hasExited) {
      await this.terminate().catch((error: unknown) => {
        // When the connection has ended, so has this process.
        if (!this.#state.isEnded) throw error
      })
    }
    await this.#state.exit
  }
}

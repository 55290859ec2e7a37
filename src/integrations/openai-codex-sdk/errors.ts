import { CodexExitedError, ThreadBusyError } from '../../client/index.js'
import { classifyFailure, createFailure, type Failure, type FailureContext } from '../../failures/index.js'
import { CodexNotFoundError, SpawnError } from '../../process/index.js'
import { ConnectionClosedError, RpcError } from '../../rpc/errors.js'
import { ConduitError, type ConduitErrorOptions, InvalidInputError } from '../../util/errors.js'

/** What an official error quotes of Codex's error stream first, when Codex had begun to read the prompt. */
const READING = 'Reading prompt from stdin...\n'

/**
 * What a turn of the drop-in rejects with, and what reading its events throws. The message is that of the
 * official package as far as that can be known; `failure` tells what to do about it.
 */
export class CodexSdkError extends ConduitError {
  /**
   * `TURN_FAILED`: the turn failed. `CODEX_EXITED`: Codex refused, or ended. `ABORT_ERR`: the signal aborted; the
   * name is `AbortError` then. `CODEX_NOT_FOUND`: there is no Codex. `ENOENT` and others of the system: Codex
   * cannot be started. `CODEX_CLOSED`: `close()` was called.
   */
  readonly code: string
  /** What went wrong, as data to act on. */
  readonly failure: Failure

  constructor(code: string, message: string, failure: Failure, options?: ConduitErrorOptions) {
    super(message, options)
    this.code = code
    this.failure = failure
    if (code === 'ABORT_ERR') this.name = 'AbortError'
  }
}

/** The signal of a turn aborted: what Node says, and so the official package. */
export function abortError(signal: AbortSignal): CodexSdkError {
  const failure = createFailure('turn-interrupted', 'The turn was aborted', { interruptedBy: 'user' })
  return new CodexSdkError('ABORT_ERR', 'The operation was aborted', failure, { cause: signal.reason })
}

/** A turn failed, in Codex's own words. */
export function turnError(message: string, failure: Failure): CodexSdkError {
  return new CodexSdkError('TURN_FAILED', message, failure)
}

/** `close()` was called. */
export function closedError(): CodexSdkError {
  const failure = createFailure('turn-interrupted', 'Codex was closed', { interruptedBy: 'user' })
  return new CodexSdkError('CODEX_CLOSED', 'Codex was closed', failure)
}

/** A turn of the thread runs, which this interface can neither steer nor interrupt but by its signal. */
export function busyError(threadId: string): ThreadBusyError {
  return new ThreadBusyError(threadId, 'await it, or abort its signal, first')
}

/** Codex refuses before it has begun to read the prompt. */
export function refusedAtOnce(reason: string): CodexSdkError {
  return exited('code 1', reason, invalid(reason))
}

/** Codex refuses what it was told. */
export function refused(reason: string): CodexSdkError {
  return exited('code 1', `${READING}${reason}`, invalid(reason))
}

/** A turn ended without success: the official package finds the exit of its process. */
export function turnEnded(failure: Failure): CodexSdkError {
  const { exitCode, signal, stderrTail = '' } = failure.details
  const isExit = exitCode !== undefined || signal !== undefined
  const how = signal === undefined ? `code ${exitCode ?? 1}` : `signal ${signal}`
  return exited(how, isExit ? `${READING}${stderrTail}` : READING, failure)
}

/** What the start of Codex or of a thread rejected with. Errors about options stay what they are. */
export function startError(error: unknown, context: FailureContext): Error {
  if (error instanceof InvalidInputError || error instanceof CodexSdkError) return error
  const failure = classifyFailure(error, context)
  const options = { cause: error }
  if (error instanceof CodexExitedError) {
    const how = error.signal === undefined ? `code ${error.exitCode ?? 1}` : `signal ${error.signal}`
    return exited(how, commandLineText(error.stderrTail), failure, options)
  }
  if (error instanceof SpawnError) {
    return new CodexSdkError(error.errno, `spawn ${error.command} ${error.errno}`, failure, options)
  }
  if (error instanceof CodexNotFoundError) {
    return new CodexSdkError(error.code, error.message, failure, options)
  }
  if (error instanceof ConnectionClosedError) return turnEnded(failure)
  if (error instanceof RpcError) return exited('code 1', describeRefusal(error), failure, options)
  return exited('code 1', `${failure.message}\n`, failure, options)
}

/** What the app-server writes when it cannot start, as the command line writes it. */
function commandLineText(stderr: string): string {
  const [text = ''] = stderr.split('\nStack backtrace:')
  const [, badSetting] = /^Error: ([\s\S]*\nin `[^\n]*`\n)/.exec(text) ?? []
  if (badSetting !== undefined) return `Error loading config.toml: ${badSetting}\n`
  return text.replace(/^Error: error parsing/, 'Error parsing')
}

function describeRefusal({ method = '', message, rpcCode }: RpcError): string {
  const [, badSetting] = /^failed to load configuration: ([\s\S]*)$/.exec(message) ?? []
  if (badSetting !== undefined) return `Error loading config.toml: ${badSetting}\n`
  return `${READING}Error: ${method}: ${method} failed: ${message} (code ${rpcCode})\n`
}

function exited(how: string, detail: string, failure: Failure, options?: ConduitErrorOptions): CodexSdkError {
  return new CodexSdkError('CODEX_EXITED', `Codex Exec exited with ${how}: ${detail}`, failure, options)
}

function invalid(reason: string): Failure {
  return createFailure('invalid-input', reason.trim(), { phase: 'configure', requestWritten: false })
}

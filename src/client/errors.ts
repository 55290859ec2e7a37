import type { Failure } from '../failures/index.js'
import { ConduitError, type ConduitErrorOptions } from '../util/errors.js'
import type { TurnResult } from './turn-result.js'

/** A turn did not complete. `result` holds what it brought until then. */
export class TurnFailedError extends ConduitError {
  readonly code = 'TURN_FAILED'
  /** Why, in a form to act on. */
  readonly failure: Failure
  readonly result: TurnResult<unknown>

  constructor(failure: Failure, result: TurnResult<unknown>) {
    super(`The turn ${result.status === 'interrupted' ? 'was interrupted' : 'failed'}: ${failure.message}`)
    this.failure = failure
    this.result = result
  }
}

/** The Codex process ended before it was ready. */
export class CodexExitedError extends ConduitError {
  readonly code = 'CODEX_EXITED'
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** The last part of what it wrote to its error stream, redacted. */
  readonly stderrTail: string

  constructor(
    exit: { exitCode?: number | undefined; signal?: string | undefined; stderrTail?: string | undefined },
    options?: ConduitErrorOptions,
  ) {
    const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.exitCode ?? 'unknown'}`
    const tail = exit.stderrTail?.trim() ?? ''
    super(`Codex ${how} before it was ready${tail === '' ? '' : `:\n${tail}`}`, options)
    this.exitCode = exit.exitCode
    this.signal = exit.signal
    this.stderrTail = exit.stderrTail ?? ''
  }
}

/** The other end did not complete the handshake: no answer in time, a refusal, or an answer of another kind. */
export class HandshakeError extends ConduitError {
  readonly code = 'HANDSHAKE_FAILED'
}

/** This Codex does not know the method: it is too old, or the method was removed. Nothing was done. */
export class UnsupportedMethodError extends ConduitError {
  readonly code = 'UNSUPPORTED_METHOD'
  readonly method: string
  /** What the server calls itself, with its version. */
  readonly userAgent: string

  constructor(method: string, userAgent: string, options?: ConduitErrorOptions) {
    super(`${userAgent || 'This Codex server'} does not support ${method}`, options)
    this.method = method
    this.userAgent = userAgent
  }
}

/** A turn was to be started on a thread whose last turn, started through this client, has not ended. */
export class ThreadBusyError extends ConduitError {
  readonly code = 'THREAD_BUSY'
  readonly threadId: string

  /** @param advice - what can be done about it */
  constructor(threadId: string, advice = 'await it, steer it with send(), or interrupt it first') {
    super(`Thread ${threadId} has a running turn: ${advice}`)
    this.threadId = threadId
  }
}

/**
 * A turn was to be started on a thread that did not come back when the connection was restored: it was ephemeral,
 * or had no turn yet. Nothing was sent.
 */
export class ThreadLostError extends ConduitError {
  readonly code = 'THREAD_LOST'
  readonly threadId: string

  constructor(threadId: string) {
    super(`Thread ${threadId} was lost with the connection and cannot be resumed: start another`)
    this.threadId = threadId
  }
}

/** The model's provider could not be reached for so long that the turn was interrupted. */
export class ProviderUnreachableError extends ConduitError {
  readonly code = 'PROVIDER_UNREACHABLE'
  readonly timeoutMs: number

  constructor(lastMessage: string, timeoutMs: number) {
    super(`The provider was not reached within ${timeoutMs} ms: ${lastMessage}`)
    this.timeoutMs = timeoutMs
  }
}

/** A turn was to be steered that is not running. */
export class TurnNotRunningError extends ConduitError {
  readonly code = 'TURN_NOT_RUNNING'

  constructor(options?: ConduitErrorOptions) {
    super('The turn is not running', options)
  }
}

/** Nothing happened in a turn for so long that it was interrupted. */
export class TurnStalledError extends ConduitError {
  readonly code = 'TURN_STALLED'
  /** Time since the last sign of life, in milliseconds. */
  readonly silentMs: number

  constructor(silentMs: number) {
    super(`Nothing happened in the turn for ${Math.round(silentMs)} ms`)
    this.silentMs = silentMs
  }
}

/**
 * Codex did not end a turn that was interrupted, which has settled without it. Comes as a `diagnostic` of the client,
 * never thrown. The turn may still run in the server: the sure way to end it is to close the client and start anew.
 */
export class InterruptIgnoredError extends ConduitError {
  readonly code = 'INTERRUPT_IGNORED'
  readonly threadId: string
  /** Empty when Codex has never told it. */
  readonly turnId: string
  readonly timeoutMs: number

  constructor(threadId: string, turnId: string, timeoutMs: number) {
    super(
      `Codex did not end the interrupted turn ${turnId || 'of an unanswered start'} within ${timeoutMs} ms`,
    )
    this.threadId = threadId
    this.turnId = turnId
    this.timeoutMs = timeoutMs
  }
}

import type { Failure, FailureDetails } from '../failures/index.js'
import type { ExecParseError } from './event-reader.js'
import type { ExecEvent } from './events.js'
import type { ExecUsage } from './read-event.js'

/**
 * Why a run did not succeed.
 *
 * - `CODEX_EXEC_INVALID_INPUT`: the request is wrong; `details.option` names the member. Nothing was started.
 * - `CODEX_EXEC_SPAWN_FAILED`: no Codex was found, or it could not be started.
 * - `CODEX_EXEC_TIMEOUT`: `timeoutMs` passed, and Codex was ended.
 * - `CODEX_EXEC_CANCELLED`: the signal was aborted, or the reader of the stream left, and Codex was ended.
 * - `CODEX_EXEC_EXIT_NON_ZERO`: Codex exited with another code than 0, or by a signal.
 * - `CODEX_EXEC_NO_TERMINAL_EVENT`: Codex exited with 0, or had to be ended, and has not told that the turn completed.
 * - `CODEX_EXEC_OUTPUT_MISMATCH`: the turn completed, and the answer does not match `outputSchema`.
 */
export type ExecErrorCode =
  | 'CODEX_EXEC_INVALID_INPUT'
  | 'CODEX_EXEC_SPAWN_FAILED'
  | 'CODEX_EXEC_TIMEOUT'
  | 'CODEX_EXEC_CANCELLED'
  | 'CODEX_EXEC_EXIT_NON_ZERO'
  | 'CODEX_EXEC_NO_TERMINAL_EVENT'
  | 'CODEX_EXEC_OUTPUT_MISMATCH'

/** What went wrong in a run. Plain data. */
export interface ExecError {
  readonly code: ExecErrorCode
  /** One text for people, without secrets. */
  readonly message: string
  /** Whether the same run can succeed later; `failure.retrySafety` says what repeating it may do. */
  readonly retryable: boolean
  /** The facts behind it, for logs. */
  readonly details: FailureDetails
}

/** What was run, for records. */
export interface ExecInvocation {
  /** The program; absent when none was found or looked for. */
  readonly command: string | undefined
  /** Its arguments, secrets removed; `buildExecArgs` tells them as they are. Empty for a wrong request. */
  readonly args: readonly string[]
  /** Where it ran, absolute; absent for a wrong request. */
  readonly cwd: string | undefined
  readonly purpose: string | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

/** What is known of a run when it is over. */
export interface ExecResult<Output = undefined> {
  /** Time from the call to the end, in milliseconds. */
  readonly durationMs: number
  /** When the run was asked for, as an ISO date. */
  readonly startedAt: string
  /** When it was over, as an ISO date. */
  readonly finishedAt: string
  /** `null` when a signal ended Codex or none was started. */
  readonly exitCode: number | null
  /** The signal that ended Codex. */
  readonly signal: string | null
  /** Whether `timeoutMs` passed. */
  readonly timedOut: boolean
  /** The session, once Codex has told it. Absent without `json`. */
  readonly threadId: string | undefined
  /** The agent's last message. */
  readonly lastMessage: string | undefined
  /** The answer, checked by a zod `outputSchema`; absent without one or without success. */
  readonly output: Output
  /** Tokens of the whole session, as Codex reports them when the turn completes. Absent without `json`. */
  readonly usage: ExecUsage | undefined
  /** The events, oldest first. */
  readonly jsonEvents: readonly ExecEvent[]
  /** How many events were dropped because they exceeded `limits.eventBytes`. */
  readonly jsonEventsDropped: number
  /** Lines of the output that were no events, the first 100. */
  readonly jsonParseErrors: readonly ExecParseError[]
  /** How many there were. */
  readonly jsonParseErrorCount: number
  /** The last part of standard output, colour codes removed. Secrets are not. */
  readonly stdout: string
  /** Bytes written to standard output in all. */
  readonly stdoutBytes: number
  /** The last part of the error stream, colour codes and secrets removed. */
  readonly stderr: string
  /** Bytes written to the error stream in all. */
  readonly stderrBytes: number
}

/** What became of a run. */
export type ExecOutcome<Output = undefined> =
  | {
      readonly ok: true
      readonly invocation: ExecInvocation
      readonly result: ExecResult<Output>
    }
  | {
      readonly ok: false
      readonly error: ExecError
      /** The same, as the rest of the library tells failures; `withRetry` reads it. */
      readonly failure: Failure
      readonly invocation: ExecInvocation
      readonly result: ExecResult<Output | undefined>
    }

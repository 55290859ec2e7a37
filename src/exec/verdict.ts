import { classifyFailure, createFailure, type Failure, type FailureContext } from '../failures/index.js'
import type { ExitStatus } from '../process/index.js'
import { RequestTimeoutError } from '../rpc/errors.js'
import { AbortedError } from '../util/errors.js'
import { readErrorText, readRpcCode } from './error-text.js'
import type { ExecErrorCode } from './outcome.js'

/** Why Codex was ended before it exited. */
export type StopReason =
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'cancelled'; readonly cause: unknown }
  /** It had nothing more to do, or could do nothing more. */
  | { readonly kind: 'lingering'; readonly why: string }

/** What is known of how a run went. */
export interface RunFacts {
  readonly isSpawned: boolean
  readonly stopped: StopReason | undefined
  readonly status: ExitStatus
  readonly isJson: boolean
  /** How the turn ended, as far as the events say. */
  readonly ending: 'completed' | 'failed' | undefined
  /** The last error that an event told. */
  readonly errorText: string | undefined
  readonly hasTurnBegun: boolean
  readonly sideEffectsSeen: boolean
  readonly stderr: string
  /** Removes secrets. */
  readonly redact: (text: string) => string
}

/** Why a run did not succeed. */
export interface RunFailure {
  readonly code: ExecErrorCode
  readonly failure: Failure
}

/** Judges how a run went that was started. `undefined` is a success. */
export function judgeRun(facts: RunFacts): RunFailure | undefined {
  const { stopped, status, isJson, ending } = facts
  const context = contextOf(facts)
  if (stopped?.kind === 'timeout') {
    const cause = new RequestTimeoutError('codex exec', stopped.timeoutMs)
    return { code: 'CODEX_EXEC_TIMEOUT', failure: classifyFailure(cause, context) }
  }
  if (stopped?.kind === 'cancelled') {
    const cause = new AbortedError('codex exec', { cause: stopped.cause })
    return { code: 'CODEX_EXEC_CANCELLED', failure: classifyFailure(cause, context) }
  }
  // Codex has said that all is well, and was only too slow to leave.
  if (stopped?.kind === 'lingering' && ending === 'completed') return undefined
  if (status.code === 0 && (!isJson || ending === 'completed')) return undefined
  const isExit = status.code !== 0 && (stopped === undefined || ending === 'failed' || !isJson)
  return {
    code: isExit ? 'CODEX_EXEC_EXIT_NON_ZERO' : 'CODEX_EXEC_NO_TERMINAL_EVENT',
    failure: classifyExit(facts, context),
  }
}

function contextOf({
  isSpawned,
  isJson,
  ending,
  hasTurnBegun,
  sideEffectsSeen,
  redact,
}: RunFacts): FailureContext {
  // Without events nobody knows what was done, and an unfinished turn may have done what was not told any more.
  const isKnown = isJson && (!hasTurnBegun || ending !== undefined)
  const sideEffectsPossible = sideEffectsSeen ? true : isKnown ? false : undefined
  return { phase: 'exec', sideEffectsPossible, redact, ...(isSpawned ? {} : { requestWritten: false }) }
}

function classifyExit(facts: RunFacts, context: FailureContext): Failure {
  const { stopped, status, ending, stderr } = facts
  const text = facts.errorText ?? (status.signal === null ? readErrorText(stderr) : undefined)
  const exit = { signal: status.signal, stderrTail: stderr }
  if (stopped !== undefined && text === undefined) {
    // This side has ended it: the signal says nothing about Codex.
    const kind = 'transport-closed-before-turn-completed'
    return createFailure(kind, describeExit(facts), { ...context, ...exit })
  }
  const rpcCode = text === undefined ? undefined : readRpcCode(text)
  // A code that says that all is well is not heard after a turn that says that it is not.
  const exitCode = ending === 'failed' && status.code === 0 ? null : status.code
  const cause = { message: text ?? describeExit(facts), exitCode, ...exit }
  return classifyFailure(rpcCode === undefined ? cause : { ...cause, rpcCode }, context)
}

function describeExit({ stopped, status: { code, signal }, ending }: RunFacts): string {
  if (stopped?.kind === 'lingering') return `codex exec ${stopped.why}, and was ended`
  if (signal !== null) return `codex exec was ended by ${signal}`
  if (code !== 0) return `codex exec exited with code ${code}`
  return ending === 'failed'
    ? 'codex exec exited with code 0 although its turn failed'
    : 'codex exec exited with code 0 without telling that the turn completed'
}

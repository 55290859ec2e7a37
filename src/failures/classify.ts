import { checkOneOf, checkOptions, checkString } from '../util/validate.js'
import { type Cleaner, createCleaner } from './clean.js'
import { describeFacts } from './details.js'
import { type Facts, gatherFacts } from './facts.js'
import {
  FAILURE_KINDS,
  type Failure,
  type FailureContext,
  type FailureKind,
  type FailurePhase,
  MAX_MESSAGE_LENGTH,
  type RetrySafety,
} from './failure.js'
import { judge, knownPhase } from './judge.js'
import { KIND_DEFAULTS } from './kinds.js'
import { isObject, readMember, readText, toJson } from './read.js'
import { parseRetryAfter, readRetryAfter } from './retry-after.js'
import type { Verdict } from './verdict.js'

const SAFETIES: readonly unknown[] = ['not-sent', 'rejected', 'indeterminate', 'side-effects-possible']

/**
 * Says what a failure is, whether a retry can help and whether it is safe. Takes anything: errors of this
 * library and of others, turn errors, turns, `error` notifications, close reasons, exit outcomes, strings.
 * A {@link Failure}, or an error that carries one as `failure`, comes back as it is.
 *
 * Pure and quick: it reads the cause, changes nothing and never throws. Every text in the result is redacted
 * once and bounded, and the whole result can be written as JSON.
 */
export function classifyFailure(cause: unknown, context: FailureContext = {}): Failure {
  try {
    const known = [cause, readMember(cause, 'failure')].find(isFailure)
    if (known !== undefined) return toJson(known, (text) => text) as unknown as Failure
    const chain = gatherFacts(cause)
    return build(judge(chain, context), chain, context, cause)
  } catch {
    // Only a context with traps of its own comes here.
    return build({ kind: 'backend-failed' }, [], {}, undefined)
  }
}

/**
 * Makes a failure of a kind that is already known, with the same redaction, bounds and defaults as
 * {@link classifyFailure}. Throws `InvalidInputError` for a kind that there is not, and a message that is no text.
 */
export function createFailure(kind: FailureKind, message: string, context: FailureContext = {}): Failure {
  checkOneOf('kind', kind ?? null, FAILURE_KINDS)
  checkString('message', message ?? null, false)
  checkOptions('context', context)
  return build({ kind, message }, gatherFacts(undefined), context, undefined)
}

/** Whether a value is a {@link Failure}. */
export function isFailure(value: unknown): value is Failure {
  return (
    isObject(value) &&
    FAILURE_KINDS.includes(readMember(value, 'kind') as FailureKind) &&
    typeof readMember(value, 'retryable') === 'boolean' &&
    SAFETIES.includes(readMember(value, 'retrySafety')) &&
    readText(value, 'message') !== undefined
  )
}

function build(verdict: Verdict, chain: readonly Facts[], context: FailureContext, cause: unknown): Failure {
  const { kind } = verdict
  const defaults = KIND_DEFAULTS[kind]
  const cleaner = createCleaner(context.redact)
  const phase = phaseOf(verdict, chain, context)
  const wait = context.retryAfterMs ?? retryAfter(chain, context.now ?? Date.now())
  // A quota comes back by itself only when somebody said when.
  const retryable =
    verdict.retryable ?? (defaults.retryable || (kind === 'provider-usage-limited' && wait !== undefined))
  const httpStatus = verdict.httpStatus ?? chain.find((facts) => facts.httpStatus !== undefined)?.httpStatus
  const info = chain.find((facts) => facts.codexErrorInfo !== undefined)?.codexErrorInfo
  const codexErrorInfo = info === undefined ? undefined : toJson(info, (text) => cleaner.head(text, 200))
  return {
    kind,
    phase,
    message: messageOf(verdict, chain, cleaner),
    retryable,
    retrySafety: safetyOf(verdict, chain, phase, context),
    ...(retryable && wait !== undefined ? { retryAfterMs: wait } : {}),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(codexErrorInfo === undefined ? {} : { codexErrorInfo }),
    hint: verdict.hint ?? defaults.hint,
    details: describeFacts(chain, verdict, context, cleaner, cause),
  }
}

function phaseOf(verdict: Verdict, chain: readonly Facts[], context: FailureContext): FailurePhase {
  const isTurn = chain.some((facts) => facts.isTurnError)
  return knownPhase(chain, context) ?? verdict.phase ?? (isTurn ? 'turn' : 'request')
}

function safetyOf(
  verdict: Verdict,
  chain: readonly Facts[],
  phase: FailurePhase,
  context: FailureContext,
): RetrySafety {
  if (context.sideEffectsPossible === true) return 'side-effects-possible'
  // Only the outermost error is heard: one behind it may be about another request.
  const isWritten = context.requestWritten ?? chain[0]?.isUnsent !== true
  if (!isWritten) return 'not-sent'
  const safety = verdict.safety ?? (context.sideEffectsPossible === false ? 'rejected' : 'indeterminate')
  // Until the handshake is over, nothing that could have an effect has been sent.
  const isBefore = phase === 'configure' || phase === 'spawn' || phase === 'initialize'
  return isBefore && safety === 'indeterminate' ? 'not-sent' : safety
}

function retryAfter(chain: readonly Facts[], now: number): number | undefined {
  for (const { source, message, additionalDetails } of chain) {
    const wait =
      readRetryAfter(source, now) ??
      parseRetryAfter(message ?? '', now) ??
      parseRetryAfter(additionalDetails ?? '', now)
    if (wait !== undefined) return wait
  }
  return undefined
}

function messageOf(verdict: Verdict, chain: readonly Facts[], cleaner: Cleaner): string {
  const facts = chain.find(({ message }) => message !== undefined && message.trim() !== '')
  const more = facts?.additionalDetails
  const own = facts?.message ?? ''
  const full = more === undefined || own.includes(more) ? own : `${own} (${more})`
  const text = cleaner.head(verdict.message ?? full, MAX_MESSAGE_LENGTH)
  return text.trim() === '' ? KIND_DEFAULTS[verdict.kind].summary : text
}

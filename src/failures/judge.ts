import { judgeClose } from './close-rules.js'
import { judgeCode, judgeVagueCode } from './code-rules.js'
import { isBrokenConnection, judgeErrno } from './errno-rules.js'
import { judgeExecText } from './exec-rules.js'
import type { Facts } from './facts.js'
import type { FailureContext, FailurePhase } from './failure.js'
import { judgeInterrupt, judgeInterruption } from './interrupt-rules.js'
import { judgeBody, judgeErrorInfo, judgeStatus } from './provider-rules.js'
import { readItems, readMember } from './read.js'
import { judgeRpcError, phaseOfMethod } from './rpc-rules.js'
import { judgeText } from './text-rules.js'
import { judgeUpgradeRefusal, readUpgradeStatus } from './upgrade-rules.js'
import type { Verdict } from './verdict.js'

type Rule = (facts: Facts, index: number) => Verdict | undefined

/**
 * Applies the rules: structured facts of the whole chain first, then how the connection or process ended,
 * then the words of the messages. The first conclusion stands.
 */
export function judge(chain: readonly Facts[], context: FailureContext): Verdict {
  const phase = knownPhase(chain, context)
  const apply = (rule: Rule): Verdict | undefined => {
    for (const [index, facts] of chain.entries()) {
      const verdict = rule(facts, index)
      if (verdict !== undefined) return verdict
    }
    return undefined
  }
  return (
    apply((facts, index) => judgeStructure(facts, chain.slice(index + 1), phase, context)) ??
    apply((facts) => (facts.close === undefined ? undefined : judgeClose(facts, phase))) ??
    apply(judgeVagueCode) ??
    (context.interruptedBy === undefined ? undefined : judgeInterruption(context.interruptedBy)) ??
    apply((facts) => judgeWords(facts)) ??
    apply((facts) => judgeExit(facts, phase, context)) ?? { kind: 'backend-failed' }
  )
}

/** The phase that the context, or the method in the facts, names. */
export function knownPhase(chain: readonly Facts[], context: FailureContext): FailurePhase | undefined {
  if (context.phase !== undefined) return context.phase
  // Whatever is behind it ended or was late before anything was asked for.
  if (chain.some((facts) => facts.code === 'HANDSHAKE_FAILED')) return 'initialize'
  const method = chain.find((facts) => facts.method !== undefined)?.method
  return method === undefined ? undefined : phaseOfMethod(method)
}

function judgeStructure(
  facts: Facts,
  behind: readonly Facts[],
  phase: FailurePhase | undefined,
  context: FailureContext,
): Verdict | undefined {
  return (
    judgeTurnError(facts) ??
    (facts.rpcCode === undefined ? undefined : judgeRpcError(facts.rpcCode, facts.message ?? '')) ??
    judgeInterrupt(facts, behind, context) ??
    judgeCode(facts) ??
    judgeHttp(facts, phase) ??
    judgeSystem(facts, phase) ??
    judgeShape(facts, phase)
  )
}

function judgeTurnError(facts: Facts): Verdict | undefined {
  if (facts.codexErrorInfo === undefined) return undefined
  const verdict = judgeErrorInfo(facts.codexErrorInfo)
  if (verdict?.httpStatus === undefined) return verdict
  // The provider's own code in the body says more than the status it came with.
  return { ...verdict, ...judgeBody(facts.message ?? '') }
}

function judgeHttp(facts: Facts, phase: FailurePhase | undefined): Verdict | undefined {
  const upgrade = readUpgradeStatus(facts.message ?? '')
  if (upgrade !== undefined) return judgeUpgradeRefusal(upgrade)
  const status = facts.httpStatus
  if (status === undefined || status < 400) return undefined
  if (phase === 'spawn' || phase === 'initialize') return judgeUpgradeRefusal(status)
  return { ...judgeStatus(status), ...judgeBody(facts.message ?? '') }
}

function judgeSystem(facts: Facts, phase: FailurePhase | undefined): Verdict | undefined {
  if (facts.code === undefined) return undefined
  return isBrokenConnection(facts.code) ? judgeClose(facts, phase) : judgeErrno(facts.code)
}

function judgeShape(facts: Facts, phase: FailurePhase | undefined): Verdict | undefined {
  if (facts.name === 'SyntaxError') return { kind: 'backend-json-parse-error' }
  if (facts.name !== 'ZodError' && facts.name !== '$ZodError') return undefined
  const message = describeIssues(readMember(facts.source, 'issues'))
  return phase === 'configure'
    ? { kind: 'invalid-input', safety: 'not-sent', message }
    : { kind: 'backend-response-invalid', message }
}

function judgeWords(facts: Facts): Verdict | undefined {
  const text = [facts.message, facts.additionalDetails].filter((part) => part !== undefined).join('\n')
  if (text === '') return undefined
  const verdict = judgeBody(text) ?? judgeText(text)
  if (verdict !== undefined) return verdict
  // Codex passes on the body of a 400 as the message, and of nothing else.
  const isBody = facts.codexErrorInfo === 'other' && text.trimStart().startsWith('{')
  return isBody ? { kind: 'provider-bad-request' } : undefined
}

function judgeExit(
  facts: Facts,
  phase: FailurePhase | undefined,
  context: FailureContext,
): Verdict | undefined {
  const exitCode = facts.exitCode ?? context.exitCode ?? undefined
  const signal = facts.signal ?? context.signal ?? undefined
  if (exitCode === undefined && signal === undefined) return undefined
  if (phase !== undefined && phase !== 'exec') return judgeClose({ ...facts, exitCode, signal }, phase)
  if (exitCode === 0) {
    return {
      kind: 'transport-closed-before-turn-completed',
      phase: 'exec',
      hint: 'Codex ended as if all were well, but the turn had no end: run it again.',
    }
  }
  const told = judgeExecText(exitCode, facts.message ?? '')
  return told ?? { kind: 'exec-exit-nonzero', phase: 'exec' }
}

function describeIssues(issues: unknown): string {
  const lines = readItems(issues, 3).map((issue) => {
    const path = readItems(readMember(issue, 'path')).filter((part) => typeof part !== 'symbol')
    const message = readMember(issue, 'message')
    return `${path.join('.') || 'value'}: ${typeof message === 'string' ? message : 'invalid'}`
  })
  return `The value does not have the expected shape: ${lines.join('; ') || 'no details'}`
}

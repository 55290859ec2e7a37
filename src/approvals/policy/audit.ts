import { redactJson } from '../../redaction/index.js'
import type { ApprovalDecision } from '../decisions.js'
import { describeRequest } from '../describe-request.js'
import type { ApprovalDecider } from '../hook.js'
import type { ApprovalRequest } from '../requests.js'

/** What a policy decided, and why. Plain JSON data without secrets. */
export interface AuditEntry {
  /** When, in milliseconds since the Unix epoch. */
  readonly time: number
  readonly kind: ApprovalRequest['kind']
  readonly threadId: string
  readonly turnId: string | undefined
  readonly itemId: string | undefined
  /** What was asked, in one line. */
  readonly summary: string
  /** What was answered. */
  readonly decision: ApprovalDecision
  /** A rule, what comes after the rules, or why there was no valid answer from either. */
  readonly decidedBy: 'rule' | 'otherwise' | 'rule-failed' | Exclude<ApprovalDecider, 'hook' | 'policy'>
  /** The rule that decided, by its place from 0. */
  readonly rule: { readonly index: number; readonly name: string } | undefined
  readonly reason: string
  /** Whether the policy was dry: `decision` is then `decline`, and `wouldDecide` what it would have been. */
  readonly dryRun: boolean
  /** Set in a dry run; `ask` where a hook, a person or another policy would have been asked. */
  readonly wouldDecide: ApprovalDecision | 'ask' | undefined
}

/** Receives audit entries. Nothing waits for it; what it throws or rejects with is reported and dropped. */
export type AuditSink = (entry: AuditEntry) => unknown

/** What an entry adds to its request. */
export type AuditFacts = Pick<AuditEntry, 'decision' | 'decidedBy' | 'rule' | 'reason'> &
  Partial<Pick<AuditEntry, 'dryRun' | 'wouldDecide'>>

/** Writes an entry without secrets; names and reasons come without them. Never throws. */
export function writeAudit(
  sink: AuditSink | undefined,
  request: ApprovalRequest,
  facts: AuditFacts,
  report: ((error: Error) => void) | undefined,
): void {
  if (!sink) return
  const { kind, threadId, turnId, itemId } = request
  const fail = (cause: unknown) =>
    report?.(cause instanceof Error ? cause : new Error('the audit threw something else than an error'))
  try {
    const written: unknown = sink({
      time: Date.now(),
      kind,
      threadId,
      turnId,
      itemId,
      summary: describeRequest(request),
      decision: redactJson(facts.decision) as ApprovalDecision,
      decidedBy: facts.decidedBy,
      rule: facts.rule,
      reason: facts.reason,
      dryRun: facts.dryRun ?? false,
      wouldDecide: redactJson(facts.wouldDecide) as AuditEntry['wouldDecide'],
    })
    if (written instanceof Promise) written.catch(fail)
  } catch (error) {
    fail(error)
  }
}

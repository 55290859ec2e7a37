import { isOffered } from '../check-decision.js'
import type { ApprovalDecision } from '../decisions.js'
import type { ApprovalRequest } from '../requests.js'
import { leavingText } from '../visible-text.js'
import type { ApprovalRule, RuleMatch } from './rule.js'

/** What one rule said, in the order of the rules. Texts are fit to be shown, without secrets. */
export interface ConsideredRule {
  readonly index: number
  readonly name: string
  readonly match: RuleMatch | 'failed'
  readonly reason: string
}

/**
 * The rule that decides, if one does, and those that were considered until then. Texts are fit to be shown,
 * without secrets.
 */
export interface Evaluation {
  readonly rule: { readonly index: number; readonly name: string } | undefined
  /** Absent when no rule covers the request. */
  readonly decision: ApprovalDecision | undefined
  readonly reason: string
  readonly considered: readonly ConsideredRule[]
  /** What a rule threw. */
  readonly error?: Error
}

const MATCHES: readonly unknown[] = ['yes', 'no', 'unsure', 'unrelated']

/** Finds the first rule that covers a request. A rule that throws ends the search with a decline. */
export async function evaluateRules(
  rules: readonly ApprovalRule[],
  request: ApprovalRequest,
): Promise<Evaluation> {
  const considered: ConsideredRule[] = []
  for (const [index, rule] of rules.entries()) {
    const name = leavingText(rule.name)
    const found = { index, name }
    try {
      const verdict = await rule.evaluate(request)
      const { match, decision = 'accept' } = verdict
      const reason = leavingText(String(verdict.reason))
      if (!MATCHES.includes(match)) throw new TypeError(`the rule ${name} returned no verdict`)
      considered.push({ ...found, match, reason })
      if (match === 'yes') return { rule: found, decision: offered(request, decision), reason, considered }
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(`the rule ${name} threw no error`)
      const message = leavingText(String(error.message))
      considered.push({ ...found, match: 'failed', reason: message })
      return {
        rule: found,
        decision: 'decline',
        reason: `the rule failed: ${message}`,
        considered,
        error,
      }
    }
  }
  return { rule: undefined, decision: undefined, reason: 'no rule covers it', considered }
}

/** A rule that allows for the session allows once where Codex does not offer more. */
function offered(request: ApprovalRequest, decision: ApprovalDecision): ApprovalDecision {
  return decision === 'acceptForSession' && !isOffered(request, decision) ? 'accept' : decision
}

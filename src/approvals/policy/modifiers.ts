import type { ApprovalDecision } from '../decisions.js'
import { checkRules, ruleData } from './check-rules.js'
import type { ApprovalRule, RuleVerdict } from './rule.js'

/**
 * Turns what a rule covers, or may cover, into a decline.
 *
 * @example decline(allowMcpTools([{ server: 'mail' }]))
 */
export function decline(rule: ApprovalRule): ApprovalRule {
  return refuse('decline', rule)
}

/** Turns what a rule covers, or may cover, into a refusal that also interrupts the turn. */
export function cancelTurn(rule: ApprovalRule): ApprovalRule {
  return refuse('cancelTurn', rule)
}

/**
 * Lets a rule allow for the session instead of once, where that is possible and Codex offers it: for the same
 * command, path or MCP tool of this thread, or for the permissions that are granted.
 */
export function forSession(rule: ApprovalRule): ApprovalRule {
  return modify('forSession', rule, (verdict) => {
    const { decision = 'accept' } = verdict
    if (decision === 'accept') return { ...verdict, decision: 'acceptForSession' }
    if (typeof decision === 'object' && 'grant' in decision) {
      return { ...verdict, decision: { ...decision, scope: 'session' } }
    }
    return verdict
  })
}

function refuse(name: 'decline' | 'cancelTurn', rule: ApprovalRule): ApprovalRule {
  const decision: ApprovalDecision = name === 'decline' ? 'decline' : 'cancel'
  return modify(name, rule, (verdict) =>
    verdict.match === 'yes' || verdict.match === 'unsure'
      ? { match: 'yes', reason: verdict.reason, decision }
      : verdict,
  )
}

function modify(
  name: string,
  rule: ApprovalRule,
  change: (verdict: RuleVerdict) => RuleVerdict,
): ApprovalRule {
  const inner = checkRules(name, [rule])[0] as ApprovalRule
  return {
    name: `${name}(${inner.name})`,
    evaluate: async (request) => change(await inner.evaluate(request)),
    toJSON: () => ({ rule: name, of: ruleData(inner) }),
  }
}

import type { ApprovalDecision } from '../decisions.js'
import { checkRules, ruleData } from './check-rules.js'
import type { ApprovalRule, RuleMatch, RuleVerdict } from './rule.js'

/** Covers what any of the rules covers, with the decision of the first that does. */
export function anyOf(...rules: readonly ApprovalRule[]): ApprovalRule {
  return combine('anyOf', rules, (verdicts) => {
    const related = verdicts.filter(({ match }) => match !== 'unrelated')
    const found = ['yes', 'unsure', 'no'].map((match) => related.find((verdict) => verdict.match === match))
    return found.find((verdict) => verdict !== undefined) ?? verdicts[0] ?? EMPTY
  })
}

/**
 * Covers what all of the rules cover. Refuses when one of them does, and allows for the session only when all
 * do.
 */
export function allOf(...rules: readonly ApprovalRule[]): ApprovalRule {
  return combine('allOf', rules, (verdicts) => {
    const worst = (['unrelated', 'no', 'unsure'] as const)
      .map((match) => verdicts.find((verdict) => verdict.match === match))
      .find((verdict) => verdict !== undefined)
    if (worst) return worst
    const reason = verdicts.map((verdict) => verdict.reason).join('; ')
    return { match: 'yes', reason, decision: strictest(verdicts.map(({ decision }) => decision ?? 'accept')) }
  })
}

/**
 * Covers the requests of the rule's own kind of which it covers no part for certain, and accepts them. Beside
 * a rule that allows, in `allOf`, it narrows; alone it allows everything that is not on a list.
 */
export function not(rule: ApprovalRule): ApprovalRule {
  return combine('not', [rule], ([verdict = EMPTY]) => {
    const match: RuleMatch = verdict.match === 'yes' ? 'no' : verdict.match === 'no' ? 'yes' : verdict.match
    return { match, reason: `not so: ${verdict.reason}` }
  })
}

const EMPTY: RuleVerdict = { match: 'unsure', reason: 'there is no rule' }

function combine(
  name: string,
  given: readonly ApprovalRule[],
  judge: (verdicts: readonly RuleVerdict[]) => RuleVerdict,
): ApprovalRule {
  const rules = checkRules(name, given)
  return {
    name: `${name}(${rules.map((rule) => rule.name).join(', ')})`,
    evaluate: async (request) => judge(await Promise.all(rules.map(async (rule) => rule.evaluate(request)))),
    toJSON: () => ({ rule: name, of: rules.map(ruleData) }),
  }
}

function strictest(decisions: readonly ApprovalDecision[]): ApprovalDecision {
  const refusal = decisions.find((decision) => decision === 'cancel' || decision === 'decline')
  if (refusal !== undefined) return refusal
  // Answers and grants say more than yes.
  const answer = decisions.find((decision) => typeof decision === 'object')
  if (answer !== undefined) return answer
  return decisions.every((decision) => decision === 'acceptForSession') ? 'acceptForSession' : 'accept'
}

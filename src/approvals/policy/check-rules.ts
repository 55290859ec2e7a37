import { InvalidInputError } from '../../util/errors.js'
import type { ApprovalRule, RuleData } from './rule.js'

/** Checks that values are rules. Throws `InvalidInputError` naming the option. */
export function checkRules(option: string, rules: unknown): readonly ApprovalRule[] {
  if (!Array.isArray(rules)) throw new InvalidInputError(option, rules, 'a list of rules')
  return Array.from(rules as readonly unknown[], (rule, index) => {
    const { name, evaluate } = (rule ?? {}) as Partial<ApprovalRule>
    if (typeof name === 'string' && typeof evaluate === 'function') return rule as ApprovalRule
    throw new InvalidInputError(`${option}[${index}]`, rule, 'a rule, such as allowCommands() makes')
  })
}

/** A rule as data. One that has none is named, and `rulesFromJson` refuses it. */
export function ruleData(rule: ApprovalRule): RuleData {
  return rule.toJSON?.() ?? { rule: 'custom', name: rule.name }
}

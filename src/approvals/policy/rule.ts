import type { ApprovalDecision } from '../decisions.js'
import type { ApprovalRequest } from '../requests.js'

/**
 * How a rule relates to a request:
 * - `yes`: it covers all of it;
 * - `no`: it certainly covers no part of it;
 * - `unsure`: it covers a part of it, or the request cannot be read with certainty;
 * - `unrelated`: it is about another kind of request.
 *
 * A rule that allows applies on `yes` only; one that refuses applies on `unsure` too.
 */
export type RuleMatch = 'yes' | 'no' | 'unsure' | 'unrelated'

/** What a rule says about a request. */
export interface RuleVerdict {
  readonly match: RuleMatch
  /** One sentence for people. May hold text of the request, which the model wrote. */
  readonly reason: string
  /** What is answered when the rule applies. @default 'accept' */
  readonly decision?: ApprovalDecision
}

/** A rule as plain JSON data; `rule` names its kind. */
export interface RuleData {
  readonly rule: string
  readonly [option: string]: unknown
}

/**
 * A rule of a policy. Make it with a builder such as `allowCommands`, or write one: `evaluate` must have no side
 * effects and ask nobody, since `explain` calls it as well. One that throws makes the policy decline.
 */
export interface ApprovalRule {
  /** For people, in audits and explanations. */
  readonly name: string
  /** Compares the rule with a request. */
  readonly evaluate: (request: ApprovalRequest) => RuleVerdict | Promise<RuleVerdict>
  /** The rule as data, for `rulesFromJson`; a rule without it cannot be stored. */
  readonly toJSON?: () => RuleData
}

/** The verdict on a request of another kind. */
export function unrelated(kind: string): RuleVerdict {
  return { match: 'unrelated', reason: `it is not about ${kind}` }
}

/** One verdict on all parts of a request: every part matches, none does, or some do. */
export function matchOfParts(parts: readonly RuleMatch[]): RuleMatch {
  if (parts.length === 0 || parts.includes('unsure')) return 'unsure'
  const matching = parts.filter((part) => part === 'yes').length
  if (matching === parts.length) return 'yes'
  return matching === 0 ? 'no' : 'unsure'
}

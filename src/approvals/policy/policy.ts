import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'
import { checkDecision } from '../check-decision.js'
import { decide } from '../decide.js'
import type { ApprovalDecision } from '../decisions.js'
import type { ApprovalContext, ApprovalHook } from '../hook.js'
import type { ApprovalRequest } from '../requests.js'
import { type AuditFacts, type AuditSink, writeAudit } from './audit.js'
import { checkRules, ruleData } from './check-rules.js'
import { type ConsideredRule, type Evaluation, evaluateRules } from './evaluate.js'
import type { ApprovalRule, RuleData } from './rule.js'

/** What decides where no rule does. */
export type Otherwise = 'decline' | 'cancel' | ApprovalHook | ApprovalPolicy

/** Options of {@link approvalPolicy}. */
export interface ApprovalPolicyOptions {
  /** The first rule that covers a request decides. @default none */
  readonly rules?: readonly ApprovalRule[] | undefined
  /** Decides where no rule does: a fixed refusal, a hook, `askHuman(...)`, or another policy. @default 'decline' */
  readonly otherwise?: Otherwise | undefined
  /** Time `otherwise` has, in milliseconds, or `Infinity`; the client's own deadline holds beside it. @default Infinity */
  readonly deadline?: number | undefined
  /** Receives one entry for each decision, without secrets. */
  readonly audit?: AuditSink | undefined
  /** Judges and audits what it would do, asks nobody, and declines everything. @default false */
  readonly dryRun?: boolean | undefined
}

/** Which rule decides about a request, and why. */
export interface PolicyExplanation {
  readonly decidedBy: 'rule' | 'rule-failed' | 'otherwise'
  readonly rule: { readonly index: number; readonly name: string } | undefined
  /** `ask` where a hook, a person or another policy would be asked. */
  readonly decision: ApprovalDecision | 'ask'
  /** One sentence, without secrets. May hold text of the request, which the model wrote, fit to be shown. */
  readonly reason: string
  /** Every rule that was looked at, in order. */
  readonly considered: readonly ConsideredRule[]
}

/** A policy as plain JSON data. */
export interface ApprovalPolicyData {
  readonly rules: readonly RuleData[]
  /** `custom` stands for a hook, which is not data. */
  readonly otherwise: 'decline' | 'cancel' | 'custom' | ApprovalPolicyData
  /** In milliseconds; absent when there is none. */
  readonly deadline?: number
  readonly dryRun: boolean
}

/** Decides about requests by rules; made by {@link approvalPolicy}. */
export interface ApprovalPolicy {
  /** Decides. Never rejects: what goes wrong is a decline, with its audit entry. */
  decide(request: ApprovalRequest, context: ApprovalContext): Promise<ApprovalDecision>
  /** Tells what would decide, and why. Reads the file system where rules do; asks nobody, audits nothing. */
  explain(request: ApprovalRequest): Promise<PolicyExplanation>
  /** The policy as data. `audit` is left out, and hooks are named only. */
  toJSON(): ApprovalPolicyData
}

/**
 * Makes a policy of rules, for the client's `approvals` option.
 *
 * Throws `InvalidInputError` for a wrong option.
 *
 * @example approvalPolicy({ rules: [allowCommands(['npm', 'test'])], otherwise: 'decline', audit: log })
 */
export function approvalPolicy(options: ApprovalPolicyOptions = {}): ApprovalPolicy {
  return new RulePolicy(options)
}

const KNOWN: Readonly<Record<keyof ApprovalPolicyOptions, true>> = {
  rules: true,
  otherwise: true,
  deadline: true,
  audit: true,
  dryRun: true,
}

/** Whether a value can be used as a policy. */
export function isApprovalPolicy(value: unknown): value is ApprovalPolicy {
  const { decide: decides, explain } = (value ?? {}) as Partial<ApprovalPolicy>
  return typeof decides === 'function' && typeof explain === 'function'
}

class RulePolicy implements ApprovalPolicy {
  readonly #rules: readonly ApprovalRule[]
  readonly #otherwise: Otherwise
  readonly #deadline: number
  readonly #audit: AuditSink | undefined
  readonly #isDry: boolean

  constructor(options: ApprovalPolicyOptions) {
    checkOptions('options', options ?? null)
    checkKnownKeys(options, KNOWN)
    const { rules = [], otherwise = 'decline', deadline, audit, dryRun = false } = options
    if (otherwise !== 'decline' && otherwise !== 'cancel' && typeof otherwise !== 'function') {
      if (!isApprovalPolicy(otherwise)) {
        throw new InvalidInputError('otherwise', otherwise, "'decline', 'cancel', a hook or a policy")
      }
    }
    checkFunction('audit', audit)
    if (typeof dryRun !== 'boolean') throw new InvalidInputError('dryRun', dryRun, 'a boolean')
    this.#rules = checkRules('rules', rules)
    this.#otherwise = otherwise
    this.#deadline = checkTimeoutMs('deadline', deadline, Infinity)
    this.#audit = audit
    this.#isDry = dryRun
  }

  async decide(request: ApprovalRequest, context: ApprovalContext): Promise<ApprovalDecision> {
    const evaluation = await evaluateRules(this.#rules, request)
    if (evaluation.error) context.report?.(evaluation.error)
    const facts = this.#isDry
      ? this.#dryFacts(evaluation)
      : evaluation.decision === undefined
        ? await this.#askFurther(request, context)
        : await checkFacts(request, evaluation, evaluation.decision)
    writeAudit(this.#audit, request, facts, context.report)
    return facts.decision
  }

  async explain(request: ApprovalRequest): Promise<PolicyExplanation> {
    const evaluation = await evaluateRules(this.#rules, request)
    const { rule, reason, considered } = evaluation
    const decidedBy = decider(evaluation)
    return { decidedBy, rule, decision: this.#foresee(evaluation), reason, considered }
  }

  toJSON(): ApprovalPolicyData {
    const otherwise = this.#otherwise
    return {
      rules: this.#rules.map(ruleData),
      otherwise:
        typeof otherwise === 'string'
          ? otherwise
          : isApprovalPolicy(otherwise)
            ? otherwise.toJSON()
            : 'custom',
      ...(this.#deadline === Infinity ? {} : { deadline: this.#deadline }),
      dryRun: this.#isDry,
    }
  }

  #foresee({ decision }: Evaluation): ApprovalDecision | 'ask' {
    return decision ?? (typeof this.#otherwise === 'string' ? this.#otherwise : 'ask')
  }

  #dryFacts(evaluation: Evaluation): AuditFacts {
    const { rule, reason } = evaluation
    const wouldDecide = this.#foresee(evaluation)
    return { decision: 'decline', decidedBy: decider(evaluation), rule, reason, dryRun: true, wouldDecide }
  }

  async #askFurther(request: ApprovalRequest, context: ApprovalContext): Promise<AuditFacts> {
    const otherwise = this.#otherwise
    const base = { rule: undefined, reason: 'no rule covers it' }
    if (typeof otherwise === 'string') return { ...base, decision: otherwise, decidedBy: 'otherwise' }
    const { signal, report } = context
    const hook: ApprovalHook =
      typeof otherwise === 'function' ? otherwise : (asked, given) => otherwise.decide(asked, given)
    const outcome = await decide(request, { hook, timeoutMs: this.#deadline, signal, report })
    if (outcome.error) report?.(outcome.error)
    const { decision, decidedBy } = outcome
    return decidedBy === 'hook' || decidedBy === 'policy'
      ? { ...base, decision, decidedBy: 'otherwise' }
      : { ...base, decision, decidedBy, reason: `no rule covers it, and no valid answer came: ${decidedBy}` }
  }
}

/** A rule's decision can be one that this request does not take, as a table's answer to another question. */
async function checkFacts(
  request: ApprovalRequest,
  evaluation: Evaluation,
  decision: ApprovalDecision,
): Promise<AuditFacts> {
  const { rule, reason } = evaluation
  const { problem } = await checkDecision(request, decision)
  return problem === undefined
    ? { decision, decidedBy: decider(evaluation), rule, reason }
    : { decision: 'decline', decidedBy: problem, rule, reason }
}

function decider({ decision, error }: Evaluation): PolicyExplanation['decidedBy'] {
  if (error) return 'rule-failed'
  return decision === undefined ? 'otherwise' : 'rule'
}

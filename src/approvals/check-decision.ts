import type { ApprovalDecision, CommandDecision, UserInputDecision } from './decisions.js'
import { findFormProblem } from './form-content.js'
import type { ApprovalOutcome } from './hook.js'
import type {
  ApprovalRequest,
  CommandApprovalRequest,
  ElicitationRequest,
  UserInputRequest,
} from './requests.js'

/** A valid decision, or why it is none. */
export type CheckedDecision =
  | { readonly decision: ApprovalDecision; readonly problem?: undefined }
  | { readonly problem: Extract<ApprovalOutcome['decidedBy'], 'invalid-decision' | 'not-offered'> }

/**
 * Checks an answer of a hook: that it is a decision of this kind of request, that it is among those that
 * Codex offers, and that what it holds answers what was asked. Refusing is always allowed.
 */
export async function checkDecision(request: ApprovalRequest, answer: unknown): Promise<CheckedDecision> {
  const { decisions } = await import('./decision-schemas.js')
  const parsed = decisions[request.kind].safeParse(answer)
  if (!parsed.success) return { problem: 'invalid-decision' }
  const decision = parsed.data as ApprovalDecision
  if (decision === 'decline' || decision === 'cancel') return { decision }
  return isOffered(request, decision) ? checkContent(request, decision) : { problem: 'not-offered' }
}

/** Whether Codex takes a decision that is not a refusal for this request. */
export function isOffered(request: ApprovalRequest, decision: ApprovalDecision): boolean {
  if (request.kind === 'command') return isCommandDecisionOffered(request, decision as CommandDecision)
  if (request.kind === 'mcp-tool') return request.availableDecisions.some((offer) => offer === decision)
  return true
}

/** What lasts beyond the session must be word for word what Codex proposes, never anything broader. */
function isCommandDecisionOffered(request: CommandApprovalRequest, decision: CommandDecision): boolean {
  const { availableDecisions: offered, params } = request
  if (typeof decision === 'string') return offered === undefined || offered.includes(decision)
  const proposals =
    offered ?? proposalsOf(params.proposedExecpolicyAmendment, params.proposedNetworkPolicyAmendments)
  const wanted = canonical(decision)
  return proposals.some((offer) => canonical(offer) === wanted)
}

function proposalsOf(execpolicy: unknown, network: unknown): unknown[] {
  return [
    ...(execpolicy ? [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: execpolicy } }] : []),
    ...(Array.isArray(network) ? network : []).map((amendment: unknown) => ({
      applyNetworkPolicyAmendment: { network_policy_amendment: amendment },
    })),
  ]
}

/** The same text for the same JSON value, whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`
}

function checkContent(request: ApprovalRequest, decision: ApprovalDecision): CheckedDecision {
  const isAnswer =
    request.kind === 'user-input'
      ? answersQuestions(request, decision as UserInputDecision)
      : request.kind === 'elicitation'
        ? answersElicitation(request, decision)
        : true
  return isAnswer ? { decision } : { problem: 'invalid-decision' }
}

/** Every answer is to a question that was asked, and one of its options where only those are accepted. */
function answersQuestions({ questions }: UserInputRequest, decision: UserInputDecision): boolean {
  if (typeof decision === 'string') return true
  const answers = Object.entries(decision.answers)
  return (
    answers.length > 0 &&
    answers.every(([id, given]) => {
      const question = questions.find((one) => one.id === id)
      if (!question) return false
      const { options, isOther } = question
      if (isOther || !options || options.length === 0) return true
      return [given].flat().every((answer) => options.some(({ label }) => label === answer))
    })
  )
}

function answersElicitation(request: ElicitationRequest, decision: ApprovalDecision): boolean {
  const content = typeof decision === 'object' && 'content' in decision ? decision.content : undefined
  if (request.mode === 'url') return content === undefined || content === null
  return findFormProblem(request.requestedSchema, content) === undefined
}

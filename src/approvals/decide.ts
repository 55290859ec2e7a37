import { type AskOptions, ask } from './ask.js'
import { checkDecision } from './check-decision.js'
import type { ApprovalContext, ApprovalHook, ApprovalOutcome } from './hook.js'
import type { ApprovalRequest } from './requests.js'

/** Deadline of a decision by default: 300,000 ms. */
export const DEFAULT_APPROVAL_TIMEOUT_MS = 300_000

/** What {@link decide} needs besides the request. */
export interface DecideOptions extends AskOptions {
  readonly hook: ApprovalHook | undefined
  /** Who the outcome of a valid answer is ascribed to. @default 'hook' */
  readonly decider?: 'hook' | 'policy' | undefined
  /** What the hook may report problems to. @default nobody */
  readonly report?: ApprovalContext['report']
}

/** Asks the hook about a request. Never rejects: whatever goes wrong is a decline, and says so. */
export async function decide(request: ApprovalRequest, options: DecideOptions): Promise<ApprovalOutcome> {
  const { hook, signal, report, decider = 'hook' } = options
  if (!hook) return declined('no-hook')
  const asked = await ask<unknown>((asking) => hook(request, { signal: asking, report }), options)
  if (asked.kind === 'failed') return declined('hook-failed', asked.error)
  if (asked.kind !== 'answer') return declined(asked.kind)
  try {
    const checked = await checkDecision(request, asked.value)
    if (signal.aborted) return declined('withdrawn')
    return checked.problem === undefined
      ? { decision: checked.decision, decidedBy: decider }
      : declined(checked.problem)
  } catch {
    // Reading the answer runs code of the hook, if it has getters.
    return declined('invalid-decision')
  }
}

function declined(decidedBy: ApprovalOutcome['decidedBy'], error?: Error): ApprovalOutcome {
  return error ? { decision: 'decline', decidedBy, error } : { decision: 'decline', decidedBy }
}

import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'
import { decide } from '../decide.js'
import type { ApprovalDecision } from '../decisions.js'
import type { ApprovalHook } from '../hook.js'
import type { HumanPrompt } from './human-prompt.js'

/** Time a person has by default: 300,000 ms. */
export const DEFAULT_HUMAN_TIMEOUT_MS = 300_000

/** Shows a request to a person: on a terminal, in a chat, on a page. */
export interface HumanPrompter {
  /**
   * Resolves with the decision, or with `undefined` when there is none, which is a decline. When `signal` aborts,
   * the answer is no longer wanted: take the prompt away.
   */
  ask(prompt: HumanPrompt, context: { readonly signal: AbortSignal }): Promise<ApprovalDecision | undefined>
}

/** Options of {@link askHuman}. */
export interface AskHumanOptions {
  /**
   * Time the person has, in milliseconds, or `Infinity`, from the request on: waiting behind other prompts
   * counts. @default DEFAULT_HUMAN_TIMEOUT_MS
   */
  readonly timeoutMs?: number | undefined
}

/**
 * A hook that asks a person, for a policy's `otherwise` or a client's `onApproval`. No answer in time, an answer
 * that the request does not take, and a prompter that throws are declines. Throws `InvalidInputError`.
 */
export function askHuman(prompter: HumanPrompter, options: AskHumanOptions = {}): ApprovalHook {
  checkOptions('options', options)
  checkKnownKeys(options, { timeoutMs: true })
  if (typeof prompter?.ask !== 'function') throw new InvalidInputError('prompter', prompter, 'a prompter')
  const timeoutMs = checkTimeoutMs('timeoutMs', options.timeoutMs, DEFAULT_HUMAN_TIMEOUT_MS)
  return async (request, { signal, report }) => {
    const hook: ApprovalHook = async (asked, context) => {
      const { humanPrompt } = await import('./human-prompt.js')
      const { signal: asking } = context
      return (
        (asking.aborted ? undefined : await prompter.ask(humanPrompt(asked), { signal: asking })) ?? 'decline'
      )
    }
    const outcome = await decide(request, { hook, timeoutMs, signal, report })
    if (outcome.error) report?.(outcome.error)
    return outcome.decision
  }
}

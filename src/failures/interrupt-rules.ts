import type { Facts } from './facts.js'
import type { FailureContext } from './failure.js'
import type { Verdict } from './verdict.js'

/** Concludes from an abort, a deadline of the caller, or a turn or item that ended without an error. */
export function judgeInterrupt(
  facts: Facts,
  behind: readonly Facts[],
  context: FailureContext,
): Verdict | undefined {
  if (facts.name === 'TimeoutError') return { kind: 'backend-timeout', safety: 'indeterminate' }
  if (facts.name === 'AbortError' || facts.code === 'ABORTED' || facts.code === 'ABORT_ERR') {
    // `AbortSignal.timeout` aborts with a TimeoutError as its reason.
    const byDeadline = behind.some((one) => one.name === 'TimeoutError')
    return judgeInterruption(context.interruptedBy ?? (byDeadline ? 'timeout' : 'user'))
  }
  if (facts.state === 'interrupted') return { phase: 'turn', ...judgeInterruption(context.interruptedBy) }
  if (facts.state === 'declined') return { kind: 'approval-declined', phase: 'approval' }
  return undefined
}

/** What an interruption is, by who caused it. */
export function judgeInterruption(by: FailureContext['interruptedBy']): Verdict {
  switch (by) {
    case 'timeout':
      return { kind: 'backend-timeout' }
    case 'stall':
      return { kind: 'turn-stalled' }
    case 'approval':
      return { kind: 'approval-declined' }
    case 'server':
      return {
        kind: 'turn-interrupted',
        retryable: true,
        hint: 'Codex or another client interrupted the turn: start another one to go on.',
      }
    default:
      return { kind: 'turn-interrupted' }
  }
}

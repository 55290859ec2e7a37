import type { Step } from './step.js'

/** Ends the turn for a reason, within the bound of the interrupt. The first reason counts. */
export function stop(step: Step, turnId: string, cause: Error): Step {
  if (step.state.stopCause) return step
  step.set({ stopCause: cause }).do({ type: 'unwatch' }).arm('interrupt')
  return step.state.connection.status === 'open' ? step.interrupt(turnId, 'sent') : step
}

/** Goes on with a turn that runs on an open connection: watches it, or sends the interrupt that waited. */
export function goOn(step: Step, turnId: string): Step {
  const { stopCause, interrupt } = step.state
  if (!stopCause) return step.do({ type: 'watch' })
  return interrupt === 'none' ? step.interrupt(turnId, 'sent') : step
}

/**
 * Sends the interrupt a second time when Codex refused the first, as it does before the turn's first event. The
 * refusal can be seen later than an event behind it, when both came in one piece.
 */
export function followInterrupt(step: Step, turnId: string, what: 'turnEvent' | 'interruptFailed'): Step {
  const { interrupt } = step.state
  if (interrupt === 'sent') return step.set({ interrupt: what === 'turnEvent' ? 'overtaken' : 'refused' })
  const isBoth = interrupt === (what === 'turnEvent' ? 'refused' : 'overtaken')
  return isBoth ? step.interrupt(turnId, 'repeated') : step
}

/** Codex did not end the turn in time. */
export function giveUp(step: Step, cause: Error): Step {
  const { connection, turnId } = step.state
  if (connection.status === 'open') step.do({ type: 'reportIgnoredInterrupt' })
  // Without a connection Codex could not have heeded it: it is told when there is one.
  else if (connection.status === 'lost' && turnId !== undefined) step.do({ type: 'interruptStray', turnId })
  return step.settle({ status: 'interrupted', cause, isConfirmed: false })
}

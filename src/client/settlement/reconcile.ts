import { isConnectionEnd } from '../../rpc/connection-end.js'
import { ProtocolViolationError, RequestTimeoutError } from '../../rpc/errors.js'
import { goOn, stop } from './interrupting.js'
import { closedOutcome, endOutcome, untoldOutcome } from './outcomes.js'
import { type Doubt, strongerDoubt } from './state.js'
import type { Step } from './step.js'

const END_STATUSES: readonly unknown[] = ['completed', 'interrupted', 'failed']

/** Asks the thread what was put off. */
export function look(step: Step, turnId: string): Step {
  const { doubt, connection } = step.state
  return doubt && connection.status === 'open' ? step.set({ doubt: undefined }).ask(turnId, doubt) : step
}

/** Nothing comes: is the server there? What is asked already will tell, and must not begin its time anew. */
export function askForLife(step: Step, turnId: string, cause: Error | undefined): Step {
  const { question } = step.state
  const doubt: Doubt = { kind: 'silent', cause }
  if (!question) return step.ask(turnId, doubt)
  return step.set({ question: { ...question, doubt: strongerDoubt(question.doubt, doubt) } })
}

/** The connection is there again: only the thread knows what became of the turn meanwhile. */
export function askAfterLoss(step: Step, turnId: string): Step {
  const { reason } = step.state.connection
  step.set({ connection: { status: 'open' } })
  if (reason) step.ask(turnId, { kind: 'restored', reason })
  return goOn(step, turnId)
}

/** The thread works again: that it was idle proves nothing any more. */
export function notIdle(step: Step): Step {
  const { doubt, question } = step.state
  if (doubt?.kind === 'idle') step.set({ doubt: undefined }).clear('look')
  return question?.doubt.kind === 'idle'
    ? step.set({ question: { ...question, doubt: { kind: 'lost' } } })
    : step
}

/** The thread told how the turn stands; `undefined` when it does not know it. */
export function answered(step: Step, doubt: Doubt, turn: unknown): Step {
  step.set({ question: undefined })
  const status = (turn as { status?: unknown } | null | undefined)?.status
  if (status === 'inProgress') return step
  const isBelieved = END_STATUSES.includes(status) || (turn !== undefined && isSureOfEnd(doubt))
  if (isBelieved) return step.settle(endOutcome(turn, step.state.stopCause))
  return unknown(step, doubt, new ProtocolViolationError('the thread does not know the turn'))
}

/** The thread could not be asked. */
export function notAnswered(step: Step, turnId: string, doubt: Doubt, error: unknown): Step {
  // The end of the connection is about to be told, and says more.
  if (isConnectionEnd(error)) return step
  step.set({ question: undefined })
  if (doubt.kind === 'silent' && doubt.cause && error instanceof RequestTimeoutError) {
    return stop(step, turnId, doubt.cause)
  }
  return unknown(step, doubt, error)
}

/** A thread that cannot tell, such as an ephemeral one, can only be believed: idle is over, a doubt is not. */
function unknown(step: Step, doubt: Doubt, error: unknown): Step {
  if (doubt.kind === 'restored') {
    // Given up, but it may run: it must not go on unseen.
    const { turnId, stopCause } = step.state
    if (turnId !== undefined) step.do({ type: 'interruptStray', turnId })
    return step.settle(closedOutcome(doubt.reason, stopCause))
  }
  return doubt.kind === 'idle' ? step.settle(untoldOutcome(error)) : step
}

function isSureOfEnd({ kind }: Doubt): boolean {
  return kind === 'idle' || kind === 'restored'
}

import { ConnectionClosedError, RequestTimeoutError } from '../../rpc/errors.js'
import type { Outcome } from './effects.js'
import type { SettlementInput } from './inputs.js'
import { giveUp } from './interrupting.js'
import { closedOutcome } from './outcomes.js'
import { strongerDoubt } from './state.js'
import type { Step } from './step.js'

/** A turn that has not been sent. */
export function stepNew(step: Step, input: SettlementInput): Step {
  const { stopCause } = step.state
  if (input.type === 'stopRequested') return stopCause ? step : step.set({ stopCause: input.cause })
  if (input.type !== 'begin') return step
  if (!stopCause) return step.set({ phase: 'starting' }).arm('start').do({ type: 'sendStart' })
  const context = { requestWritten: false }
  return step.settle({ status: 'interrupted', cause: stopCause, context, isConfirmed: false })
}

/** A turn whose id is awaited. */
export function stepStarting(step: Step, input: SettlementInput): Step {
  const { stopCause, seenTurnId, connection, doubt, isStartWritten } = step.state
  switch (input.type) {
    case 'started':
      return adopt(step, input.turnId)
    case 'turnSeen':
      return step.set({ seenTurnId: input.turnId })
    case 'startRefused':
      return step.settle({ status: 'failed', cause: input.error, isConfirmed: false })
    case 'startUnanswered':
      return unanswered(step, input.error)
    case 'startWritten':
      return step.set({ isStartWritten: true, refusal: undefined })
    case 'startOverloaded':
      return overloaded(step, input.refusal)
    case 'stopRequested':
      return stop(step, input.cause)
    case 'messageLost':
      return step.set({ doubt: strongerDoubt(doubt, { kind: 'lost' }) })
    case 'timeout':
      if (input.timer === 'start') {
        return late(step)
      }
      if (input.timer !== 'interrupt' || !stopCause) return step
      // Codex never answered the start, but runs the turn.
      if (seenTurnId !== undefined) step.do({ type: 'interruptStray', turnId: seenTurnId })
      return giveUp(step, stopCause)
    case 'connectionLost':
      // A start that waits is sent over the next connection, and knows nothing of this one.
      if (!isStartWritten) return step
      // What came of the start is about to be seen: its request ends with the connection.
      return step.set({ connection: { status: 'lost', reason: input.reason } })
    case 'connectionRestored':
      return connection.status === 'lost' ? step.set({ connection: { ...connection, status: 'open' } }) : step
    case 'connectionClosed':
      return step.set({ connection: { status: 'closed', reason: input.reason } })
    default:
      return step
  }
}

/** As if it had not been sent: Codex has not looked at it. */
function overloaded(step: Step, refusal: Error): Step {
  const { stopCause, connection } = step.state
  // It knows nothing of what happened to the connection meanwhile, unless there will be no other.
  const fresh = connection.status === 'closed' ? connection : ({ status: 'open' } as const)
  step.set({ isStartWritten: false, refusal, connection: fresh })
  if (!stopCause) return step
  return withdrawn(step, { status: 'interrupted', cause: stopCause, isConfirmed: false })
}

/** A start that has not been sent need not be interrupted: it is taken back. */
function stop(step: Step, cause: Error): Step {
  const { stopCause, isStartWritten } = step.state
  if (stopCause) return step
  step.set({ stopCause: cause })
  if (isStartWritten) return step.arm('interrupt')
  return withdrawn(step, { status: 'interrupted', cause, isConfirmed: false })
}

/** Codex has not answered the start in time, or it has not been sent in all that time. */
function late(step: Step): Step {
  const { isStartWritten, refusal, bounds } = step.state
  if (refusal)
    return step.do({ type: 'withdrawStart' }).settle({ status: 'failed', cause: refusal, isConfirmed: false })
  if (isStartWritten) return unanswered(step, new RequestTimeoutError('turn/start', bounds.start))
  const cause = new RequestTimeoutError('turn/start', bounds.start, { requestWritten: false })
  return withdrawn(step, { status: 'failed', cause, isConfirmed: false })
}

function withdrawn(step: Step, outcome: Outcome): Step {
  return step.do({ type: 'withdrawStart' }).settle({ ...outcome, context: { requestWritten: false } })
}

function adopt(step: Step, turnId: string): Step {
  step.clear('start').set({ phase: 'running', turnId, seenTurnId: undefined })
  return step.do({ type: 'adopt', turnId })
}

/** Unless Codex refused, the turn may run all the same, and was perhaps seen to. */
function unanswered(step: Step, error: unknown): Step {
  const { seenTurnId, stopCause, isStartWritten } = step.state
  if (seenTurnId !== undefined && isStartWritten) return adopt(step, seenTurnId)
  if (error instanceof ConnectionClosedError) {
    const context = error.requestWritten === false ? { requestWritten: false } : undefined
    return step.settle(closedOutcome(error.reason, stopCause, context))
  }
  return step.settle({ status: 'failed', cause: error, isConfirmed: false })
}

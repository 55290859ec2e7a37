import { ConnectionClosedError, RequestTimeoutError } from '../../rpc/errors.js'
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
  const { stopCause, seenTurnId, connection, doubt } = step.state
  switch (input.type) {
    case 'started':
      return adopt(step, input.turnId)
    case 'turnSeen':
      return step.set({ seenTurnId: input.turnId })
    case 'startRefused':
      return step.settle({ status: 'failed', cause: input.error, isConfirmed: false })
    case 'startUnanswered':
      return unanswered(step, input.error)
    case 'stopRequested':
      return stopCause ? step : step.set({ stopCause: input.cause }).arm('interrupt')
    case 'messageLost':
      return step.set({ doubt: strongerDoubt(doubt, { kind: 'lost' }) })
    case 'timeout':
      if (input.timer === 'start') {
        return unanswered(step, new RequestTimeoutError('turn/start', step.state.bounds.start))
      }
      if (input.timer !== 'interrupt' || !stopCause) return step
      // Codex never answered the start, but runs the turn.
      if (seenTurnId !== undefined) step.do({ type: 'interruptStray', turnId: seenTurnId })
      return giveUp(step, stopCause)
    case 'connectionLost':
      // What came of the start is about to be seen: its request ends with the connection.
      return step.set({ connection: { status: 'lost', reason: input.reason } })
    case 'connectionRestored':
      return step.set({ connection: { ...connection, status: 'open' } })
    case 'connectionClosed':
      return step.set({ connection: { status: 'closed', reason: input.reason } })
    default:
      return step
  }
}

function adopt(step: Step, turnId: string): Step {
  step.clear('start').set({ phase: 'running', turnId, seenTurnId: undefined })
  return step.do({ type: 'adopt', turnId })
}

/** Unless Codex refused, the turn may run all the same, and was perhaps seen to. */
function unanswered(step: Step, error: unknown): Step {
  const { seenTurnId, stopCause } = step.state
  if (seenTurnId !== undefined) return adopt(step, seenTurnId)
  if (error instanceof ConnectionClosedError) return step.settle(closedOutcome(error.reason, stopCause))
  return step.settle({ status: 'failed', cause: error, isConfirmed: false })
}

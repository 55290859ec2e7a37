import type { SettlementInput } from './inputs.js'
import { followInterrupt, giveUp, goOn, stop } from './interrupting.js'
import { closedOutcome, endOutcome } from './outcomes.js'
import { answered, askAfterLoss, askForLife, look, notAnswered, notIdle } from './reconcile.js'
import { strongerDoubt, type TimerName } from './state.js'
import type { Step } from './step.js'

/** A turn whose id is known. */
export function stepRunning(step: Step, turnId: string, input: SettlementInput): Step {
  const { stopCause, connection, question } = step.state
  switch (input.type) {
    case 'caughtUp':
      return caughtUp(step, turnId)
    case 'ended':
      return step.settle(endOutcome(input.turn, stopCause, input.raw))
    case 'stopRequested':
      return stop(step, turnId, input.cause)
    case 'turnEvent':
    case 'interruptFailed':
      return followInterrupt(step, turnId, input.type)
    case 'threadIdle':
      return expectEnd(step, 'idle')
    case 'messageLost':
      return expectEnd(step, 'lost')
    case 'threadActive':
      return notIdle(step)
    case 'silent':
      return stopCause || connection.status !== 'open' ? step : askForLife(step, turnId, input.cause)
    case 'turnRead':
      return question?.id === input.id ? answered(step, question.doubt, input.turn) : step
    case 'readFailed':
      return question?.id === input.id ? notAnswered(step, turnId, question.doubt, input.error) : step
    case 'timeout':
      return timeout(step, turnId, input.timer)
    case 'connectionLost':
      step.set({ connection: { status: 'lost', reason: input.reason }, interrupt: 'none' })
      // Whatever was asked has no answer; the thread is asked again when there is a connection.
      step.set({ doubt: undefined, question: undefined }).clear('look').clear('interruptRetry')
      return step.do({ type: 'unwatch' })
    case 'connectionRestored':
      return connection.status === 'lost' ? askAfterLoss(step, turnId) : step
    case 'connectionClosed':
      return step.settle(closedOutcome(input.reason, stopCause))
    default:
      return step
  }
}

/** What was held has been taken: what happened meanwhile takes effect. */
function caughtUp(step: Step, turnId: string): Step {
  const { connection, stopCause, doubt } = step.state
  const { status, reason } = connection
  if (status === 'closed' && reason) return step.settle(closedOutcome(reason, stopCause))
  if (status === 'lost') return step
  if (reason) return askAfterLoss(step, turnId)
  if (doubt) step.arm('look')
  return goOn(step, turnId)
}

/** The end itself follows its sign within a millisecond, if it was not lost. */
function expectEnd(step: Step, kind: 'idle' | 'lost'): Step {
  if (step.state.connection.status !== 'open') return step
  return step.set({ doubt: strongerDoubt(step.state.doubt, { kind }) }).arm('look')
}

function timeout(step: Step, turnId: string, timer: TimerName): Step {
  const { stopCause, connection } = step.state
  if (timer === 'look') return look(step, turnId)
  if (timer === 'interruptRetry' && connection.status === 'open') return step.interrupt(turnId, 'repeated')
  return timer === 'interrupt' && stopCause ? giveUp(step, stopCause) : step
}

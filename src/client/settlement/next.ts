import type { SettlementEffect } from './effects.js'
import type { SettlementInput } from './inputs.js'
import { stepRunning } from './running.js'
import { stepNew, stepStarting } from './starting.js'
import type { SettlementState } from './state.js'
import { Step } from './step.js'

/** What follows from an input. */
export interface Transition {
  readonly state: SettlementState
  /** To be done in this order, when the state has been taken over: `adopt` and `settle` lead to further inputs. */
  readonly effects: readonly SettlementEffect[]
}

/**
 * The rules by which a turn settles, drawn in `docs/settlement.md`: the next state and what is to be done. Pure:
 * no timers, no promises, no clock. From any state, the closing of the connection and the end of the start lead to
 * `settled`; nothing leads out of it.
 */
export function next(state: SettlementState, input: SettlementInput): Transition {
  const step = new Step(state)
  if (input.type !== 'timeout') take(step, input)
  // One that was cleared before it was heard says nothing.
  else if (state.armed.includes(input.timer)) take(step.fired(input.timer), input)
  return { state: step.state, effects: step.effects }
}

function take(step: Step, input: SettlementInput): void {
  const { phase, turnId } = step.state
  if (phase === 'new') stepNew(step, input)
  else if (phase === 'starting') stepStarting(step, input)
  else if (phase === 'running' && turnId !== undefined) stepRunning(step, turnId, input)
  else if (turnId === undefined && input.type === 'started') {
    // Given up before Codex answered: the turn that runs now must not go on unseen.
    step.do({ type: 'interruptStray', turnId: input.turnId })
  }
}

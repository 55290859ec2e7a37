import type { Outcome, SettlementEffect } from './effects.js'
import { type Doubt, type SettlementState, strongerDoubt, type TimerName } from './state.js'

/** One step of the state machine: the next state and the effects, while they are being put together. */
export class Step {
  state: SettlementState
  readonly effects: SettlementEffect[] = []

  constructor(state: SettlementState) {
    this.state = state
  }

  set(change: Partial<SettlementState>): this {
    this.state = { ...this.state, ...change }
    return this
  }

  do(effect: SettlementEffect): this {
    this.effects.push(effect)
    return this
  }

  /** Arms a timer, unless it runs already or has no end. */
  arm(timer: TimerName): this {
    const { armed, bounds } = this.state
    const ms = bounds[timer]
    if (ms === Number.POSITIVE_INFINITY || armed.includes(timer)) return this
    return this.set({ armed: [...armed, timer] }).do({ type: 'armTimer', timer, ms })
  }

  clear(timer: TimerName): this {
    return this.state.armed.includes(timer) ? this.fired(timer).do({ type: 'clearTimer', timer }) : this
  }

  /** A timer that has fired needs no clearing. */
  fired(timer: TimerName): this {
    return this.set({ armed: this.state.armed.filter((one) => one !== timer) })
  }

  /** Asks the thread how the turn stands; an answer that is still awaited does not count any more. */
  ask(turnId: string, doubt: Doubt): this {
    const { question, questions } = this.state
    const id = questions + 1
    const stronger = strongerDoubt(question?.doubt, doubt)
    return this.set({ questions: id, question: { id, doubt: stronger } }).do({ type: 'readTurn', turnId, id })
  }

  /** Sends the interrupt: the first, and, when it did not take effect, the second. */
  interrupt(turnId: string, as: 'sent' | 'repeated'): this {
    if (as === 'sent') this.arm('interruptRetry')
    else this.clear('interruptRetry')
    return this.set({ interrupt: as }).do({ type: 'sendInterrupt', turnId })
  }

  settle(outcome: Outcome): this {
    for (const timer of this.state.armed) this.clear(timer)
    this.set({ phase: 'settled', doubt: undefined, question: undefined })
    return this.do({ type: 'settle', outcome })
  }
}

import type { Codex, CodexOptions, Turn, TurnEvent, TurnOptions } from '../../src/client/index.js'
import type { FailureKind, RetrySafety } from '../../src/failures/index.js'
import type { CloseReason } from '../../src/rpc/index.js'
import type { Fault } from '../../src/testing/index.js'
import type { Plan } from '../fixtures/fault-server.mjs'
import type { TransportName } from './link.js'

/** What a fault must lead to: where it is seen, and as what. */
export interface Outcome {
  /** The call that fails, or the turn. */
  readonly at: 'connect' | 'thread' | 'turn'
  readonly status: 'failed' | 'completed' | 'interrupted'
  readonly kind?: FailureKind
  readonly safety?: RetrySafety
  readonly text?: string
  /** Why the connection ended by itself. Without it, it must serve another turn, and ends by `close()`. */
  readonly closed?: Partial<CloseReason>
  /** Codes of the diagnostics that were told. */
  readonly diagnostics?: readonly string[]
}

/** Where there is nothing to test, and why. */
export interface NoCounterpart {
  readonly none: string
}

/** What a case can look at and act on while its turn runs. */
export interface Running {
  readonly codex: Codex
  readonly turn: Turn
  readonly controller: AbortController
}

/** One fault, in data. */
export interface FaultCase {
  readonly name: string
  /** What the server does in place of the protocol. */
  readonly server?: Plan
  /** What the connection does to messages. Made anew for each cell. */
  readonly faults?: () => readonly Fault[]
  /** What takes the place of the above on one transport: its nearest counterpart. */
  readonly instead?: Partial<Record<TransportName, Pick<FaultCase, 'server' | 'faults' | 'onEvent'>>>
  readonly options?: CodexOptions
  readonly turn?: TurnOptions
  /** Called with each event of the turn. */
  readonly onEvent?: (event: TurnEvent, running: Running) => void
  /** Reads the events only when the turn has settled. */
  readonly readsLate?: boolean
  /** The connection lives on but cannot serve another turn. */
  readonly isLastTurn?: boolean
  /** What the fault must lead to. */
  readonly outcome: Outcome
  /** What is different on one transport. */
  readonly but?: Partial<Record<TransportName, Partial<Outcome> | NoCounterpart>>
}

/** Does something when the first half of the message is there. */
export function whenHalf(act: (running: Running) => void): NonNullable<FaultCase['onEvent']> {
  return ({ type }, running) => {
    if (type === 'message.delta') act(running)
  }
}

/** The deadline of the turn passes: here when a test wants it, so that a slow machine changes nothing. */
export function timeOut({ controller }: Running): void {
  controller.abort(new DOMException('The turn has taken too long', 'TimeoutError'))
}

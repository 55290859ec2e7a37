import type { FailureContext } from '../../failures/index.js'
import type { ServerNotification } from '../../protocol/index.js'
import type { TurnStatus } from '../events.js'
import type { TimerName } from './state.js'

/** How a turn settles. */
export interface Outcome {
  readonly status: TurnStatus
  /** What led to it, to be classified; absent when the turn completed. */
  readonly cause?: unknown
  readonly context?: FailureContext
  /** Whether Codex itself said that the turn is over: what it did not do, it will not do. */
  readonly isConfirmed: boolean
  /** The notification that told it. */
  readonly raw?: ServerNotification
}

/** Something to be done. */
export type SettlementEffect =
  /** Ask for the start, then feed `startWritten` when it is sent. */
  | { readonly type: 'sendStart' }
  /** Take the start back, which has not been sent. */
  | { readonly type: 'withdrawStart' }
  /** Take what was held as this turn's, then feed `caughtUp`. */
  | { readonly type: 'adopt'; readonly turnId: string }
  | { readonly type: 'sendInterrupt'; readonly turnId: string }
  /** Interrupt a turn that runs although ours has settled, as soon as Codex takes it. */
  | { readonly type: 'interruptStray'; readonly turnId: string }
  /** Ask the thread how the turn stands, then feed `turnRead` or `readFailed` with the id. */
  | { readonly type: 'readTurn'; readonly turnId: string; readonly id: number }
  | { readonly type: 'armTimer'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'clearTimer'; readonly timer: TimerName }
  /** Begin to watch, or watch no more, for a provider out of reach and for silence. */
  | { readonly type: 'watch' }
  | { readonly type: 'unwatch' }
  /** Tell that Codex did not heed an interrupt. */
  | { readonly type: 'reportIgnoredInterrupt' }
  /** The turn is over. Comes once; all timers were cleared before. */
  | { readonly type: 'settle'; readonly outcome: Outcome }

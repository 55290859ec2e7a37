import type { Failure } from '../failures/index.js'
import type { TurnStatus } from './events.js'
import type { TurnRecord } from './turn-recorder.js'

/** What became of a turn. Plain data. */
export interface TurnResult<Output = undefined> extends TurnRecord {
  readonly status: TurnStatus
  readonly threadId: string
  /** Empty when the turn was never started. */
  readonly turnId: string
  /** Why the turn did not complete; absent when it did. */
  readonly failure?: Failure
  /** The answer parsed and checked against the `output` schema; `undefined` without one, or without success. */
  readonly output: Output | undefined
  /** Time from the call to the end, in milliseconds. */
  readonly durationMs: number
}

/** A {@link TurnResult} of a turn that completed. */
export interface CompletedTurn<Output = undefined> extends TurnResult<Output> {
  readonly status: 'completed'
  readonly output: Output
}

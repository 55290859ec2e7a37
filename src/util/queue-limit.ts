/** How much an `AsyncQueue` keeps for a reader that lags behind, and what it gives up then. */
export interface QueueLimit<T> {
  /**
   * Once what waits weighs more, the oldest values that may be dropped are, until half of this is left. A queue
   * that must keep more than half of this looks again when what it keeps has doubled.
   */
  readonly maxWeight: number
  /**
   * What a value weighs while it waits, above 0. Asked when it comes, at most twice, and again when it was merged.
   */
  readonly weigh: (value: T) => number
  /** Whether a value may be dropped. Not asked about values that tell a state. */
  readonly isDroppable: (value: T) => boolean
  /**
   * Names the state that a value tells anew; `undefined` for values that tell none. A value that does may be
   * dropped when a later one of the same name waits, and only then. @default no value tells a state
   */
  readonly stateOf?: (value: T) => string | undefined
  /**
   * Makes the marker that stands where neighbouring values were dropped. Markers are not dropped, but become
   * one when they become neighbours; `merge` must leave them apart.
   *
   * @param skipped - how many values were pushed and dropped there; merged ones count each
   * @param first - the first of them, or an earlier marker that stood there
   */
  readonly lagged: (skipped: number, first: T) => T
  /** Told of each value that is dropped, merged ones as one. Must not throw. @default nobody is told */
  readonly onDrop?: (value: T) => void
}

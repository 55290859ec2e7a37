/**
 * Events to be read with `for await` as they come: one by one, or in batches. First come those that wait, then the
 * error if there is one, then the end. It can be read once; a second time, either way, throws `AlreadyIteratedError`.
 */
export interface EventStream<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>
  /**
   * The same events in arrays: each holds all that has come since the one before, in order, and at least one. For
   * readers of much that comes fast: handing them over costs half of what it costs one by one. Everything else is as
   * there, and what waits is bounded alike; an event that is heavier than that bound and finds its reader waiting comes
   * alone. Leaving the loop leaves the stream.
   */
  batches(): AsyncIterable<readonly T[]>
}

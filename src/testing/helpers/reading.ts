/** What can be read once: a `Turn`, a stream of notifications, an async generator, or an iterator of one. */
export type EventSource<T> = AsyncIterable<T> | AsyncIterator<T, unknown>

// Streams give out one iterator only; the helpers that read the same stream share it.
const iterators = new WeakMap<object, AsyncIterator<unknown, unknown>>()

/** The iterator of a source: the same each time it is asked for. */
export function iteratorOf<T>(source: EventSource<T>): AsyncIterator<T, unknown> {
  if (!(Symbol.asyncIterator in source)) return source
  const known = iterators.get(source)
  if (known) return known as AsyncIterator<T, unknown>
  const iterator = source[Symbol.asyncIterator]()
  iterators.set(source, iterator)
  return iterator
}

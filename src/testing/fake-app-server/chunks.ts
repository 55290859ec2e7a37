import { unlessAborted } from '../model-stub/play.js'

/** Pieces of a text: all there at once, or as they come from an async iterable that a test drives. */
export type Chunks = Iterable<string> | AsyncIterable<string>

/** Hands on each piece. Rejects with the signal's reason when it aborts first, and with what the pieces fail with. */
export async function eachChunk(
  chunks: Chunks,
  signal: AbortSignal,
  take: (chunk: string) => void,
): Promise<void> {
  if (!(Symbol.asyncIterator in chunks)) {
    for (const chunk of chunks) take(chunk)
    return
  }
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { value, done } = await unlessAborted(iterator.next(), signal)
      if (done) return
      take(value)
    }
  } catch (error) {
    // Nobody reads on: what the pieces say to that cannot matter any more.
    iterator.return?.().then(undefined, () => {})
    throw error
  }
}

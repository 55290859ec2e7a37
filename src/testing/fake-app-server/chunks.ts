import { InvalidInputError } from '../../util/errors.js'
import { unlessAborted } from '../model-stub/play.js'

/** Pieces of a text: all there at once, or as they come from an async iterable that a test drives. */
export type Chunks = Iterable<string> | AsyncIterable<string>

/**
 * Hands on each piece. Rejects with the signal's reason when it aborts first, with what the pieces fail with, and with
 * `InvalidInputError` for what is no list of texts.
 */
export async function eachChunk(
  chunks: Chunks,
  signal: AbortSignal,
  take: (chunk: string) => void,
): Promise<void> {
  if (isIterable(chunks)) {
    for (const chunk of chunks) take(checkChunk(chunk))
    return
  }
  if (typeof (chunks as Partial<AsyncIterable<string>> | null)?.[Symbol.asyncIterator] !== 'function') {
    throw new InvalidInputError('chunks', chunks, 'an iterable or async iterable of strings')
  }
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { value, done } = await unlessAborted(iterator.next(), signal)
      if (done) return
      take(checkChunk(value))
    }
  } catch (error) {
    // Nobody reads on: what the pieces say to that cannot matter any more.
    iterator.return?.().then(undefined, () => {})
    throw error
  }
}

function isIterable(chunks: Chunks): chunks is Iterable<string> {
  return typeof (chunks as Partial<Iterable<string>> | null)?.[Symbol.iterator] === 'function'
}

function checkChunk(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk
  throw new InvalidInputError('chunks', chunk, 'strings only')
}

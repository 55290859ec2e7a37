import { AsyncQueue } from '../../util/async-queue.js'
import { OutputTruncatedError } from './errors.js'

/** What stands where bytes were dropped. */
const DROPPED = Symbol('dropped')

type Piece = Buffer | typeof DROPPED

/** What keeping a chunk costs besides its bytes, so that many short ones are bounded too. */
const CHUNK_OVERHEAD_BYTES = 128

/** What a reader that was too slow meets at the place where bytes are missing. */
export type WhenTruncated = 'fail' | 'skip'

/** All that was written to a stream and could be kept. */
export interface CollectedOutput {
  readonly bytes: Buffer
  /** Bytes before them that could not be kept. */
  readonly droppedBytes: number
}

/**
 * The bytes that a process writes to one of its streams, read through `for await`, once. What nobody reads is kept
 * up to a limit, then the oldest is dropped.
 */
export class ByteStream implements AsyncIterable<Buffer> {
  readonly #name: string
  readonly #whenTruncated: WhenTruncated
  readonly #queue: AsyncQueue<Piece>
  #totalBytes = 0
  #droppedBytes = 0

  constructor(name: string, maxBufferedBytes: number, whenTruncated: WhenTruncated) {
    this.#name = name
    this.#whenTruncated = whenTruncated
    this.#queue = new AsyncQueue<Piece>({
      name,
      limit: {
        maxWeight: maxBufferedBytes,
        weigh: (piece) => (piece as Buffer).length + CHUNK_OVERHEAD_BYTES,
        isDroppable: () => true,
        lagged: () => DROPPED,
        onDrop: (piece) => {
          this.#droppedBytes += (piece as Buffer).length
        },
      },
    })
  }

  /** Bytes that came so far, whatever became of them. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Bytes that were dropped so far, since nobody read them in time. */
  get droppedBytes(): number {
    return this.#droppedBytes
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#totalBytes += bytes.length
    this.#queue.push(bytes)
  }

  end(): void {
    this.#queue.end()
  }

  fail(error: Error): void {
    this.#queue.fail(error)
  }

  /**
   * Yields chunks as they came. Throws an {@link OutputTruncatedError} where bytes were dropped, unless that is to be
   * skipped, and a `ProcessLostError` after the last when the process can be followed no longer. A second reader is
   * refused with an `AlreadyIteratedError`.
   */
  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    const inner = this.#queue[Symbol.asyncIterator]()
    return {
      next: async () => {
        for (;;) {
          const result = await inner.next()
          if (result.done) return result
          const { value } = result
          if (value !== DROPPED) return { value, done: false }
          if (this.#whenTruncated === 'skip') continue
          await inner.return?.()
          throw new OutputTruncatedError(this.#name, this.#droppedBytes)
        }
      },
      return: async () => {
        await inner.return?.()
        return { value: undefined, done: true }
      },
    }
  }

  /**
   * Takes the place of the reader without reading: what comes is kept up to the limit. Returns a function that
   * resolves with what was kept when the stream has ended. Throws an `AlreadyIteratedError` when it has a reader.
   */
  collector(): () => Promise<CollectedOutput> {
    const pieces = this.#queue[Symbol.asyncIterator]()
    return async () => {
      const chunks: Buffer[] = []
      for (;;) {
        const { value, done } = await pieces.next()
        if (done) return { bytes: Buffer.concat(chunks), droppedBytes: this.#droppedBytes }
        if (value !== DROPPED) chunks.push(value)
      }
    }
  }
}

import type { OutputStream } from './child.js'
import type { OutputPool, PooledChunk } from './output-pool.js'

/** A chunk of output that is kept. */
export interface RetainedChunk {
  readonly seq: number
  readonly stream: OutputStream
  readonly bytes: Buffer
}

interface KeptChunk extends RetainedChunk, PooledChunk {}

/**
 * The last part of what a process wrote: whole chunks, the oldest dropped first, by its own limits or by the one of
 * the pool for all processes.
 */
export class RetainedOutput {
  readonly #maxBytes: number
  readonly #maxChunks: number
  readonly #pool: OutputPool
  #chunks: (KeptChunk | undefined)[] = []
  /** Where the oldest kept chunk stands: dropping moves it, and now and then the list is cut. */
  #head = 0
  #bytes = 0
  #isDiscarded = false

  constructor(maxBytes: number, maxChunks: number, pool: OutputPool) {
    this.#maxBytes = maxBytes
    this.#maxChunks = maxChunks
    this.#pool = pool
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a chunk. Sequence numbers must grow. */
  add(seq: number, stream: OutputStream, chunk: Buffer): void {
    if (this.#isDiscarded) return
    // A short chunk may be a window on a long buffer, which would be kept with it.
    const isWindow = chunk.length < chunk.buffer.byteLength / 2
    const bytes = isWindow ? Buffer.from(new Uint8Array(chunk).buffer) : chunk
    const kept: KeptChunk = { seq, stream, bytes, owner: this, older: undefined, newer: undefined }
    this.#chunks.push(kept)
    this.#bytes += bytes.length
    this.#pool.add(kept)
    while (this.#bytes > this.#maxBytes || this.#chunks.length - this.#head > this.#maxChunks) {
      this.dropOldest()
    }
  }

  /** Drops everything, and whatever is still to come: nobody will read it. */
  discard(): void {
    this.#isDiscarded = true
    while (this.#head < this.#chunks.length) this.dropOldest()
  }

  /**
   * The kept chunks after a sequence number, oldest first: as many as fit into `maxBytes`, but at least one when
   * there is one.
   */
  after(seq: number, maxBytes = Infinity): RetainedChunk[] {
    const found: RetainedChunk[] = []
    let total = 0
    for (let at = this.#firstAfter(seq); at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at] as RetainedChunk
      total += chunk.bytes.length
      if (total > maxBytes && found.length > 0) break
      found.push(chunk)
    }
    return found
  }

  /** Drops the oldest chunk. There must be one. */
  dropOldest(): void {
    const oldest = this.#chunks[this.#head] as KeptChunk
    this.#bytes -= oldest.bytes.length
    this.#pool.remove(oldest)
    this.#head += 1
    // Cut when half is gone: each chunk is moved at most once on average.
    if (this.#head * 2 <= this.#chunks.length) {
      // Frees the bytes at once; the slot goes with the cut.
      this.#chunks[this.#head - 1] = undefined
      return
    }
    this.#chunks = this.#chunks.slice(this.#head)
    this.#head = 0
  }

  #firstAfter(seq: number): number {
    let low = this.#head
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#chunks[middle] as RetainedChunk).seq > seq) high = middle
      else low = middle + 1
    }
    return low
  }
}

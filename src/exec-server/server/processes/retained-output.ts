import type { OutputStream } from './child.js'

/** A chunk of output that is kept. */
export interface RetainedChunk {
  readonly seq: number
  readonly stream: OutputStream
  readonly bytes: Buffer
}

/** The last part of what a process wrote: whole chunks, the oldest dropped first. */
export class RetainedOutput {
  readonly #maxBytes: number
  readonly #maxChunks: number
  #chunks: RetainedChunk[] = []
  /** Where the oldest kept chunk stands: dropping moves it, and now and then the list is cut. */
  #head = 0
  #bytes = 0

  constructor(maxBytes: number, maxChunks: number) {
    this.#maxBytes = maxBytes
    this.#maxChunks = maxChunks
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a chunk. Sequence numbers must grow. */
  add(seq: number, stream: OutputStream, chunk: Buffer): void {
    // A short chunk may be a window on a long buffer, which would be kept with it.
    const isWindow = chunk.length < chunk.buffer.byteLength / 2
    const bytes = isWindow ? Buffer.from(new Uint8Array(chunk).buffer) : chunk
    this.#chunks.push({ seq, stream, bytes })
    this.#bytes += bytes.length
    while (this.#bytes > this.#maxBytes || this.#chunks.length - this.#head > this.#maxChunks) this.#drop()
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

  #drop(): void {
    this.#bytes -= (this.#chunks[this.#head] as RetainedChunk).bytes.length
    this.#head += 1
    // Cut when half is gone: each chunk is moved at most once on average.
    if (this.#head * 2 <= this.#chunks.length) {
      // Frees the bytes at once; the slot goes with the cut.
      this.#chunks[this.#head - 1] = DROPPED
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

const DROPPED: RetainedChunk = { seq: -1, stream: 'stdout', bytes: Buffer.alloc(0) }

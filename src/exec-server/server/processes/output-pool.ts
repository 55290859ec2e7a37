/** Counted for each chunk besides its bytes: about what the objects around it take. */
const CHUNK_OVERHEAD_BYTES = 256

/** A place in the order in which the chunks of all processes came. */
export interface PooledChunk {
  readonly bytes: Buffer
  /** Drops the oldest chunk of the process that this one is of. */
  readonly owner: { dropOldest(): void }
  older: PooledChunk | undefined
  newer: PooledChunk | undefined
}

/** The output that is kept of all processes of a server, together: when it is too much, the oldest is dropped. */
export class OutputPool {
  readonly #maxBytes: number
  #bytes = 0
  #oldest: PooledChunk | undefined
  #newest: PooledChunk | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What all chunks take, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes a chunk in, which its owner keeps already, and has the oldest dropped until there is room. */
  add(chunk: PooledChunk): void {
    this.#bytes += costOf(chunk)
    chunk.older = this.#newest
    if (this.#newest) this.#newest.newer = chunk
    else this.#oldest = chunk
    this.#newest = chunk
    // The oldest of all is the oldest of its owner, who takes it out again.
    while (this.#bytes > this.#maxBytes) this.#oldest?.owner.dropOldest()
  }

  /** Its owner keeps a chunk no longer. */
  remove(chunk: PooledChunk): void {
    const { older, newer } = chunk
    this.#bytes -= costOf(chunk)
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
    // A reader may still hold it, and must not hold the others with it.
    chunk.older = chunk.newer = undefined
  }
}

function costOf({ bytes }: PooledChunk): number {
  return bytes.buffer.byteLength + CHUNK_OVERHEAD_BYTES
}

/** Receives what a {@link LineFramer} finds. Byte ranges are valid only during the call. */
export interface LineSink {
  /** A complete line without its line feed: `bytes[start, end)`. */
  line(bytes: Uint8Array, start: number, end: number): void
  /** A line longer than the limit ended and was skipped; `head` holds its first bytes. */
  oversize(head: Uint8Array, totalBytes: number): void
}

const LINE_FEED = 10
const HEAD_BYTES = 512
const SCRATCH_BYTES = 64 * 1024
// A scratch that one huge line has grown is not kept for the rest of the connection.
const SCRATCH_KEPT_BYTES = 1024 * 1024

/**
 * Cuts a stream of bytes into lines at line feeds, in time linear in the input.
 *
 * Only U+000A ends a line: U+2028 and U+2029 are legal inside JSON strings. A line that arrives in one
 * chunk is handed over in place; one that spans chunks is gathered once, in a scratch buffer that is reused.
 */
export class LineFramer {
  readonly #sink: LineSink
  readonly #maxBytes: number
  #scratch = new Uint8Array(0)
  /** Bytes of the unfinished line; those past `#scratch.length` were dropped because it is too long. */
  #length = 0
  #skipping = false

  constructor(sink: LineSink, maxLineBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxLineBytes
  }

  /** Takes the next chunk and reports every line that it completes. */
  push(chunk: Uint8Array): void {
    let start = 0
    // Not searched once more when it ends with a line feed: most chunks of Codex are one line.
    while (start < chunk.length) {
      const end = chunk.indexOf(LINE_FEED, start)
      if (end === -1) {
        this.#gather(chunk, start, chunk.length)
        return
      }
      if (this.#length === 0) {
        if (end - start > this.#maxBytes) {
          this.#sink.oversize(chunk.subarray(start, Math.min(end, start + HEAD_BYTES)), end - start)
        } else {
          this.#sink.line(chunk, start, end)
        }
      } else {
        this.#gather(chunk, start, end)
        this.#finish()
      }
      start = end + 1
    }
  }

  /** Hands over a last line that has no line feed, at the end of the stream. */
  flush(): void {
    if (this.#length > 0) this.#finish()
  }

  #gather(chunk: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start
    if (!this.#skipping && length > this.#maxBytes) {
      this.#skipping = true
      // What was gathered of the line may be huge, and only its head is wanted from here on.
      if (this.#scratch.length > SCRATCH_KEPT_BYTES) this.#scratch = this.#scratch.slice(0, HEAD_BYTES)
    }
    if (this.#skipping) {
      // The head may still be incomplete when the limit is small or the first chunk was.
      const room = HEAD_BYTES - this.#length
      if (room > 0) this.#append(chunk.subarray(start, Math.min(end, start + room)))
    } else {
      this.#append(chunk.subarray(start, end))
    }
    this.#length = length
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length
    if (needed > this.#scratch.length) {
      // Fourfold: each growth copies, while the part that is never written is never resident.
      const grown = new Uint8Array(Math.max(SCRATCH_BYTES, needed, this.#scratch.length * 4))
      grown.set(this.#scratch.subarray(0, this.#length))
      this.#scratch = grown
    }
    this.#scratch.set(piece, this.#length)
  }

  #finish(): void {
    const scratch = this.#scratch
    const length = this.#length
    const skipped = this.#skipping
    this.#length = 0
    this.#skipping = false
    if (scratch.length > SCRATCH_KEPT_BYTES) this.#scratch = new Uint8Array(0)
    if (skipped) this.#sink.oversize(scratch.subarray(0, Math.min(length, HEAD_BYTES)), length)
    else this.#sink.line(scratch, 0, length)
  }
}

import { redact } from '../redaction/index.js'
import { lastBytes, TailBuffer } from './tail-buffer.js'

/**
 * Bytes kept beyond the tail that is shown. A secret that the ring cut in two is no longer recognisable; its
 * rest lies at the start of what is kept and is left out together with this margin.
 */
const MARGIN_BYTES = 8 * 1024

/** The last part of a child's error stream, kept raw in here and given out redacted. */
export class StderrTail {
  readonly #limit: number
  readonly #tail: TailBuffer

  /** `limit` is the most bytes that {@link text} returns; 0 keeps nothing. */
  constructor(limit: number) {
    this.#limit = limit
    this.#tail = new TailBuffer(limit === 0 ? 0 : limit + MARGIN_BYTES)
  }

  /** Bytes the child has written so far. */
  get totalBytes(): number {
    return this.#tail.totalBytes
  }

  /** Appends what the child wrote. */
  write(chunk: Uint8Array): void {
    this.#tail.write(chunk)
  }

  /** The tail without secrets and colour codes, at most `limit` bytes of whole characters. */
  text(): string {
    const redacted = redact(this.#tail.text())
    return lastBytes(redacted, this.#limit, this.#tail.truncated ? MARGIN_BYTES : 0)
  }
}

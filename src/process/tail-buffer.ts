import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'

/** How many bytes a {@link TailBuffer} keeps unless told otherwise: 16 KiB. */
export const DEFAULT_TAIL_BYTES = 16 * 1024

/**
 * Keeps the last bytes of a stream in one fixed block of memory. A write costs at most the block's size,
 * however long the stream gets, and never keeps the chunk it was given.
 */
export class TailBuffer {
  /** Most bytes that are kept. */
  readonly capacity: number
  #ring: Buffer | undefined
  #next = 0
  #total = 0

  constructor(capacity = DEFAULT_TAIL_BYTES) {
    this.capacity = capacity
  }

  /** Bytes written so far, kept or not. */
  get totalBytes(): number {
    return this.#total
  }

  /** Whether bytes at the start have been dropped. */
  get truncated(): boolean {
    return this.#total > this.capacity
  }

  /** Appends a chunk. */
  write(chunk: Uint8Array): void {
    this.#total += chunk.length
    if (this.capacity === 0 || chunk.length === 0) return
    this.#ring ??= Buffer.alloc(this.capacity)
    const kept = chunk.length > this.capacity ? chunk.subarray(chunk.length - this.capacity) : chunk
    const untilEnd = Math.min(kept.length, this.capacity - this.#next)
    this.#ring.set(kept.subarray(0, untilEnd), this.#next)
    this.#ring.set(kept.subarray(untilEnd), 0)
    this.#next = (this.#next + kept.length) % this.capacity
  }

  /** A copy of the bytes that are kept, oldest first. */
  bytes(): Buffer {
    if (this.#ring === undefined) return Buffer.alloc(0)
    if (!this.truncated) return Buffer.from(this.#ring.subarray(0, this.#total))
    return Buffer.concat([this.#ring.subarray(this.#next), this.#ring.subarray(0, this.#next)])
  }

  /** The kept bytes as text: whole UTF-8 characters only, terminal colour codes removed. */
  text(): string {
    const bytes = this.bytes()
    return stripVTControlCharacters(decodeWhole(this.truncated ? fromCharacterStart(bytes, 0) : bytes))
  }
}

/** The last bytes of a text, at most `limit` of them, starting no earlier than at byte `from`. */
export function lastBytes(text: string, limit: number, from = 0): string {
  const bytes = Buffer.from(text)
  const start = Math.max(from, bytes.length - limit)
  return start <= 0 ? text : fromCharacterStart(bytes, start).toString()
}

function fromCharacterStart(bytes: Buffer, offset: number): Buffer {
  let start = offset
  // A UTF-8 character has at most three continuation bytes; more than that is not UTF-8 to begin with.
  while (start < offset + 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start)
}

function decodeWhole(bytes: Buffer): string {
  // `write` without `end` holds back a character whose last bytes have not come yet.
  return new StringDecoder('utf8').write(bytes)
}

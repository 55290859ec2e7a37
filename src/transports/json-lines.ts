import type { Writable } from 'node:stream'
import { JsonLineReader, type JsonLineReaderOptions, type JsonLineSink } from '../framing/json-line-reader.js'
import { redact } from '../redaction/index.js'
import { TransportClosedError } from '../rpc/errors.js'
import { encodeMessage } from '../rpc/messages.js'
import type { WireMessage } from '../rpc/transport.js'
import { checkInteger } from '../util/validate.js'

const EXCERPT_CHARACTERS = 200
const WINDOW_CHARACTERS = 2048
const MARGIN_CHARACTERS = 512
const OUTBOX_CHARACTERS = 64 * 1024

/** The limits of what is read. */
export type JsonLineLimits = Pick<JsonLineReaderOptions, 'maxLineBytes' | 'maxNoiseLines'>

/** Throws `InvalidInputError` for a wrong limit. */
export function checkLimits(limits: JsonLineLimits): void {
  checkInteger('maxLineBytes', limits.maxLineBytes, 1, 1)
  checkInteger('maxNoiseLines', limits.maxNoiseLines, 0, 0)
}

/** A {@link JsonLineReader} for Node's streams; errors show a short, redacted part of a bad line. */
export function nodeJsonLineReader(sink: JsonLineSink, limits: JsonLineLimits): JsonLineReader {
  return new JsonLineReader(sink, { ...limits, decode: decodeUtf8, excerpt })
}

function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8', start, end)
}

/** The part of a bad line that an error may show: its beginning, short and redacted. */
export function excerpt(line: string): string {
  const isLong = line.length > WINDOW_CHARACTERS
  // Redacted before it is cut. The window's end may have cut a secret so that no pattern recognises what is
  // left of it: that end is never shown.
  const redacted = isLong
    ? redact(line.slice(0, WINDOW_CHARACTERS)).slice(0, -MARGIN_CHARACTERS)
    : redact(line)
  if (redacted.length <= EXCERPT_CHARACTERS) return isLong ? `${redacted}…` : redacted
  return `${redacted.slice(0, EXCERPT_CHARACTERS)}…`
}

/**
 * Writes messages as lines to a stream. The messages of one tick leave in one write, which costs the
 * system one call instead of many.
 */
export class JsonLineWriter {
  readonly #stream: Writable
  readonly #flushLater = () => this.flush()
  #outbox = ''
  #isScheduled = false
  #drained: Promise<void> | undefined

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /**
   * Queues a message for this tick's write; a great many leave in several writes. Returns a promise while the
   * stream has more than its high-water mark to write; it resolves when the stream has drained or ended.
   * Throws a `TransportClosedError` when the stream takes no more.
   */
  write(message: WireMessage): void | Promise<void> {
    if (!this.#stream.writable) throw new TransportClosedError()
    this.#outbox += `${encodeMessage(message)}\n`
    if (this.#outbox.length >= OUTBOX_CHARACTERS) {
      // A sender that awaits each message may keep the end of the tick from coming.
      this.flush()
    } else if (!this.#isScheduled) {
      this.#isScheduled = true
      process.nextTick(this.#flushLater)
    }
    return this.#drained
  }

  /** Hands what is queued to the stream now. */
  flush(): void {
    this.#isScheduled = false
    const text = this.#outbox
    if (text === '') return
    this.#outbox = ''
    if (!this.#stream.writable) return
    if (this.#stream.write(text) || this.#drained) return
    this.#drained = new Promise((resolve) => {
      const settle = () => {
        for (const event of UNBLOCKING) this.#stream.off(event, settle)
        this.#drained = undefined
        resolve()
      }
      for (const event of UNBLOCKING) this.#stream.on(event, settle)
    })
  }
}

/** What frees a sender that waits; a stream that ends or breaks never drains. */
const UNBLOCKING = ['drain', 'finish', 'error', 'close'] as const

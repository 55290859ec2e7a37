import { MessageParseError, NoiseLineError, OversizeMessageError } from '../rpc/errors.js'
import type { WireMessage } from '../rpc/transport.js'
import { LineFramer } from './line-framer.js'
import { readHead } from './message-head.js'

/** Longest line that is read by default: 128 MiB. */
export const DEFAULT_MAX_LINE_BYTES = 128 * 1024 * 1024
/** Lines in a row that may be something else than messages, by default: 100. */
export const DEFAULT_MAX_NOISE_LINES = 100

/** Options of a {@link JsonLineReader}. */
export interface JsonLineReaderOptions {
  /** Longest line in bytes; a longer one is skipped and reported. @default DEFAULT_MAX_LINE_BYTES */
  readonly maxLineBytes?: number | undefined
  /**
   * How many lines in a row may be no JSON objects or arrays before the stream counts as something else
   * than JSON-RPC. @default DEFAULT_MAX_NOISE_LINES
   */
  readonly maxNoiseLines?: number | undefined
  /** Turns UTF-8 into text. @default a `TextDecoder` */
  readonly decode?: ((bytes: Uint8Array, start: number, end: number) => string) | undefined
  /** Makes the part of a bad line that errors may show, free of secrets. @default nothing is shown */
  readonly excerpt?: ((line: string) => string) | undefined
}

/** Receives what a {@link JsonLineReader} reads. */
export interface JsonLineSink {
  /** A message. */
  message(message: WireMessage): void
  /** A problem that does not end the stream: a skipped line ({@link NoiseLineError}, {@link OversizeMessageError}). */
  problem(error: Error): void
  /** A message that is not valid JSON, or too many lines that are no messages. The owner decides what follows. */
  invalid(error: Error): void
}

const BRACE = 0x7b
const BRACKET = 0x5b
// A banner such as "[info] ready" is noise, while a broken object can only be a broken message.
const OPENS_BATCH = /^\[\s*(?:[[{]|$)/

/** Reads JSON messages, one a line, from chunks of bytes. Linear in the input; no copy of a line that is whole. */
export class JsonLineReader {
  readonly #framer: LineFramer
  readonly #sink: JsonLineSink
  readonly #maxBytes: number
  readonly #maxNoise: number
  readonly #decode: (bytes: Uint8Array, start: number, end: number) => string
  readonly #excerpt: (line: string) => string
  #noise = 0
  #stopped = false
  #ending = false
  #cutBytes = 0

  constructor(sink: JsonLineSink, options: JsonLineReaderOptions = {}) {
    this.#sink = sink
    this.#maxBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES
    this.#maxNoise = options.maxNoiseLines ?? DEFAULT_MAX_NOISE_LINES
    this.#decode = options.decode ?? decodeWithTextDecoder()
    this.#excerpt = options.excerpt ?? (() => '')
    this.#framer = new LineFramer(
      {
        line: (bytes, start, end) => this.#line(bytes, start, end),
        oversize: (head, total) => this.#oversize(head, total),
      },
      this.#maxBytes,
    )
  }

  /** Takes the next chunk; its messages are reported before this returns. */
  push(chunk: Uint8Array): void {
    if (!this.#stopped) this.#framer.push(chunk)
  }

  /**
   * Ends the stream. A last message without its line feed is reported when it is whole; otherwise returns
   * the length in bytes of the message that the end cut off, 0 when that is nothing.
   */
  end(): number {
    if (this.#stopped) return 0
    this.#ending = true
    this.#framer.flush()
    this.#stopped = true
    return this.#cutBytes
  }

  /** Ignores everything from here on, the rest of the current chunk included. */
  stop(): void {
    this.#stopped = true
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    if (this.#stopped) return
    let first = start
    while (first < end && isSpace(bytes[first])) first += 1
    if (first === end) return
    const byte = bytes[first]
    const text = this.#decode(bytes, first, end)
    let message: WireMessage | undefined
    if (byte === BRACE || byte === BRACKET) {
      try {
        message = JSON.parse(text) as WireMessage
      } catch {
        // The parser's own error quotes the line, which may hold a secret: it is not kept as the cause.
      }
    }
    if (message) {
      this.#noise = 0
      this.#sink.message(message)
    } else if (byte !== BRACE && !OPENS_BATCH.test(text)) {
      this.#countNoise(new NoiseLineError(end - start, this.#excerpt(text)))
    } else if (this.#ending) {
      this.#cutBytes = end - start
    } else {
      this.#sink.invalid(new MessageParseError(end - start, this.#excerpt(text)))
    }
  }

  #oversize(head: Uint8Array, totalBytes: number): void {
    if (this.#stopped) return
    if (this.#ending) this.#cutBytes = totalBytes
    const shown = readHead(this.#decode(head, 0, head.length))
    this.#sink.problem(new OversizeMessageError(totalBytes, this.#maxBytes, shown))
  }

  #countNoise(error: NoiseLineError): void {
    this.#noise += 1
    if (this.#noise > this.#maxNoise) this.#sink.invalid(error)
    else this.#sink.problem(error)
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x09
}

function decodeWithTextDecoder(): (bytes: Uint8Array, start: number, end: number) => string {
  const decoder = new TextDecoder()
  return (bytes, start, end) => decoder.decode(bytes.subarray(start, end))
}

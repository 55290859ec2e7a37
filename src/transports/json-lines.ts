import type { Readable, Writable } from 'node:stream'
import { redact } from '../redaction/index.js'
import { TransportClosedError } from '../rpc/errors.js'
import { JsonLineReader, type JsonLineReaderOptions, type JsonLineSink } from '../rpc/json-line-reader.js'
import { encodeMessage } from '../rpc/messages.js'
import type { WireMessage } from '../rpc/transport.js'

const EXCERPT_CHARACTERS = 200

/** How long lines are read; see the reader for the meaning of each. */
export type JsonLineLimits = Pick<JsonLineReaderOptions, 'maxLineBytes' | 'maxNoiseLines'>

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

function excerpt(line: string): string {
  // Redacted before it is cut: the cut could leave half a secret that no pattern recognises.
  const redacted = redact(line.slice(0, 4 * EXCERPT_CHARACTERS))
  return redacted.length > EXCERPT_CHARACTERS ? `${redacted.slice(0, EXCERPT_CHARACTERS)}…` : redacted
}

/**
 * Writes messages as lines to a stream. The messages of one tick leave in one write, which costs the
 * system one call instead of many.
 */
export class JsonLineWriter {
  readonly #stream: Writable
  #outbox = ''
  #isScheduled = false
  #drained: Promise<void> | undefined

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /**
   * Queues a message for this tick's write. Returns a promise while the stream has more than its high-water
   * mark to write; it resolves when the stream has drained or ended. Throws when the stream takes no more.
   */
  write(message: WireMessage): void | Promise<void> {
    if (!this.#stream.writable) throw new TransportClosedError()
    const line = encodeMessage(message)
    this.#outbox += `${line}\n`
    if (!this.#isScheduled) {
      this.#isScheduled = true
      process.nextTick(() => this.flush())
    }
    return this.#drained
  }

  /** Hands what is queued to the stream now. */
  flush(): void {
    this.#isScheduled = false
    const text = this.#outbox
    if (text === '' || !this.#stream.writable) return
    this.#outbox = ''
    if (this.#stream.write(text) || this.#drained) return
    this.#drained = new Promise((resolve) => {
      const settle = () => {
        this.#stream.off('drain', settle).off('close', settle)
        this.#drained = undefined
        resolve()
      }
      this.#stream.on('drain', settle).on('close', settle)
    })
  }
}

/** Feeds a stream's chunks to a reader. Returns a function that stops it. */
export function readChunks(stream: Readable, reader: JsonLineReader): () => void {
  const onData = (chunk: Uint8Array | string) => {
    reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
  stream.on('data', onData)
  return () => {
    stream.off('data', onData)
  }
}

import { LineFramer } from '../framing/line-framer.js'
import { excerpt } from '../transports/json-lines.js'
import type { ExecEvent } from './events.js'
import { readEvent } from './read-event.js'

/** A line of the output that is no event. */
export interface ExecParseError {
  /** Number of the line, from 1. */
  readonly line: number
  /** Its length. */
  readonly bytes: number
  /** Why it is none. */
  readonly reason: 'not-json' | 'not-an-event' | 'too-long' | 'cut-off'
  /** Its beginning, short and without secrets. */
  readonly excerpt: string
}

/** Receives what an {@link EventReader} reads. */
export interface EventSink {
  /** An event, and how long it was as JSON, in bytes. */
  event(event: ExecEvent, bytes: number): void
  /** A line that is no event; the next may be one again. Asks for a description, which costs more than the line. */
  problem(describe: () => ExecParseError): void
}

/** Reads events, one a line, from chunks of bytes. Linear in the input, and holds one unfinished line. */
export class EventReader {
  readonly #sink: EventSink
  readonly #framer: LineFramer
  #line = 0
  #isEnding = false

  constructor(sink: EventSink, maxLineBytes: number) {
    this.#sink = sink
    this.#framer = new LineFramer(
      {
        line: (bytes, start, end) => this.#read(bytes, start, end),
        oversize: (head, total) => {
          this.#line += 1
          this.#refuse('too-long', total, decode(head, 0, head.length))
        },
      },
      maxLineBytes,
    )
  }

  /** Takes the next chunk; its events are told before this returns. */
  push(chunk: Uint8Array): void {
    this.#framer.push(chunk)
  }

  /** Reads a last line that has no line feed. */
  end(): void {
    this.#isEnding = true
    this.#framer.flush()
  }

  #read(bytes: Uint8Array, start: number, end: number): void {
    this.#line += 1
    const text = decode(bytes, start, end)
    if (text.trim() === '') return
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // The parser's own error quotes the line, which may hold a secret.
      const isCut = this.#isEnding && text.trimStart().startsWith('{')
      this.#refuse(isCut ? 'cut-off' : 'not-json', end - start, text)
      return
    }
    const event = readEvent(value)
    if (event !== undefined) this.#sink.event(event, end - start)
    else this.#refuse('not-an-event', end - start, text)
  }

  #refuse(reason: ExecParseError['reason'], bytes: number, text: string): void {
    const line = this.#line
    this.#sink.problem(() => ({ line, bytes, reason, excerpt: excerpt(text) }))
  }
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end)
}

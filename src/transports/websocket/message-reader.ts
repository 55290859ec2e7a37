import { DEFAULT_MAX_NOISE_LINES, type JsonLineSink } from '../../framing/json-line-reader.js'
import { readHead } from '../../framing/message-head.js'
import { MessageParseError, NoiseLineError, OversizeMessageError } from '../../rpc/errors.js'
import type { WireMessage } from '../../rpc/transport.js'
import { excerpt } from '../json-lines.js'

const HEAD_CHARACTERS = 1024

/**
 * Reads one JSON message from each message of a socket; otherwise it judges as the reader of lines does: what
 * is no JSON object or array is noise, which is reported and skipped up to a bound, and a broken object is a
 * broken message.
 */
export class MessageReader {
  readonly #sink: JsonLineSink
  readonly #maxBytes: number
  #noise = 0

  constructor(sink: JsonLineSink, maxBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxBytes
  }

  /** Takes the text of one message. */
  read(text: string): void {
    // A character takes at most three bytes per UTF-16 unit, so that short texts need no count.
    if (text.length * 3 > this.#maxBytes && Buffer.byteLength(text) > this.#maxBytes) {
      const head = readHead(text.slice(0, HEAD_CHARACTERS))
      this.#sink.problem(new OversizeMessageError(Buffer.byteLength(text), this.#maxBytes, head))
      return
    }
    const first = /\S/.exec(text)?.[0]
    if (first === undefined) return
    if (first !== '{' && first !== '[') {
      this.#countNoise(text)
      return
    }
    let message: WireMessage
    try {
      message = JSON.parse(text) as WireMessage
    } catch {
      // A banner such as "[info] ready" is noise; a broken object can only be a broken message.
      if (first === '[' && !/^\s*\[\s*(?:[[{]|$)/.test(text)) this.#countNoise(text)
      else this.#sink.invalid(new MessageParseError(Buffer.byteLength(text), excerpt(text)))
      return
    }
    this.#noise = 0
    this.#sink.message(message)
  }

  #countNoise(text: string): void {
    const error = new NoiseLineError(Buffer.byteLength(text), excerpt(text))
    this.#noise += 1
    if (this.#noise > DEFAULT_MAX_NOISE_LINES) this.#sink.invalid(error)
    else this.#sink.problem(error)
  }
}

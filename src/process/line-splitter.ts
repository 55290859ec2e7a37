import { StringDecoder } from 'node:string_decoder'

/** Longest line that is passed on in one piece, in characters; a longer one arrives in pieces of this size. */
export const LONGEST_LINE = 64 * 1024

/** Cuts a byte stream into lines of text, holding at most one unfinished line. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #parts: string[] = []
  #length = 0

  /** `onLine` receives each line without its `\n` or `\r\n`. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next bytes. */
  write(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk))
  }

  /** Passes on an unfinished last line. */
  end(): void {
    this.#take(this.#decoder.end())
    if (this.#length > 0) this.#emit()
  }

  #take(text: string): void {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end))
      this.#emit()
      start = end + 1
    }
    this.#append(text.slice(start))
  }

  #append(text: string): void {
    let rest = text
    while (this.#length + rest.length > LONGEST_LINE) {
      const room = LONGEST_LINE - this.#length
      this.#parts.push(rest.slice(0, room))
      this.#length += room
      rest = rest.slice(room)
      this.#emit()
    }
    if (rest === '') return
    this.#parts.push(rest)
    this.#length += rest.length
  }

  #emit(): void {
    const line = this.#parts.join('')
    this.#parts = []
    this.#length = 0
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}

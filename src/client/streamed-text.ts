/** How many parts are kept apart before they become one text. */
const MAX_PARTS = 128

/**
 * A text that comes in many small parts. Concatenation would keep every part, at some 60 bytes each however short,
 * until the text is read; here they become one piece every now and then, and only the pieces are concatenated.
 */
export class StreamedText {
  #text = ''
  #parts: string[] = []

  /** Adds the next part. */
  add(part: string): void {
    this.#parts.push(part)
    if (this.#parts.length === MAX_PARTS) this.#join()
  }

  /** What has come so far. */
  toString(): string {
    this.#join()
    return this.#text
  }

  #join(): void {
    if (this.#parts.length === 0) return
    // Not part by part with `+`, which only refers to its operands: `join` copies them.
    this.#text += this.#parts.join('')
    this.#parts = []
  }
}

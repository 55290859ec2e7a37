/** How many parts are kept apart before they become one text. */
const MAX_PARTS = 1_024

/**
 * A text that comes in many small parts. Concatenation would keep every part, at some 60 bytes each however short,
 * until the text is read; here they become one text every now and then, each of them copied once.
 */
export class StreamedText {
  #texts: string[] = []
  #parts: string[] = []

  /** Adds the next part. */
  add(part: string): void {
    this.#parts.push(part)
    if (this.#parts.length === MAX_PARTS) this.#join()
  }

  /** What has come so far. */
  toString(): string {
    this.#join()
    if (this.#texts.length > 1) this.#texts = [this.#texts.join('')]
    return this.#texts[0] ?? ''
  }

  #join(): void {
    if (this.#parts.length === 0) return
    // Not by `+`, which only refers to its operands.
    this.#texts.push(this.#parts.join(''))
    this.#parts = []
  }
}

/** Hands items on in the order of their numbers, from 1, each once; those that come early wait for their turn. */
export class SequenceOrder<T> {
  readonly #deliver: (item: T) => void
  readonly #early = new Map<number, T>()
  #last: number

  /** @param last - the number before the first that is expected */
  constructor(deliver: (item: T) => void, last = 0) {
    this.#deliver = deliver
    this.#last = last
  }

  /** The last number that was handed on. */
  get last(): number {
    return this.#last
  }

  /** How many items came early and wait. */
  get waiting(): number {
    return this.#early.size
  }

  /** Takes an item. One whose number came before is dropped. */
  add(seq: number, item: T): void {
    if (seq <= this.#last) return
    if (seq !== this.#last + 1) {
      if (!this.#early.has(seq)) this.#early.set(seq, item)
      return
    }
    this.#early.delete(seq)
    this.#last = seq
    this.#deliver(item)
    if (this.#early.size > 0) this.#deliverEarly()
  }

  /** Expects nothing before a number any more. */
  skipTo(seq: number): void {
    if (seq - 1 <= this.#last) return
    this.#last = seq - 1
    for (const early of this.#early.keys()) if (early < seq) this.#early.delete(early)
    this.#deliverEarly()
  }

  /** The numbers up to `seq` that have not come. */
  missingTo(seq: number): number[] {
    const missing: number[] = []
    // More than this are lost anyway, whichever they are.
    for (let one = this.#last + 1; one <= seq && missing.length <= MOST_MISSING; one += 1) {
      if (!this.#early.has(one)) missing.push(one)
    }
    return missing
  }

  #deliverEarly(): void {
    for (;;) {
      const item = this.#early.get(this.#last + 1)
      if (item === undefined) return
      this.#last += 1
      this.#early.delete(this.#last)
      this.#deliver(item)
    }
  }
}

const MOST_MISSING = 8

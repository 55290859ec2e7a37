/** Counts bytes that are held for somebody, up to a limit. */
export class ByteBudget {
  /** Bytes that may be held at the same time. */
  readonly limit: number
  #used = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Bytes that are held. */
  get used(): number {
    return this.#used
  }

  /**
   * Whether so many bytes more can be held; they are, until they are given back. What comes first can always be
   * held, however long it is: it could never be otherwise.
   */
  take(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.limit) return false
    this.#used += bytes
    return true
  }

  /** Bytes are held no longer. */
  give(bytes: number): void {
    this.#used -= bytes
  }
}

/** Time between the sign of a lost end and the look at the thread: 1,000 ms. The end itself follows in 1 ms. */
const LOOK_DELAY_MS = 1_000

/**
 * Watches for an end of a turn that was never told: the thread is idle, or a message was lost, and no
 * `turn/completed` follows. Then the thread is asked.
 */
export class EndWatch {
  readonly #look: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param look - asks the thread how the turn ended */
  constructor(look: () => void) {
    this.#look = look
  }

  /** Something says that the turn may have ended. */
  expectEnd(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, LOOK_DELAY_MS)
  }

  /** Stops watching. */
  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

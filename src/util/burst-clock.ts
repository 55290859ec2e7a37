import { inMicrotask } from './microtask.js'

/**
 * The time, read once for all that happens without a pause: where events come by the thousand, to read the clock for
 * each takes a good part of what an event costs.
 */
export class BurstClock {
  #now = 0
  #isRead = false
  readonly #forget = () => {
    this.#isRead = false
  }

  /** As `performance.now()`, in milliseconds; the same again until the running code has returned. */
  now(): number {
    if (!this.#isRead) {
      this.#isRead = true
      this.#now = performance.now()
      inMicrotask(this.#forget)
    }
    return this.#now
  }
}

import { LONGEST_TIMER_MS } from '../../../util/longest-timer.js'

/** Wakes those who wait for something to happen. */
export class ChangeSignal {
  #waiters = new Set<() => void>()

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** Something happened: everybody who waits goes on. */
  notify(): void {
    if (this.#waiters.size === 0) return
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }

  /** Waits for the next change, for at most this many milliseconds, and no longer than until the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        this.#waiters.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(milliseconds, LONGEST_TIMER_MS))
      signal.addEventListener('abort', wake, { once: true })
      this.#waiters.add(wake)
    })
  }
}

import { AbortedError } from '../../util/errors.js'
import { onAbort } from '../../util/on-abort.js'

interface Waiting {
  readonly enter: () => void
  readonly leave: () => void
}

/** Lets at most so many in at the same time; the others wait in order. */
export class RequestGate {
  readonly #limit: number
  readonly #waiting = new Set<Waiting>()
  #inside = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many are inside. */
  get inside(): number {
    return this.#inside
  }

  /** Runs a task inside. Rejects with an `AbortedError` when the signal aborts while it waits. */
  async run<T>(task: () => Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new AbortedError(what, { cause: signal.reason })
    if (this.#inside < this.#limit) this.#inside += 1
    else await this.#wait(what, signal)
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  #wait(what: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(waiting)
        reject(new AbortedError(what, { cause: signal?.reason }))
      }
      const unwatch = signal && onAbort(signal, abort)
      const waiting: Waiting = { enter: resolve, leave: () => unwatch?.() }
      this.#waiting.add(waiting)
    })
  }

  /** Hands the place on, or gives it back. */
  #leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      next.leave()
      next.enter()
      return
    }
    this.#inside -= 1
  }
}

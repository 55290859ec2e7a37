import { AbortedError } from '../../util/errors.js'

/** Promises for values that have not been seen yet; each settles once and leaves no listener behind. */
export class Waiters<T> {
  readonly #waiting = new Set<{ offer(value: T): void; fail(error: Error): void }>()

  /** Resolves with the first offered value that the predicate accepts. */
  wait(accepts: (value: T) => boolean, what: string, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(new AbortedError(what, { cause: signal.reason }))
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const fail = (error: unknown) => {
        leave()
        reject(error)
      }
      const waiter = {
        offer: (value: T) => {
          try {
            if (!accepts(value)) return
          } catch (error) {
            return fail(error)
          }
          leave()
          resolve(value)
        },
        fail,
      }
      const abort = () => fail(new AbortedError(what, { cause: signal?.reason }))
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiter)
    })
  }

  /** Shows a value to everybody who waits. */
  offer(value: T): void {
    for (const waiter of [...this.#waiting]) waiter.offer(value)
  }

  /** Rejects everybody who waits. */
  fail(error: Error): void {
    for (const waiter of [...this.#waiting]) waiter.fail(error)
  }
}

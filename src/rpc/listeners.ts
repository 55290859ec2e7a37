import { type ErrorSink, report, watch } from './guard.js'
import type { NotificationMessage } from './messages.js'

/**
 * Takes one notification. What it throws, or rejects with when it is asynchronous, goes to `onError` and
 * changes nothing else; the next notification does not wait for it.
 */
export type NotificationHandler = (params: unknown, message: NotificationMessage) => void

/** The notification handlers of a peer, by method. */
export class Listeners {
  // The lists are replaced, never changed: a handler may add and remove handlers while one is gone through.
  readonly #byMethod = new Map<string, readonly NotificationHandler[]>()

  /** Adds a handler. Returns a function that takes it away again. */
  add(method: string, handler: NotificationHandler): () => void {
    this.#byMethod.set(method, [...(this.#byMethod.get(method) ?? []), handler])
    let isOn = true
    return () => {
      if (!isOn) return
      isOn = false
      const handlers = this.#byMethod.get(method) ?? []
      const at = handlers.indexOf(handler)
      if (handlers.length === 1) this.#byMethod.delete(method)
      else this.#byMethod.set(method, handlers.toSpliced(at, 1))
    }
  }

  /** Calls the handlers of a notification's method in the order they were added. */
  call(message: NotificationMessage, onError: ErrorSink): void {
    if (this.#byMethod.size === 0) return
    const handlers = this.#byMethod.get(message.method)
    if (!handlers) return
    for (const handler of handlers) {
      try {
        watch(handler(message.params, message), onError)
      } catch (error) {
        report(onError, error)
      }
    }
  }
}

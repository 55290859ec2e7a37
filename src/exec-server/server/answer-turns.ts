import { setImmediate as nextTask } from 'node:timers/promises'

/**
 * Lets answers that may be long be made one after the other, no faster than the client reads: one event may let very
 * many be made in the same moment.
 */
export class AnswerTurns {
  readonly #drained: () => Promise<void> | undefined
  #tail: Promise<void> | undefined

  /** @param drained - resolves when the client has read enough for more; nothing when that is now. Must not reject. */
  constructor(drained: () => Promise<void> | undefined) {
    this.#drained = drained
  }

  /** Resolves when an answer may be made. It must then be made without waiting for anything. */
  next(): Promise<void> {
    const mine = (this.#tail ?? Promise.resolve()).then(() => this.#drained())
    // By then the answer has been handed on, and whether the client keeps up is known.
    const done = mine.then(() => nextTask())
    this.#tail = done
    void done.then(() => {
      if (this.#tail === done) this.#tail = undefined
    })
    return mine
  }
}

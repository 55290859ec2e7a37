/**
 * Runs the requests of a connection in the order they came, one after the other: clients send some without waiting
 * for the answers to those before. A request that may take long by nature starts in its turn, but does not hold up
 * those behind it.
 */
export class RequestLane {
  #tail: Promise<void> | undefined

  /**
   * Runs a task when its turn has come; at once when nothing is before it.
   *
   * @param holdsUp - whether those behind wait until the task has settled, instead of until it has started
   * @param mayStart - awaited before the task starts
   */
  async run<T>(
    task: () => T | Promise<T>,
    holdsUp: boolean,
    mayStart?: () => Promise<void> | undefined,
  ): Promise<T> {
    const before = this.#tail
    let done!: () => void
    const turn = new Promise<void>((resolve) => {
      done = resolve
    })
    this.#tail = turn
    try {
      if (before) await before
      const blocked = mayStart?.()
      if (blocked) await blocked
      const result = task()
      return holdsUp ? await result : await this.#release(turn, done, result)
    } finally {
      this.#leave(turn, done)
    }
  }

  #release<T>(turn: Promise<void>, done: () => void, result: T): T {
    this.#leave(turn, done)
    return result
  }

  #leave(turn: Promise<void>, done: () => void): void {
    if (this.#tail === turn) this.#tail = undefined
    done()
  }
}

/** Timers by name: each fires once. */
export class NamedTimers<Name extends string> {
  readonly #timers = new Map<Name, ReturnType<typeof setTimeout>>()
  readonly #fired: (name: Name) => void

  constructor(fired: (name: Name) => void) {
    this.#fired = fired
  }

  /** Starts a timer; one of the same name that still runs starts over. */
  arm(name: Name, ms: number): void {
    this.clear(name)
    const timer = setTimeout(() => {
      this.#timers.delete(name)
      this.#fired(name)
    }, ms)
    this.#timers.set(name, timer)
  }

  clear(name: Name): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
  }
}

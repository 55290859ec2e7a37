/** Measures one phase after the other. */
export class LapClock {
  #mark = performance.now()

  /** Milliseconds of the current phase so far. */
  elapsed(): number {
    return performance.now() - this.#mark
  }

  /** Ends the current phase, begins the next, and returns the milliseconds of the one that ended. */
  lap(): number {
    const elapsed = this.elapsed()
    this.#mark += elapsed
    return elapsed
  }
}

/**
 * Collects what arrives while something is being written, so that many writers share one wait for the disk.
 * One group is under way at a time, in order of arrival.
 */
export class CommitQueue<Item> {
  readonly #commit: (items: readonly Item[]) => Promise<void>
  #waiting: Item[] = []
  #running: Promise<void> | undefined

  /**
   * @param commit - writes a group and settles each of its items; must not reject
   */
  constructor(commit: (items: readonly Item[]) => Promise<void>) {
    this.#commit = commit
  }

  /** Adds an item to the next group. */
  add(item: Item): void {
    this.#waiting.push(item)
    this.#running ??= this.#run()
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // Whoever adds several items in a row wants them in one group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const items = this.#waiting
      this.#waiting = []
      await this.#commit(items)
    }
    this.#running = undefined
  }
}

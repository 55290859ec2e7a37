/** How many ids of writes a process remembers: 4096. */
export const REMEMBERED_WRITES = 4096

/** Remembers the last ids of writes, so that a write that is sent again after a reconnect is done once. */
export class WriteMemory {
  readonly #ids = new Set<string>()
  readonly #capacity: number

  constructor(capacity = REMEMBERED_WRITES) {
    this.#capacity = capacity
  }

  /** Whether an id came before. It is remembered from now on. */
  isRepeated(id: string): boolean {
    if (this.#ids.has(id)) return true
    this.#ids.add(id)
    if (this.#ids.size > this.#capacity) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return false
  }
}

import { createHash } from 'node:crypto'

/** How many ids of writes a process remembers: 4096. */
export const REMEMBERED_WRITES = 4096

/** A longer id is remembered by its digest: 4096 of them would take any amount of memory. */
const LONGEST_ID = 64

/** Remembers the last ids of writes, so that a write that is sent again after a reconnect is done once. */
export class WriteMemory {
  readonly #ids = new Set<string>()
  readonly #capacity: number

  constructor(capacity = REMEMBERED_WRITES) {
    this.#capacity = capacity
  }

  /** Whether an id came before. */
  has(id: string): boolean {
    return this.#ids.has(keyOf(id))
  }

  /** Remembers an id from now on. */
  add(id: string): void {
    this.#ids.add(keyOf(id))
    if (this.#ids.size <= this.#capacity) return
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest)
      return
    }
  }
}

/** No digest is as long as an id that is its own key. */
function keyOf(id: string): string {
  return id.length <= LONGEST_ID ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`
}

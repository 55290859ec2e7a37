import { createHash } from 'node:crypto'

/** How many ids of writes a process remembers: 4096. */
export const REMEMBERED_WRITES = 4096

/** A longer id is remembered by its digest: 4096 of them would take any amount of memory. */
const LONGEST_ID = 64

/** Remembers the last ids of writes, so that a write that is sent again after a reconnect is done once. */
export class WriteMemory {
  /** Those that still wait, with what they wait for. */
  readonly #writes = new Map<string, Promise<void> | undefined>()
  readonly #capacity: number

  constructor(capacity = REMEMBERED_WRITES) {
    this.#capacity = capacity
  }

  /** Whether an id came before. */
  has(id: string): boolean {
    return this.#writes.has(keyOf(id))
  }

  /** Resolves when the write of an id waits no longer: one that is sent again has its answer no sooner. */
  async taken(id: string): Promise<void> {
    await this.#writes.get(keyOf(id))
  }

  /** Remembers an id from now on. `taken` resolves when its write waits no longer, and must not reject. */
  add(id: string, taken: Promise<void>): void {
    const key = keyOf(id)
    this.#writes.set(key, taken)
    void taken.then(() => {
      if (this.#writes.get(key) === taken) this.#writes.set(key, undefined)
    })
    if (this.#writes.size <= this.#capacity) return
    for (const oldest of this.#writes.keys()) {
      this.#writes.delete(oldest)
      return
    }
  }
}

/** No digest is as long as an id that is its own key. */
function keyOf(id: string): string {
  return id.length <= LONGEST_ID ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`
}

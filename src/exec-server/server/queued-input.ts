import { RpcError } from '../../rpc/errors.js'
import { ByteBudget } from './byte-budget.js'

/** Writes to one process that wait. */
interface Waiting {
  count: number
  /** Whether one was refused since the first of them: those sent behind it must not come before it. */
  isRefusing: boolean
}

/** Input of a session that its processes have not read yet, whichever connection brought it. */
export class QueuedInput {
  readonly #budget: ByteBudget
  readonly #waiting = new Map<object, Waiting>()

  constructor(maxBytes: number) {
    this.#budget = new ByteBudget(maxBytes)
  }

  /**
   * Writes to a process. Throws an `RpcError`, before anything is done, when too much waits, or when a write before
   * this one was refused and what waits since then has not been read.
   */
  async write(process: object, bytes: number, write: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(process) ?? { count: 0, isRefusing: false }
    if (waiting.isRefusing || !this.#budget.take(bytes)) {
      waiting.isRefusing = true
      const limit = `the limit is ${this.#budget.limit} bytes`
      throw RpcError.invalidRequest(`too much input waits for processes to read it: ${limit}`)
    }
    waiting.count += 1
    this.#waiting.set(process, waiting)
    try {
      await write()
    } finally {
      this.#budget.give(bytes)
      waiting.count -= 1
      if (waiting.count === 0) this.#waiting.delete(process)
    }
  }
}

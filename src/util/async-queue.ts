import { ConduitError } from './errors.js'

/** An iterator was asked for twice from a stream that can be read only once. */
export class AlreadyIteratedError extends ConduitError {
  readonly code = 'ALREADY_ITERATED'

  constructor(what: string) {
    super(`${what} can be iterated only once`)
  }
}

/** Options of an {@link AsyncQueue}. */
export interface AsyncQueueOptions<T> {
  /** What the values come from, for error messages. */
  readonly name: string
  /**
   * Combines a new value with the last waiting one, or returns `undefined` when they must stay apart.
   * Asked only while at least `mergeAbove` values wait.
   */
  readonly merge?: (last: T, next: T) => T | undefined
  /** @default 256 */
  readonly mergeAbove?: number
  /** Called once when the reader stops before the end, by `break`, `return` or a throw in its loop. */
  readonly onAbandon?: () => void
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

const DONE: IteratorResult<never, undefined> = { value: undefined, done: true }
const INITIAL_CAPACITY = 16

/**
 * Values pushed by one side and read by the other through `for await`, in order: first the values that
 * wait, then the error if the queue failed, then the end. One reader only.
 *
 * The iterator is written by hand over a ring buffer: an async generator halves the rate.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #options: AsyncQueueOptions<T>
  #ring: (T | undefined)[] = new Array(INITIAL_CAPACITY)
  #head = 0
  #size = 0
  #waiters: Waiter<T>[] = []
  #ended: { readonly error?: unknown } | undefined
  #isIterated = false
  #isAbandoned = false

  constructor(options: AsyncQueueOptions<T>) {
    this.#options = options
  }

  /** How many values wait to be read. */
  get size(): number {
    return this.#size
  }

  /** Adds a value. Ignored after the end, and once the reader has left. */
  push(value: T): void {
    if (this.#ended || this.#isAbandoned) return
    const waiter = this.#waiters.length > 0 ? this.#waiters.shift() : undefined
    if (waiter) {
      waiter.resolve({ value, done: false })
      return
    }
    const { merge, mergeAbove = 256 } = this.#options
    if (merge && this.#size >= mergeAbove) {
      const lastAt = (this.#head + this.#size - 1) & (this.#ring.length - 1)
      const merged = merge(this.#ring[lastAt] as T, value)
      if (merged !== undefined) {
        this.#ring[lastAt] = merged
        return
      }
    }
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = value
    this.#size += 1
  }

  /** Ends the stream after what waits. Idempotent. */
  end(): void {
    this.#finish({})
  }

  /** Ends the stream with an error, which the reader meets after what waits. */
  fail(error: unknown): void {
    this.#finish({ error })
  }

  /** Drops what waits and everything to come, for a stream that nobody will read: readers meet its end. */
  discard(): void {
    this.#isAbandoned = true
    this.#clear()
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE)
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    if (this.#isIterated) throw new AlreadyIteratedError(this.#options.name)
    this.#isIterated = true
    return {
      next: () => this.#next(),
      return: async () => {
        this.#abandon()
        return DONE
      },
    }
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#size > 0) {
      const value = this.#ring[this.#head] as T
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) & (this.#ring.length - 1)
      this.#size -= 1
      return Promise.resolve({ value, done: false })
    }
    if (this.#isAbandoned) return Promise.resolve(DONE)
    if (this.#ended) {
      const ended = this.#ended
      // An error is met once; whoever asks again is at the end.
      this.#ended = {}
      return 'error' in ended ? Promise.reject(ended.error) : Promise.resolve(DONE)
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
    })
  }

  #finish(ended: { readonly error?: unknown }): void {
    if (this.#ended) return
    const waiters = this.#waiters
    this.#waiters = []
    this.#ended = waiters.length > 0 ? {} : ended
    const [first, ...others] = waiters
    if (first && 'error' in ended) first.reject(ended.error)
    else first?.resolve(DONE)
    for (const waiter of others) waiter.resolve(DONE)
  }

  #abandon(): void {
    if (this.#isAbandoned) return
    const wasRunning = !this.#ended
    this.discard()
    if (wasRunning) this.#options.onAbandon?.()
  }

  #clear(): void {
    this.#ring = new Array(INITIAL_CAPACITY)
    this.#head = 0
    this.#size = 0
  }

  #grow(): void {
    // The capacity stays a power of two, so that a mask replaces the modulo.
    const ring: (T | undefined)[] = new Array(this.#ring.length * 2)
    for (let i = 0; i < this.#size; i += 1) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]
    this.#ring = ring
    this.#head = 0
  }
}

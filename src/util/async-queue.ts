import { Backlog } from './backlog.js'
import { ConduitError } from './errors.js'
import type { EventStream } from './event-stream.js'
import { inMicrotask } from './microtask.js'
import type { QueueLimit } from './queue-limit.js'

export type { QueueLimit } from './queue-limit.js'

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
  /** @default none: whatever nobody reads is kept */
  readonly limit?: QueueLimit<T>
  /** Called once when the reader stops before the end, by `break`, `return` or a throw in its loop. */
  readonly onAbandon?: () => void
}

/** A read that waits: for a value, or for a batch of them. */
interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

const DONE: IteratorResult<never, undefined> = { value: undefined, done: true }
const DEFAULT_MERGE_ABOVE = 256

/**
 * Values pushed by one side and read by the other through `for await`, in order: first the values that
 * wait, then the error if the queue failed, then the end. One reader only, of values or of batches.
 *
 * The iterators are written by hand over a ring buffer: an async generator halves the rate.
 */
export class AsyncQueue<T> implements EventStream<T> {
  readonly #options: AsyncQueueOptions<T>
  readonly #backlog: Backlog<T>
  /** How many values must wait for a new one to be merged with the last of them. */
  readonly #mergeAbove: number
  /** Whether values are pushed for somebody: until the end, and until the reader leaves. */
  #isOpen = true
  /** Reads that wait: all of values, or all of batches. */
  #waiters: Waiter<T | readonly T[]>[] = []
  #isReadInBatches = false
  #isDeliveryDue = false
  #ended: { readonly error?: unknown } | undefined
  #isIterated = false
  #isAbandoned = false

  constructor(options: AsyncQueueOptions<T>) {
    this.#options = options
    this.#backlog = new Backlog(options.limit)
    this.#mergeAbove = options.mergeAbove ?? DEFAULT_MERGE_ABOVE
  }

  /** How many values wait to be read. */
  get size(): number {
    return this.#backlog.size
  }

  /** What the waiting values weigh, by the measure of the limit; 0 without one. */
  get weight(): number {
    return this.#backlog.weight
  }

  /** Adds a value. Ignored after the end, and once the reader has left. */
  push(value: T): void {
    if (!this.#isOpen) return
    if (this.#waiters.length > 0 && this.#isHandedOver(value)) return
    if (this.#backlog.size >= this.#mergeAbove && this.#isMerged(value)) return
    this.#backlog.add(value)
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
    this.#isOpen = false
    this.#backlog.clear()
    for (const { resolve } of this.#waiters.splice(0)) resolve(DONE)
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this.#read(() => this.#next())
  }

  batches(): AsyncIterable<readonly T[]> {
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = this.#read(() => this.#nextBatch())
        this.#isReadInBatches = true
        return iterator
      },
    }
  }

  #read<V>(next: () => Promise<IteratorResult<V, undefined>>): AsyncIterator<V, undefined> {
    if (this.#isIterated) throw new AlreadyIteratedError(this.#options.name)
    this.#isIterated = true
    return {
      next,
      return: async () => {
        this.#abandon()
        return DONE
      },
    }
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#backlog.size > 0) return Promise.resolve({ value: this.#backlog.take(), done: false })
    return this.#end() ?? (this.#wait() as Promise<IteratorResult<T, undefined>>)
  }

  #nextBatch(): Promise<IteratorResult<readonly T[], undefined>> {
    // What waits now is for the reads that waited before.
    if (!this.#isDeliveryDue) {
      if (this.#backlog.size > 0) return Promise.resolve({ value: this.#backlog.takeAll(), done: false })
      const end = this.#end()
      if (end) return end
    }
    return this.#wait() as Promise<IteratorResult<readonly T[], undefined>>
  }

  #wait(): Promise<IteratorResult<T | readonly T[], undefined>> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** What a read meets when nothing waits; `undefined` while there may be more. */
  #end(): Promise<IteratorResult<never, undefined>> | undefined {
    if (this.#isAbandoned) return Promise.resolve(DONE)
    const ended = this.#ended
    if (!ended) return undefined
    // An error is met once; whoever asks again is at the end.
    this.#ended = {}
    return 'error' in ended ? Promise.reject(ended.error) : Promise.resolve(DONE)
  }

  /** Puts a value into one with the newest, if they go together. */
  #isMerged(value: T): boolean {
    const merged = this.#options.merge?.(this.#backlog.last, value)
    if (merged === undefined) return false
    this.#backlog.replaceLast(merged)
    return true
  }

  /** Gives a value to the read that waits for it. A batch comes later: what is pushed at once stays together. */
  #isHandedOver(value: T): boolean {
    if (this.#isReadInBatches) {
      if (this.#isDeliveryDue) return false
      const { limit } = this.#options
      // Only a value that could not wait goes alone: dropped for its weight, it would miss a reader who waits for it.
      if (!limit || limit.weigh(value) <= limit.maxWeight) {
        this.#isDeliveryDue = true
        inMicrotask(() => this.#deliver())
        return false
      }
    }
    this.#waiters.shift()?.resolve({ value: this.#isReadInBatches ? [value] : value, done: false })
    return true
  }

  #deliver(): void {
    this.#isDeliveryDue = false
    // The reader may have left meanwhile.
    if (this.#backlog.size > 0) {
      this.#waiters.shift()?.resolve({ value: this.#backlog.takeAll(), done: false })
    }
    if (!this.#isOpen) this.#settleWaiters()
  }

  #finish(ended: { readonly error?: unknown }): void {
    if (this.#ended) return
    this.#ended = ended
    this.#isOpen = false
    if (!this.#isDeliveryDue) this.#settleWaiters()
  }

  /** Nothing will come any more for the reads that wait: the first meets the error, if there is one. */
  #settleWaiters(): void {
    const [first, ...others] = this.#waiters.splice(0)
    if (!first) return
    const ended = this.#ended
    this.#ended = {}
    if (ended && 'error' in ended) first.reject(ended.error)
    else first.resolve(DONE)
    for (const { resolve } of others) resolve(DONE)
  }

  #abandon(): void {
    if (this.#isAbandoned) return
    const wasRunning = !this.#ended
    this.discard()
    if (wasRunning) this.#options.onAbandon?.()
  }
}

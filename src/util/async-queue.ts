import { ConduitError } from './errors.js'

/** An iterator was asked for twice from a stream that can be read only once. */
export class AlreadyIteratedError extends ConduitError {
  readonly code = 'ALREADY_ITERATED'

  constructor(what: string) {
    super(`${what} can be iterated only once`)
  }
}

/** How much an {@link AsyncQueue} keeps for a reader that lags behind, and what it gives up then. */
export interface QueueLimit<T> {
  /**
   * Once what waits weighs more, the oldest values that may be dropped are, until half of this is left. A queue
   * that must keep more than half of this looks again when what it keeps has doubled.
   */
  readonly maxWeight: number
  /** What a value weighs while it waits, above 0. Asked when it begins to wait, and again when it was merged. */
  readonly weigh: (value: T) => number
  /** Whether a value may be dropped. Not asked about values that tell a state. */
  readonly isDroppable: (value: T) => boolean
  /**
   * Names the state that a value tells anew; `undefined` for values that tell none. A value that does may be
   * dropped when a later one of the same name waits, and only then. @default no value tells a state
   */
  readonly stateOf?: (value: T) => string | undefined
  /**
   * Makes the marker that stands where neighbouring values were dropped. Markers are not dropped, but become
   * one when they become neighbours; `merge` must leave them apart.
   *
   * @param skipped - how many values were pushed and dropped there; merged ones count each
   * @param first - the first of them, or an earlier marker that stood there
   */
  readonly lagged: (skipped: number, first: T) => T
  /** Told of each value that is dropped, merged ones as one. Must not throw. @default nobody is told */
  readonly onDrop?: (value: T) => void
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

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

const DONE: IteratorResult<never, undefined> = { value: undefined, done: true }
const INITIAL_CAPACITY = 16
const DEFAULT_MERGE_ABOVE = 256

/**
 * Values pushed by one side and read by the other through `for await`, in order: first the values that
 * wait, then the error if the queue failed, then the end. One reader only.
 *
 * The iterator is written by hand over a ring buffer: an async generator halves the rate.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #options: AsyncQueueOptions<T>
  readonly #backlog: Backlog<T>
  /** How many values must wait for a new one to be merged with the last of them. */
  readonly #mergeAbove: number
  #waiters: Waiter<T>[] = []
  #ended: { readonly error?: unknown } | undefined
  #isIterated = false
  #isAbandoned = false

  constructor(options: AsyncQueueOptions<T>) {
    this.#options = options
    this.#backlog = new Backlog(options.limit)
    this.#mergeAbove = options.merge ? (options.mergeAbove ?? DEFAULT_MERGE_ABOVE) : Number.POSITIVE_INFINITY
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
    if (this.#ended || this.#isAbandoned) return
    if (this.#waiters.length > 0) {
      this.#waiters.shift()?.resolve({ value, done: false })
      return
    }
    if (this.#backlog.size >= this.#mergeAbove) {
      const merged = this.#options.merge?.(this.#backlog.last, value)
      if (merged !== undefined) {
        this.#backlog.replaceLast(merged)
        return
      }
    }
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
    this.#backlog.clear()
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
    if (this.#backlog.size > 0) return Promise.resolve({ value: this.#backlog.take(), done: false })
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
}

/** A value that is kept, or the marker of some that were not. */
interface Kept<T> {
  readonly value: T
  readonly weight: number
  count: number
}

/** What waits: a ring that grows, and drops the oldest of what may be dropped when it weighs too much. */
class Backlog<T> {
  readonly #limit: QueueLimit<T> | undefined
  #values: (T | undefined)[] = new Array(INITIAL_CAPACITY)
  /** What the value of each slot weighs. Like the counts, kept only when there is a limit. */
  #weights: number[]
  /** How many values that of each slot stands for: merged ones, or, below 0, dropped ones. */
  #counts: number[]
  #head = 0
  #size = 0
  #weight = 0
  #dropAbove: number

  constructor(limit: QueueLimit<T> | undefined) {
    this.#limit = limit
    this.#weights = limit ? new Array(INITIAL_CAPACITY) : []
    this.#counts = limit ? new Array(INITIAL_CAPACITY) : []
    this.#dropAbove = limit?.maxWeight ?? Number.POSITIVE_INFINITY
  }

  get size(): number {
    return this.#size
  }

  get weight(): number {
    return this.#weight
  }

  /** The newest value; there must be one. */
  get last(): T {
    return this.#values[this.#slot(this.#size - 1)] as T
  }

  add(value: T): void {
    if (this.#size === this.#values.length) this.#grow()
    const at = this.#slot(this.#size)
    this.#values[at] = value
    this.#size += 1
    if (this.#limit) this.#record(this.#limit, at, this.#limit.weigh(value), 1)
  }

  /** Puts a value that was merged with the newest into its place. */
  replaceLast(merged: T): void {
    const at = this.#slot(this.#size - 1)
    this.#values[at] = merged
    if (!this.#limit) return
    this.#weight -= this.#weights[at] as number
    this.#record(this.#limit, at, this.#limit.weigh(merged), (this.#counts[at] as number) + 1)
  }

  /** Removes the oldest value; there must be one. */
  take(): T {
    const at = this.#head
    const value = this.#values[at] as T
    this.#values[at] = undefined
    this.#head = this.#slot(1)
    this.#size -= 1
    if (this.#limit) {
      this.#weight -= this.#weights[at] as number
      if (this.#size === 0) this.#dropAbove = this.#limit.maxWeight
    }
    return value
  }

  clear(): void {
    this.#values = new Array(INITIAL_CAPACITY)
    this.#weights = []
    this.#counts = []
    this.#head = 0
    this.#size = 0
    this.#weight = 0
  }

  #slot(index: number): number {
    // The capacity stays a power of two, so that a mask replaces the modulo.
    return (this.#head + index) & (this.#values.length - 1)
  }

  #grow(): void {
    this.#values = this.#unrolled(this.#values)
    if (this.#limit) {
      this.#weights = this.#unrolled(this.#weights)
      this.#counts = this.#unrolled(this.#counts)
    }
    this.#head = 0
  }

  /** A ring of twice the capacity that begins with the oldest. */
  #unrolled<V>(ring: readonly V[]): V[] {
    const unrolled: V[] = new Array(ring.length * 2)
    const mask = ring.length - 1
    for (let i = 0; i < ring.length; i += 1) unrolled[i] = ring[(this.#head + i) & mask] as V
    return unrolled
  }

  #record(limit: QueueLimit<T>, at: number, weight: number, count: number): void {
    this.#weights[at] = weight
    this.#counts[at] = count
    this.#weight += weight
    if (this.#weight > this.#dropAbove) this.#dropOldest(limit)
  }

  #dropOldest(limit: QueueLimit<T>): void {
    const enough = limit.maxWeight / 2
    const mayDrop = this.#dropRule(limit)
    const kept: Kept<T>[] = []
    let seen = 0
    for (; seen < this.#size; seen += 1) {
      const at = this.#slot(seen)
      const value = this.#values[at] as T
      const weight = this.#weights[at] as number
      const count = this.#counts[at] as number
      const isMarker = count < 0
      // A marker right behind what was dropped belongs to it.
      if (!isMarker && this.#weight <= enough) break
      if (!isMarker && !mayDrop(value, seen)) {
        kept.push({ value, weight, count })
        continue
      }
      this.#weight -= weight
      if (!isMarker) limit.onDrop?.(value)
      const before = kept.at(-1)
      if (before && before.count < 0) before.count -= Math.abs(count)
      else kept.push({ value, weight: 0, count: -Math.abs(count) })
    }
    this.#replaceOldest(limit, seen, kept)
    // Doubling keeps the cost of looking constant for each value that is added.
    this.#dropAbove = Math.max(limit.maxWeight, this.#weight * 2)
  }

  /** Puts the values that were kept into the place of the `seen` oldest. */
  #replaceOldest(limit: QueueLimit<T>, seen: number, kept: readonly Kept<T>[]): void {
    const dropped = seen - kept.length
    for (let i = 0; i < dropped; i += 1) this.#values[this.#slot(i)] = undefined
    this.#head = this.#slot(dropped)
    this.#size -= dropped
    for (const [i, { value, weight, count }] of kept.entries()) {
      const at = this.#slot(i)
      this.#values[at] = count < 0 ? limit.lagged(-count, value) : value
      this.#weights[at] = weight
      this.#counts[at] = count
    }
  }

  /** Tells whether the value at an index, counted from the oldest, may be dropped now. */
  #dropRule({ isDroppable, stateOf }: QueueLimit<T>): (value: T, index: number) => boolean {
    if (!stateOf) return isDroppable
    const latest = new Map<string, number>()
    for (let i = 0; i < this.#size; i += 1) {
      const state = stateOf(this.#values[this.#slot(i)] as T)
      if (state !== undefined) latest.set(state, i)
    }
    return (value, index) => {
      const state = stateOf(value)
      return state === undefined ? isDroppable(value) : latest.get(state) !== index
    }
  }
}

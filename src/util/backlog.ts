import type { QueueLimit } from './queue-limit.js'

const INITIAL_CAPACITY = 16
/** A larger ring is let go once it is empty, so that one long backlog does not hold its memory for ever. */
const MAX_IDLE_CAPACITY = 4_096

/** A value that is kept, or the marker of some that were not. */
interface Kept<T> {
  readonly value: T
  readonly weight: number
  count: number
}

/** What waits in a queue: a ring that grows, and drops the oldest of what may be dropped when it weighs too much. */
export class Backlog<T> {
  readonly #limit: QueueLimit<T> | undefined
  #values: (T | undefined)[] = new Array(INITIAL_CAPACITY)
  /** What the value of each slot weighs; empty without a limit. */
  #weights: Float64Array
  /**
   * How many values that of each slot stands for: merged ones, or, below 0, dropped ones. `undefined` while each
   * stands for itself.
   */
  #counts: Float64Array | undefined
  #head = 0
  #size = 0
  #weight = 0
  #dropAbove: number

  constructor(limit: QueueLimit<T> | undefined) {
    this.#limit = limit
    this.#weights = new Float64Array(limit ? INITIAL_CAPACITY : 0)
    this.#dropAbove = limit?.maxWeight ?? 0
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
    this.#record(this.#limit, at, this.#limit.weigh(merged), this.#countAt(at) + 1)
  }

  /** Removes the oldest value; there must be one. */
  take(): T {
    const at = this.#head
    const value = this.#values[at] as T
    this.#values[at] = undefined
    this.#head = this.#slot(1)
    this.#size -= 1
    if (this.#limit) this.#weight -= this.#weights[at] as number
    if (this.#size === 0) this.#emptied()
    return value
  }

  /** Removes all values, the oldest first. */
  takeAll(): T[] {
    const end = this.#head + this.#size
    // What does not fit before the end of the ring goes on at its beginning.
    const wrapped = Math.max(0, end - this.#values.length)
    const older = this.#values.slice(this.#head, end)
    const taken = wrapped === 0 ? older : older.concat(this.#values.slice(0, wrapped))
    this.#values.fill(undefined, this.#head, end).fill(undefined, 0, wrapped)
    this.#size = 0
    this.#emptied()
    return taken as T[]
  }

  /** Drops everything. */
  clear(): void {
    this.#size = 0
    this.#shrink()
    this.#emptied()
  }

  #slot(index: number): number {
    // The capacity stays a power of two, so that a mask replaces the modulo.
    return (this.#head + index) & (this.#values.length - 1)
  }

  #grow(): void {
    const { length } = this.#values
    const values: (T | undefined)[] = new Array(length * 2)
    for (let i = 0; i < length; i += 1) values[i] = this.#values[this.#slot(i)]
    this.#values = values
    if (this.#limit) {
      this.#weights = unrolled(this.#weights, this.#head)
      this.#counts &&= unrolled(this.#counts, this.#head)
    }
    this.#head = 0
  }

  /** Nothing waits any more: begins again at the start of the ring. */
  #emptied(): void {
    this.#head = 0
    this.#weight = 0
    if (this.#limit) this.#dropAbove = this.#limit.maxWeight
    if (this.#values.length > MAX_IDLE_CAPACITY) this.#shrink()
  }

  #shrink(): void {
    this.#values = new Array(INITIAL_CAPACITY)
    this.#counts = undefined
    if (this.#limit) this.#weights = new Float64Array(INITIAL_CAPACITY)
  }

  #countAt(at: number): number {
    return this.#counts?.[at] ?? 1
  }

  #setCount(at: number, count: number): void {
    if (!this.#counts) {
      if (count === 1) return
      this.#counts = new Float64Array(this.#values.length).fill(1)
    }
    this.#counts[at] = count
  }

  #record(limit: QueueLimit<T>, at: number, weight: number, count: number): void {
    this.#weights[at] = weight
    this.#setCount(at, count)
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
      const count = this.#countAt(at)
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
      this.#setCount(at, count)
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

/** A ring of twice the capacity that begins with the oldest. */
function unrolled(ring: Float64Array, head: number): Float64Array {
  const grown = new Float64Array(ring.length * 2)
  grown.set(ring.subarray(head))
  grown.set(ring.subarray(0, head), ring.length - head)
  return grown
}

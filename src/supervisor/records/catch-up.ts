import { backoffDelay } from '../../util/backoff.js'
import { InvalidInputError } from '../../util/errors.js'
import type { SupervisorKinds } from './kinds.js'

/** Time until what the store has refused is written again, the first time: 250 ms. It doubles each time. */
export const MIN_CATCH_UP_DELAY_MS = 250

/** Longest time between two attempts: 30,000 ms. */
export const MAX_CATCH_UP_DELAY_MS = 30_000

/** Which record. */
export interface RecordKey {
  readonly kind: keyof SupervisorKinds
  readonly key: string
}

/** What a {@link CatchUp} needs of its owner. */
export interface CatchUpOptions {
  /** Writes the newest state of some records. Rejects when it cannot. */
  readonly write: (keys: readonly RecordKey[]) => Promise<void>
  /** All is in the store again. Must not throw. */
  readonly onDone: () => void
}

/** The records whose newest state the store has refused: written again, after growing waits, until it takes them. */
export class CatchUp {
  readonly #options: CatchUpOptions
  #behind = new Map<string, RecordKey>()
  /** How many are being written right now. */
  #underWay = 0
  #problem: unknown
  #attempts = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false
  /** The attempt that is under way, or the latest. */
  #writing: Promise<void> | undefined

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** How many records are not in the store as they are. */
  get size(): number {
    return this.#behind.size + this.#underWay
  }

  /** Why the store took them not; `undefined` when nothing is missing. */
  get problem(): unknown {
    return this.size === 0 ? undefined : this.#problem
  }

  /** Notes that the store has refused records. What it can never take is not tried again. */
  add(keys: readonly RecordKey[], problem: unknown): void {
    if (problem instanceof InvalidInputError) return
    this.#problem = problem
    for (const { kind, key } of keys) this.#behind.set(JSON.stringify([kind, key]), { kind, key })
    this.#arm()
  }

  /** Tries a last time, and no more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    // What that one does not get written is tried once more.
    await this.#writing
    if (this.#behind.size > 0) await this.#write()
  }

  #arm(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#underWay > 0 || this.#behind.size === 0) return
    this.#attempts += 1
    const limits = { minDelayMs: MIN_CATCH_UP_DELAY_MS, maxDelayMs: MAX_CATCH_UP_DELAY_MS }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#writing = this.#write()
      },
      backoffDelay(this.#attempts, limits, Math.random()),
    )
    // A disk that stays full is no reason for the program to stay.
    this.#timer.unref()
  }

  async #write(): Promise<void> {
    const keys = [...this.#behind.values()]
    this.#behind = new Map()
    this.#underWay += keys.length
    const refusals = await this.#refusals(keys)
    this.#underWay -= keys.length
    for (const refusal of refusals) this.add(refusal.keys, refusal.problem)
    // Others may have been refused meanwhile.
    this.#arm()
    if (this.size > 0) return
    this.#attempts = 0
    this.#options.onDone()
  }

  /** Writes records, and resolves with what the store refuses. One that it can never take keeps out no other. */
  async #refusals(keys: readonly RecordKey[]): Promise<readonly Refusal[]> {
    try {
      await this.#options.write(keys)
      return []
    } catch (problem) {
      if (keys.length === 1 || !(problem instanceof InvalidInputError)) return [{ keys, problem }]
      return (await Promise.all(keys.map((key) => this.#refusals([key])))).flat()
    }
  }
}

/** Records that the store has refused, and why. */
interface Refusal {
  readonly keys: readonly RecordKey[]
  readonly problem: unknown
}

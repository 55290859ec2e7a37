import type { GrowthSpec } from './growth.js'
import type { Target } from './targets.js'

/** A value that is handed to a contestant's process. */
export type Params = Readonly<Record<string, string | number | boolean>>

/** One way to do the work of a benchmark: an adapter file, run in a process of its own. */
export interface Contestant {
  readonly name: string
  /** Path of the adapter under `bench/contestants/`, without its ending. */
  readonly adapter: string
  /** Which part of the count it handles, so that a slow one does not hold up the run. @default 1 */
  readonly share?: number
  /** In how many rounds it takes part at most, for one that takes long whatever its share. @default all */
  readonly rounds?: number
  /** Given to the adapter besides those of the benchmark. */
  readonly params?: Params
}

/** What is to be shown of each contestant. */
export type Measure =
  /** Units a second, and their ratio to the first contestant's. */
  | 'rate'
  /** Nanoseconds a unit, and their ratio to the first contestant's; sizes of one contestant mostly. */
  | 'cost'
  /** Milliseconds of one run and resident memory, both beyond those of the first contestant. */
  | 'extra'
  /** Resident memory in MB at each tenth of the run. */
  | 'memory'

/** A benchmark: the same work done in several ways, the first of them the limit. */
export interface Benchmark {
  readonly name: string
  /** What is done, in one line. */
  readonly title: string
  readonly measure: Measure
  /** What one run handles. */
  readonly count: number
  readonly unit: string
  readonly params?: Params
  /** The checksum of a run over so many units; each contestant must return it. */
  readonly checksum: (count: number) => number
  readonly contestants: readonly [limit: Contestant, ...others: Contestant[]]
  /** Whether it is of the short set, which runs when no name is given. */
  readonly isShort: boolean
  /** How many rounds it takes at most, for one whose runs are long and steady. @default all */
  readonly rounds?: number
  /** How many units the run before the measured one handles, to warm the process up. @default a fifth */
  readonly warmUp?: number
  /** What the library is to reach, by the name of the contestant. */
  readonly targets?: Readonly<Record<string, readonly Target[]>>
  /** What there is more and more of, for the table of growth. */
  readonly growth?: GrowthSpec
}

/** Sum of `value(i)` for all i below `count`. */
export function sumOf(count: number, value: (index: number) => number): number {
  let sum = 0
  for (let i = 0; i < count; i += 1) sum += value(i)
  return sum
}

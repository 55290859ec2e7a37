import { cpuOf, figures } from './figures.js'
import type { ContestantSamples } from './run.js'
import { type Spread, spreadOfPairs } from './statistics.js'
import type { JudgedTarget } from './targets.js'

/** The cost of a unit is flat when the most of them cost at most so much more than the fewest. */
export const FLAT = 1.25

/** What there is more and more of, and what is to come of its cost. */
export interface GrowthSpec {
  /** What there is more of, as `events in a turn`. */
  readonly of: string
  /** The processor time a unit of sizes that are contestants each, or the memory within one contestant's run. */
  readonly figure: 'cpu' | 'memoryGrowth'
  /** The fewest and the most, as they are shown. */
  readonly sizes: readonly [least: string, most: string]
  /** The contestants that are the library with the fewest and with the most; the same one for memory. */
  readonly ours: readonly [least: string, most: string]
  /** Those that do the least for it. */
  readonly bare?: readonly [least: string, most: string]
  /** `as the bare loop`: what that grows by is allowed besides, since the machine or the engine is its cause. */
  readonly expected: 'flat' | 'as the bare loop'
}

/** What a cost or a memory grew by. */
export interface Growth {
  readonly of: string
  readonly figure: GrowthSpec['figure']
  readonly sizes: readonly [least: string, most: string]
  readonly expected: GrowthSpec['expected']
  /** Nanoseconds of processor time a unit, or MB. */
  readonly values: readonly [least: number, most: number]
  /** The second by the first. */
  readonly ours: Spread
  readonly bare: Spread | undefined
  readonly isFlat: boolean
}

/** What the cost of a unit grew by between the fewest and the most. */
export function measureGrowth(spec: GrowthSpec, measured: readonly ContestantSamples[]): Growth {
  const { of, figure, sizes, expected } = spec
  const samplesOf = (name: string) =>
    measured.find(({ contestant }) => contestant.name === name)?.samples ?? []
  const factor = ([least, most]: readonly [string, string]) =>
    spreadOfPairs(samplesOf(most), samplesOf(least), figures[figure])
  const ours = factor(spec.ours)
  const bare = spec.bare && factor(spec.bare)
  const allowed = expected === 'flat' ? FLAT : FLAT * Math.max(1, bare?.median ?? 1)
  return { of, figure, sizes, expected, values: valuesOf(), ours, bare, isFlat: ours.median <= allowed }

  function valuesOf(): [number, number] {
    const [least, most] = spec.ours
    if (figure === 'cpu') return [cost(least), cost(most)]
    const memory = samplesOf(most).at(-1)?.samples ?? []
    return [memory[1] ?? Number.NaN, memory.at(-1) ?? Number.NaN]
  }

  function cost(name: string): number {
    return spreadOfPairs(samplesOf(name), samplesOf(name), cpuOf).median
  }
}

/** The growth as a target that is met when it is flat. */
export function growthTarget({ expected, ours, isFlat }: Growth): JudgedTarget {
  return { text: `growth ${expected}`, actual: `${ours.median.toFixed(2)} ×`, isMet: isFlat }
}

import type { Benchmark, Measure } from './benchmark.js'
import { cpuOf, type Figure, figures, rateOf } from './figures.js'
import { type Growth, growthTarget, measureGrowth } from './growth.js'
import type { ContestantSamples, Sample } from './run.js'
import { type Spread, spread, spreadOfPairs } from './statistics.js'
import { type JudgedTarget, judge } from './targets.js'

/** The row of one contestant. */
export interface Row {
  readonly contestant: string
  readonly targets: readonly JudgedTarget[]
  /** Units a second. */
  readonly rate: Spread
  /** Rate by that of the first contestant in the same round; above 1 is faster. */
  readonly rateRatio: Spread
  /** Processor time a unit by that of the first contestant in the same round; below 1 is cheaper. */
  readonly cpuRatio: Spread
  readonly nanosecondsPerUnit: Spread
  readonly cpuNanosecondsPerUnit: Spread
  readonly milliseconds: Spread
  /** Beyond the first contestant in the same round. */
  readonly extraMilliseconds: Spread
  readonly extraRssMb: Spread
  readonly peakRssMb: Spread
  /** What the contestant measured itself, from its last round. */
  readonly samples?: readonly number[]
  /** The last of those by the second, where they are memory. */
  readonly memoryGrowth?: Spread
}

/** What a benchmark came to. */
export interface Report {
  readonly name: string
  readonly title: string
  readonly measure: Measure
  readonly unit: string
  readonly count: number
  readonly rounds: number
  readonly rows: readonly Row[]
  readonly growth?: Growth
}

/** Makes medians and quartiles of the samples; ratios are taken round by round. */
export function makeReport(benchmark: Benchmark, measured: readonly ContestantSamples[]): Report {
  const samplesOf = (name: string) =>
    measured.find(({ contestant }) => contestant.name === name)?.samples ?? []
  const limit = measured[0]?.samples ?? []
  const rows = measured.map(({ contestant, samples }): Row => {
    const paired = (figure: Figure) => spreadOfPairs(samples, limit, figures[figure])
    const targets = (benchmark.targets?.[contestant.name] ?? []).map((target) => {
      const other = target.versus === undefined ? limit : samplesOf(target.versus)
      return judge(target, spreadOfPairs(samples, other, figures[target.figure]).median)
    })
    const last: Sample | undefined = samples.at(-1)
    return {
      contestant: contestant.name,
      targets,
      rate: spread(samples.map(rateOf)),
      rateRatio: paired('speed'),
      cpuRatio: paired('cpu'),
      nanosecondsPerUnit: spread(samples.map((sample) => 1e9 / rateOf(sample))),
      cpuNanosecondsPerUnit: spread(samples.map(cpuOf)),
      milliseconds: spread(samples.map(({ milliseconds }) => milliseconds)),
      extraMilliseconds: paired('extraMilliseconds'),
      extraRssMb: paired('extraRss'),
      peakRssMb: paired('peakRss'),
      ...(last?.samples && { samples: last.samples, memoryGrowth: paired('memoryGrowth') }),
    }
  })
  const { name, title, measure, unit, count } = benchmark
  const growth = benchmark.growth && measureGrowth(benchmark.growth, measured)
  return { name, title, measure, unit, count, rounds: limit.length, rows, ...(growth && { growth }) }
}

/** A target of a benchmark, and whose it is. */
export interface TargetOfContestant {
  readonly benchmark: string
  readonly contestant: string
  readonly target: JudgedTarget
}

/** All targets of these reports, growth included. */
export function targetsOf(reports: readonly Report[]): TargetOfContestant[] {
  return reports.flatMap(({ name, rows, growth }) => [
    ...rows.flatMap(({ contestant, targets }) =>
      targets.map((target) => ({ benchmark: name, contestant, target })),
    ),
    ...(growth ? [{ benchmark: name, contestant: 'codex-conduit', target: growthTarget(growth) }] : []),
  ])
}

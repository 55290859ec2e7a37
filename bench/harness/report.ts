import type { Benchmark, Measure } from './benchmark.js'
import type { ContestantSamples, Sample } from './run.js'
import { type Spread, spread } from './statistics.js'

/** The row of one contestant; what a measure does not show is absent. */
export interface Row {
  readonly contestant: string
  readonly target: string | undefined
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
  readonly samples: readonly number[] | undefined
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
}

/** Makes medians and quartiles of the samples; ratios are taken round by round. */
export function makeReport(benchmark: Benchmark, measured: readonly ContestantSamples[]): Report {
  const limit = measured[0]?.samples ?? []
  const rows = measured.map(({ contestant, samples }): Row => {
    const paired = (value: (own: Sample, first: Sample) => number) =>
      spread(samples.map((own, round) => value(own, limit[round] ?? own)))
    return {
      contestant: contestant.name,
      target: benchmark.targets?.[contestant.name],
      rate: spread(samples.map(rateOf)),
      rateRatio: paired((own, first) => rateOf(own) / rateOf(first)),
      cpuRatio: paired((own, first) => cpuOf(own) / cpuOf(first)),
      nanosecondsPerUnit: spread(samples.map((sample) => 1e9 / rateOf(sample))),
      cpuNanosecondsPerUnit: spread(samples.map(cpuOf)),
      milliseconds: spread(samples.map(({ milliseconds }) => milliseconds)),
      extraMilliseconds: paired((own, first) => own.milliseconds - first.milliseconds),
      extraRssMb: paired((own, first) => own.addedRssMb - first.addedRssMb),
      peakRssMb: spread(samples.map(({ peakRssMb }) => peakRssMb)),
      samples: samples.at(-1)?.samples,
    }
  })
  const { name, title, measure, unit, count } = benchmark
  return { name, title, measure, unit, count, rounds: limit.length, rows }
}

function rateOf({ count, milliseconds }: Sample): number {
  return (count * 1000) / milliseconds
}

/** Processor time in nanoseconds a unit. */
function cpuOf({ count, cpuMilliseconds }: Sample): number {
  return (cpuMilliseconds * 1e6) / count
}

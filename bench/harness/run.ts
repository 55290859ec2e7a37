import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Benchmark, Contestant } from './benchmark.js'

/** What a process of {@link runContestant} measured. */
export interface Sample {
  readonly milliseconds: number
  readonly cpuMilliseconds: number
  /** Most resident memory that the process had. */
  readonly peakRssMb: number
  /** Resident memory after the run less that before it. */
  readonly addedRssMb: number
  readonly checksum: number
  /** What the contestant measured itself, such as memory over time. */
  readonly samples?: readonly number[]
  /** What the run handled. */
  readonly count: number
}

/** The samples of one contestant, one a round. */
export interface ContestantSamples {
  readonly contestant: Contestant
  readonly samples: readonly Sample[]
}

const MEASURE = fileURLToPath(new URL('measure.mjs', import.meta.url))
const WARM_UP_PART = 0.2
const DEADLINE_MS = 300_000

/**
 * Runs the contestants of a benchmark in turn, each in a process of its own and the limit first in every round, so
 * that a machine that changes its speed changes it for all. Every other round goes the other way round.
 * Throws when a contestant did not do the work.
 */
export async function runBenchmark(benchmark: Benchmark, rounds: number): Promise<ContestantSamples[]> {
  const [limit, ...others] = benchmark.contestants
  const samples = new Map(benchmark.contestants.map((contestant) => [contestant, [] as Sample[]]))
  for (let round = 0; round < Math.min(rounds, benchmark.rounds ?? rounds); round += 1) {
    for (const contestant of [limit, ...(round % 2 === 0 ? others : others.toReversed())]) {
      if (round >= (contestant.rounds ?? rounds)) continue
      samples.get(contestant)?.push(await runContestant(benchmark, contestant))
    }
  }
  return benchmark.contestants.map((contestant) => ({
    contestant,
    samples: samples.get(contestant) ?? [],
  }))
}

async function runContestant(benchmark: Benchmark, contestant: Contestant): Promise<Sample> {
  const count = Math.max(1, Math.round(benchmark.count * (contestant.share ?? 1)))
  const order = {
    adapter: new URL(`../contestants/${contestant.adapter}.mjs`, import.meta.url).href,
    count,
    params: { ...benchmark.params, ...contestant.params },
    warmUp: benchmark.warmUp ?? Math.ceil(count * WARM_UP_PART),
    isMemoryMeasured: benchmark.measure === 'memory' || benchmark.measure === 'extra',
  }
  const args = ['--expose-gc', MEASURE, JSON.stringify(order)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: DEADLINE_MS })
  const sample = { ...(JSON.parse(stdout) as Omit<Sample, 'count'>), count }
  const expected = benchmark.checksum(count)
  if (sample.checksum !== expected) {
    throw new Error(
      `${benchmark.name}: ${contestant.name} returned ${sample.checksum} for ${count} ${benchmark.unit}, not ${expected}`,
    )
  }
  return sample
}

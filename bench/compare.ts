/** One way to do the work of a benchmark. */
export interface Contestant {
  readonly name: string
  /** Does the work once and returns a checksum, which must be the same for all contestants. */
  readonly run: () => number | Promise<number>
}

/** A benchmark: the same work done in several ways, the first of them the limit. */
export interface Benchmark {
  readonly name: string
  /** What one run handles, for the rate. */
  readonly count: number
  readonly unit: string
  readonly contestants: readonly [limit: Contestant, ...others: Contestant[]]
  /** What the first contestant is to the others. @default 'the limit' */
  readonly reference?: string
  /** Called when all rounds are over. */
  readonly close?: () => Promise<void>
}

const ROUNDS = 7

/**
 * Runs the contestants in turn, so that a machine that changes its speed changes it for all, and prints the
 * median rate of each and its ratio to the first, round by round: the median, and the middle half of the rounds.
 */
export async function compare(benchmark: Benchmark): Promise<void> {
  try {
    await run(benchmark)
  } finally {
    await benchmark.close?.()
  }
}

async function run({ name, count, unit, contestants, reference = 'the limit' }: Benchmark): Promise<void> {
  const seconds = contestants.map(() => [] as number[])
  let checksum: number | undefined
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const start = performance.now()
      const sum = await contestant.run()
      const taken = (performance.now() - start) / 1000
      checksum ??= sum
      if (sum !== checksum) throw new Error(`${name}: ${contestant.name} did other work than the first`)
      // The first round only warms up.
      if (round >= 0) seconds[index]?.push(taken)
    }
  }
  console.log(`\n${name}`)
  for (const [index, contestant] of contestants.entries()) {
    const own = seconds[index] ?? []
    const ratios = own.map((taken, round) => (seconds[0]?.[round] ?? Number.NaN) / taken)
    const rate = count / median(own)
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2))
    console.log(
      `  ${contestant.name.padEnd(28)} ${format(rate).padStart(9)} ${unit}/s   ${middle} × ${reference} (${low} to ${high})`,
    )
  }
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
}

function format(rate: number): string {
  if (rate < 1e3) return rate.toFixed(1)
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(1)} k`
}

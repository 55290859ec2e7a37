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
  /** How often each is measured, besides once to warm up. @default 7 */
  readonly rounds?: number
  /** Releases what the contestants share between their runs. */
  readonly close?: () => Promise<void>
}

const ROUNDS = 7

/**
 * Runs the contestants in turn, so that a machine that changes its speed changes it for all, and prints the
 * median rate of each and the median of its ratio to the limit, round by round.
 */
export async function compare({ name, count, unit, contestants, rounds = ROUNDS }: Benchmark): Promise<void> {
  const seconds = contestants.map(() => [] as number[])
  let checksum: number | undefined
  for (let round = -1; round < rounds; round += 1) {
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
    console.log(
      `  ${contestant.name.padEnd(28)} ${format(rate).padStart(9)} ${unit}/s   ${median(ratios).toFixed(2)} × the limit`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function format(rate: number): string {
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(1)} k`
}

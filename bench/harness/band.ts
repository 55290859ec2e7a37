import type { Report } from './report.js'
import type { Spread } from './statistics.js'

/** Medians of one figure in two runs agree when neither is more than so many times the other. */
export const BAND = 1.15

/** A figure of a contestant in two runs. */
export interface Comparison {
  readonly benchmark: string
  readonly contestant: string
  /** What the figure is, as `CPU`. */
  readonly figure: string
  readonly earlier: Spread
  readonly later: Spread
  readonly isWithin: boolean
}

/**
 * Whether a figure of two runs is the same but for the noise: their medians lie within the band, or the ranges of their
 * quartiles overlap. The second is for what is noisier than the band: two runs that measure the same overlap in 94 of
 * 100 cases with nine rounds, in 66 with three.
 */
export function agree(earlier: Spread, later: Spread): boolean {
  const factor = later.median / earlier.median
  if (factor >= 1 / BAND && factor <= BAND) return true
  return later.low <= earlier.high && earlier.low <= later.high
}

/** The ratios of all contestants but the first, of benchmarks that are in both runs. */
export function compareRuns(earlier: readonly Report[], later: readonly Report[]): Comparison[] {
  return later.flatMap((report) => {
    const before = earlier.find(({ name }) => name === report.name)
    return report.rows.slice(1).flatMap((row) => {
      const rowBefore = before?.rows.find(({ contestant }) => contestant === row.contestant)
      if (!rowBefore) return []
      const figuresBefore = figuresOf(report, rowBefore)
      return Object.entries(figuresOf(report, row)).flatMap(([figure, spread]) => {
        const spreadBefore = figuresBefore[figure]
        if (!spreadBefore) return []
        const isWithin = agree(spreadBefore, spread)
        const { contestant } = row
        return [
          { benchmark: report.name, contestant, figure, earlier: spreadBefore, later: spread, isWithin },
        ]
      })
    })
  })
}

/** What a second run is expected to find again: what stands in the table beside the first contestant. */
function figuresOf({ measure }: Report, row: Report['rows'][number]): Readonly<Record<string, Spread>> {
  if (measure === 'rate') return { speed: row.rateRatio, CPU: row.cpuRatio }
  if (measure === 'cost') return { CPU: row.cpuRatio }
  if (measure === 'extra') return { ms: row.extraMilliseconds }
  return row.memoryGrowth ? { growth: row.memoryGrowth } : {}
}

import { describe, expect, it } from 'vitest'
import { agree, compareRuns } from '../../bench/harness/band.js'
import type { Report, Row } from '../../bench/harness/report.js'
import type { Spread } from '../../bench/harness/statistics.js'
import { comparisonSummary } from '../../bench/harness/summary.js'
import { comparisonTable } from '../../bench/harness/table.js'

const at = (median: number, half = 0): Spread => ({ low: median - half, median, high: median + half })

function row(contestant: string, speed: Spread, cpu: Spread): Row {
  const rest = at(1)
  return {
    contestant,
    targets: [],
    rate: rest,
    rateRatio: speed,
    cpuRatio: cpu,
    nanosecondsPerUnit: rest,
    cpuNanosecondsPerUnit: rest,
    milliseconds: rest,
    extraMilliseconds: rest,
    extraRssMb: rest,
    peakRssMb: rest,
  }
}

const report = (name: string, ...rows: Row[]): Report => ({
  name,
  title: name,
  measure: 'rate',
  unit: 'things',
  count: 1,
  rounds: 9,
  rows: [row('limit', at(1), at(1)), ...rows],
})

describe('Two runs', () => {
  it('agree when their medians are at most 15 % apart, whichever is higher', () => {
    expect(agree(at(1), at(1.15))).toBe(true)
    expect(agree(at(1.15), at(1))).toBe(true)
    expect(agree(at(1), at(1.16))).toBe(false)
    expect(agree(at(1.16), at(1))).toBe(false)
  })

  it('agree when the ranges of their quartiles meet, however far their medians are apart', () => {
    expect(agree(at(1, 0.25), at(1.5, 0.25))).toBe(true)
    expect(agree(at(1.5, 0.25), at(1, 0.25))).toBe(true)
    expect(agree(at(1, 0.2), at(1.5, 0.2))).toBe(false)
  })

  it('do not agree about what is no number', () => {
    expect(agree(at(1), at(Number.NaN))).toBe(false)
  })

  it('are compared by the ratios of contestants that both have, but the first', () => {
    const earlier = [
      report('a', row('codex-conduit', at(0.5), at(2)), row('gone', at(1), at(1))),
      report('b'),
    ]
    const later = [report('a', row('codex-conduit', at(0.9), at(2.1)), row('new', at(1), at(1))), report('c')]
    const comparisons = compareRuns(earlier, later)
    expect(comparisons.map(({ figure, isWithin }) => [figure, isWithin])).toEqual([
      ['speed', false],
      ['CPU', true],
    ])
    expect(comparisonSummary(comparisons)).toContain(
      '1 of 2 figures of the library (speed 0 of 1, CPU 1 of 1), 1 of 2 of all',
    )
    expect(comparisonTable(comparisons).split('\n')).toHaveLength(3)
  })
})

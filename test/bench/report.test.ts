import { describe, expect, it } from 'vitest'
import type { Benchmark } from '../../bench/harness/benchmark.js'
import { renderPage } from '../../bench/harness/docs.js'
import { makeReport } from '../../bench/harness/report.js'
import type { Sample } from '../../bench/harness/run.js'
import { spread, spreadOfPairs } from '../../bench/harness/statistics.js'
import { markdownTable, textTable } from '../../bench/harness/table.js'

const LIMIT = { name: 'limit', adapter: 'limit' }
const OURS = { name: 'ours', adapter: 'ours', share: 0.5 }
const BENCHMARK: Benchmark = {
  name: 'made-up',
  title: 'Made up',
  measure: 'rate',
  count: 1_000,
  unit: 'things',
  checksum: (count) => count,
  contestants: [LIMIT, OURS],
  isShort: true,
  targets: {
    ours: [
      { figure: 'speed', atLeast: 0.5 },
      { figure: 'cpu', atMost: 1.5, versus: 'limit' },
    ],
  },
}

function sample(count: number, milliseconds: number): Sample {
  const cpuMilliseconds = milliseconds / 2
  return { count, milliseconds, cpuMilliseconds, peakRssMb: 50, addedRssMb: 1, checksum: count }
}

const REPORT = makeReport(BENCHMARK, [
  // The machine is ten times slower in the second round.
  { contestant: LIMIT, samples: [sample(1_000, 1), sample(1_000, 10), sample(1_000, 1)] },
  { contestant: OURS, samples: [sample(500, 1), sample(500, 10), sample(500, 2)] },
])

describe('A spread', () => {
  it('is the median and the quartiles around it, between values where they fall so', () => {
    expect(spread([4, 1, 3, 2, 5])).toEqual({ low: 2, median: 3, high: 4 })
    expect(spread([1, 2])).toEqual({ low: 1.25, median: 1.5, high: 1.75 })
  })

  it('of pairs leaves out the rounds in which only one took part', () => {
    expect(spreadOfPairs([4, 9], [2, 3, 1], (own, other) => own / other).median).toBe(2.5)
  })

  it('of nothing is no number', () => {
    expect(spread([]).median).toBeNaN()
  })
})

describe('A report', () => {
  it('compares rates within a round and by unit, so that neither the machine nor the share counts', () => {
    const [limit, ours] = REPORT.rows
    expect(limit?.rateRatio).toEqual({ low: 1, median: 1, high: 1 })
    expect(ours?.rateRatio).toEqual({ low: 0.375, median: 0.5, high: 0.5 })
    expect(ours?.cpuRatio.median).toBe(2)
    expect(ours?.rate.median).toBe(250_000)
    expect(ours?.targets).toEqual([
      { text: '≥ 0.50', actual: '0.50', isMet: true },
      { text: 'CPU ≤ 1.50 × limit', actual: '2.00', isMet: false },
    ])
  })

  it('is a table with a line for each contestant', () => {
    const lines = markdownTable(REPORT).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[3]).toBe(
      '| ours | 250.0 k | 0.50 (0.38–0.50) | 2000 ns | 2.00 (2.00–3.00) | 50 MB | ≥ 0.50 ✓, CPU ≤ 1.50 × limit ✗ |',
    )
    expect(textTable(REPORT).split('\n')).toHaveLength(3)
  })
})

describe('The page of documentation', () => {
  const results = {
    machine: { hardware: 'a machine', node: 'v20', versions: { peer: '1.0.0' } },
    date: '2026-01-02',
    command: 'npm run bench',
    reports: [REPORT],
  }

  it('gets the tables of what was measured between their marks, again and again', () => {
    const before = 'a\n<!-- bench:made-up -->\nold\n<!-- /bench -->\nb\n'
    const { page, missing } = renderPage(before, results)
    expect(page).toContain(
      `**Made up** (\`made-up\`; 1,000 things a run, 3 rounds)\n\n${markdownTable(REPORT)}`,
    )
    expect(page).not.toContain('old')
    expect(missing).toEqual([])
    expect(renderPage(page, results).page).toBe(page)
  })

  it('keeps the tables of what was not measured, and says which', () => {
    const before = '<!-- bench:other -->\nold\n<!-- /bench -->\n'
    expect(renderPage(before, results)).toEqual({ page: before, missing: ['other'] })
  })

  it('tells what all of it was made of, and which targets were missed', () => {
    const places = ['machine', 'targets', 'growth'].map((name) => `<!-- bench:${name} -->\n<!-- /bench -->\n`)
    const { page, missing } = renderPage(places.join(''), results)
    expect(page).toContain('a machine, Node v20; peer 1.0.0. `npm run bench` on 2026-01-02.')
    expect(page).toContain('1 of 2 targets are met. Missed:\n- made-up, ours: CPU ≤ 1.50 × limit, is 2.00\n')
    expect(missing).toEqual(['growth'])
  })
})

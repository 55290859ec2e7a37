import { describe, expect, it } from 'vitest'
import { makeReport } from '../../bench/harness/report.js'
import { type Results, resultsText, withEarlier } from '../../bench/harness/results.js'

const machine = { hardware: 'a machine', node: 'v20', versions: {} }
const results = (...names: string[]): Results => ({
  machine,
  date: '2026-01-02',
  command: 'npm run bench',
  reports: names.map((name) => {
    const contestants = [{ name: 'limit', adapter: 'limit' }] as const
    const checksum = (count: number) => count
    const benchmark = {
      name,
      title: name,
      measure: 'rate',
      count: 12_345_678,
      unit: 'things',
      checksum,
    } as const
    const sample = {
      count: 3,
      milliseconds: 7,
      cpuMilliseconds: 7,
      peakRssMb: 50,
      addedRssMb: 1,
      checksum: 3,
    }
    return makeReport({ ...benchmark, contestants, isShort: true }, [
      { contestant: contestants[0], samples: [sample] },
    ])
  }),
})
const namesOf = ({ reports }: Results) => reports.map(({ name }) => name)

describe('Results', () => {
  it('can be read again from their text, whole numbers exactly and fractions with four digits', () => {
    const read = JSON.parse(resultsText(results('a', 'b'))) as Results
    expect(namesOf(read)).toEqual(['a', 'b'])
    expect(read.machine).toEqual(machine)
    expect(read.reports[0]?.count).toBe(12_345_678)
    expect(read.reports[0]?.rows[0]?.rate.median).toBe(428.6)
  })

  it('take the place of those of the same benchmarks before, and keep the others', () => {
    const merged = withEarlier({ ...results('b', 'c'), date: '2026-01-03' }, results('a', 'b'))
    expect(namesOf(merged)).toEqual(['a', 'b', 'c'])
    expect(merged.date).toBe('2026-01-03')
  })

  it('keep nothing of another machine or another Node', () => {
    const other = { ...results('a'), machine: { ...machine, node: 'v22' } }
    expect(namesOf(withEarlier(results('b'), other))).toEqual(['b'])
  })
})

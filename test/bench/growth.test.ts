import { describe, expect, it } from 'vitest'
import { type GrowthSpec, measureGrowth } from '../../bench/harness/growth.js'
import type { Sample } from '../../bench/harness/run.js'
import { growthTable } from '../../bench/harness/table.js'

const SPEC: GrowthSpec = {
  of: 'things that wait',
  figure: 'cpu',
  sizes: ['1', '100'],
  ours: ['ours, 1', 'ours, 100'],
  bare: ['bare, 1', 'bare, 100'],
  expected: 'flat',
}

const sample = (cpuMilliseconds: number, samples?: number[]): Sample => ({
  count: 1_000,
  milliseconds: 1,
  cpuMilliseconds,
  peakRssMb: 50,
  addedRssMb: 1,
  checksum: 0,
  ...(samples && { samples }),
})
const measured = (costs: Readonly<Record<string, Sample>>) =>
  Object.entries(costs).map(([name, one]) => ({ contestant: { name, adapter: name }, samples: [one] }))

const GROWN = measured({
  'ours, 1': sample(1),
  'ours, 100': sample(2.4),
  'bare, 1': sample(1),
  'bare, 100': sample(2),
})

describe('Growth', () => {
  it('is the cost with the most of them by that with the fewest, and not flat beyond a quarter', () => {
    const growth = measureGrowth(SPEC, GROWN)
    expect(growth).toMatchObject({ values: [1_000, 2_400], isFlat: false })
    expect(growth.ours.median).toBeCloseTo(2.4)
    const flat = measured({ 'ours, 1': sample(1), 'ours, 100': sample(1.2) })
    expect(measureGrowth(SPEC, flat)).toMatchObject({ isFlat: true })
  })

  it('may be that of the bare loop where that is what is expected, and no more', () => {
    expect(measureGrowth({ ...SPEC, expected: 'as the bare loop' }, GROWN).isFlat).toBe(true)
    const steep = measured({
      'ours, 1': sample(1),
      'ours, 100': sample(3),
      'bare, 1': sample(1),
      'bare, 100': sample(2),
    })
    expect(measureGrowth({ ...SPEC, expected: 'as the bare loop' }, steep).isFlat).toBe(false)
  })

  it('of memory is that of one run, from its second tenth to its end', () => {
    const spec = { ...SPEC, figure: 'memoryGrowth', ours: ['ours', 'ours'], bare: ['bare', 'bare'] } as const
    const growth = measureGrowth(
      spec,
      measured({ ours: sample(1, [90, 100, 100, 110]), bare: sample(1, [90, 100, 200, 300]) }),
    )
    expect(growth).toMatchObject({ values: [100, 110], isFlat: true })
    expect(growth.bare?.median).toBe(3)
  })

  it('that was not measured is not called flat', () => {
    expect(measureGrowth(SPEC, []).isFlat).toBe(false)
  })

  it('is one line of the table', () => {
    const [, , line] = growthTable([measureGrowth(SPEC, GROWN)]).split('\n')
    expect(line).toBe(
      '| things that wait | 1 | 100 | 1000 ns → 2400 ns | 2.40 (2.40–2.40) | 2.00 (2.00–2.00) | flat | ✗ |',
    )
  })
})

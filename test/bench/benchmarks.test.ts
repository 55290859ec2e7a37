import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { benchmarks } from '../../bench/benchmarks/index.js'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/performance.md', root), 'utf8')

describe('The benchmarks', () => {
  it('have names of their own', () => {
    const names = benchmarks.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it('have a place each in the documentation', () => {
    const places = [...page.matchAll(/<!-- bench:([\w-]+) -->/g)].map(([, name]) => name)
    // Those that show what grows have one table together.
    const single = benchmarks.filter(({ growth }) => !growth).map(({ name }) => name)
    expect(places.toSorted()).toEqual(['machine', 'targets', 'growth', ...single].toSorted())
  })

  it('name contestants that exist, and targets of contestants that they have', () => {
    for (const { name, contestants, targets = {}, growth } of benchmarks) {
      for (const { adapter } of contestants) {
        expect(existsSync(new URL(`bench/contestants/${adapter}.mjs`, root)), `${name}: ${adapter}`).toBe(
          true,
        )
      }
      const names = contestants.map((contestant) => contestant.name)
      expect(names, name).toEqual([...new Set(names)])
      const versus = Object.values(targets).flatMap((some) => some.flatMap((target) => target.versus ?? []))
      const grown = growth ? [...growth.ours, ...(growth.bare ?? [])] : []
      expect(names, name).toEqual(expect.arrayContaining([...Object.keys(targets), ...versus, ...grown]))
    }
  })

  it('have targets with one bound each', () => {
    for (const { name, targets = {} } of benchmarks) {
      for (const { atLeast, atMost } of Object.values(targets).flat()) {
        expect([atLeast, atMost].filter(Number.isFinite), name).toHaveLength(1)
      }
    }
  })
})

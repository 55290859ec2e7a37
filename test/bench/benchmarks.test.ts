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
    expect(places.toSorted()).toEqual(['machine', ...benchmarks.map(({ name }) => name)].toSorted())
  })

  it('name contestants that exist, and targets of contestants that they have', () => {
    for (const { name, contestants, targets = {} } of benchmarks) {
      for (const { adapter } of contestants) {
        expect(existsSync(new URL(`bench/contestants/${adapter}.mjs`, root)), `${name}: ${adapter}`).toBe(
          true,
        )
      }
      const names = contestants.map((contestant) => contestant.name)
      expect(names, name).toEqual(expect.arrayContaining(Object.keys(targets)))
    }
  })
})

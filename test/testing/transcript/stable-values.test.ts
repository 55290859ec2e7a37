import { describe, expect, it } from 'vitest'
import { stableValues } from '../../../src/testing/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'

const A = '0192f0c1-aaaa-7bbb-8ccc-0123456789ab'
const B = '0192f0c1-aaaa-7bbb-8ccc-ba9876543210'
const numbered = (n: number) => `00000000-0000-7000-8000-00000000000${n}`

describe('stable values', () => {
  it('number UUIDs in the order they appear, wherever they stand', () => {
    const stable = stableValues()
    expect(stable({ id: A, path: `/x/${B}.json` })).toEqual({
      id: numbered(1),
      path: `/x/${numbered(2)}.json`,
    })
    expect(stable([B.toUpperCase(), { [A]: 1 }])).toEqual([numbered(2), { [numbered(1)]: 1 }])
  })

  it('replace texts, the longest first, as they are written', () => {
    const stable = stableValues({ texts: { '/home/me': '/home', '/home/me/work': '/$&', '.*': 'dots' } })
    expect(stable(['/home/me/work/a', '/home/me/b', 'x.*'])).toEqual(['/$&/a', '/home/b', 'xdots'])
  })

  it('make times constant and leave other numbers, and what is no number', () => {
    const stable = stableValues()
    expect(stable({ createdAt: 1234, durationMs: 0, startedAtMs: null, total: 7 })).toEqual({
      createdAt: 1,
      durationMs: 1,
      startedAtMs: null,
      total: 7,
    })
    expect(stableValues({ numbers: ['pid'] })({ pid: 99, createdAt: 5 })).toEqual({ pid: 1, createdAt: 5 })
  })

  it('do not change what they are given', () => {
    const value = { ids: [A] }
    stableValues()(value)
    expect(value).toEqual({ ids: [A] })
  })

  it('refuse wrong options', () => {
    expect(() => stableValues({ texts: { '': 'x' } })).toThrow(/`texts`/)
    expect(() => stableValues({ texts: { a: 1 as never } })).toThrow(/`texts\["a"\]`.*number/)
    expect(() => stableValues({ text: {} } as never)).toThrow(/`text`/)
    expect(() => stableValues({ numbers: 'pid' as never })).toThrow(InvalidInputError)
  })
})

import { describe, expect, it } from 'vitest'
import { weightOf } from '../../../src/exec-server/server/weight.js'

describe('the weight of a value', () => {
  it('is about what it takes in memory: texts by their length, keys too, and something for everything', () => {
    expect(weightOf('x'.repeat(1_000), Infinity)).toBe(1_016)
    expect(weightOf({ key: 'text' }, Infinity)).toBe(16 + 3 + 16 + 4)
    expect(weightOf([1, null, true, {}, []], Infinity)).toBe(6 * 16)
    expect(weightOf(undefined, Infinity)).toBe(16)
  })

  it('is not looked for further when it is over the limit', () => {
    expect(weightOf(new Array(10_000_000).fill(0), 1_000)).toBe(10_000_001 * 16)
    const many = Array.from({ length: 50 }, () => 'x'.repeat(100))
    expect(weightOf(many, 1_000)).toBeGreaterThan(1_000)
    expect(weightOf(many, 1_000)).toBeLessThan(2_000)
  })

  it('of what is nested as deep as can be is found', () => {
    const depth = 200_000
    expect(weightOf(JSON.parse('['.repeat(depth) + ']'.repeat(depth)), Infinity)).toBe(depth * 16)
  })
})

import { describe, expect, it } from 'vitest'
import { backoffDelay } from '../../src/util/backoff.js'

const limits = { minDelayMs: 100, maxDelayMs: 1_000 }

describe('backoffDelay', () => {
  it('doubles with each failure up to the longest wait', () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => backoffDelay(failures, limits, 0.5))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ])
  })

  it('spreads waits by a quarter each way, but never above the longest', () => {
    expect([0, 0.5, 1].map((random) => backoffDelay(2, limits, random))).toEqual([150, 200, 250])
    expect([0, 0.5, 1].map((random) => backoffDelay(9, limits, random))).toEqual([750, 1_000, 1_000])
  })

  it('takes a random number that is out of bounds for the nearest one', () => {
    expect([-1, 2].map((random) => backoffDelay(1, limits, random))).toEqual([75, 125])
  })
})

import { expect, it, vi } from 'vitest'
import { withRetry } from '../../src/failures/index.js'
import { failing, overloaded } from './retry-support.js'

const waits = vi.hoisted(() => [] as number[])
vi.mock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void waits.push(ms) }))

it('sets its own timer to no more than a timer can take', async () => {
  const days = 24 * 3600 * 1000
  const fn = failing(overloaded())
  const policy = {
    maxDelayMs: Number.POSITIVE_INFINITY,
    maxElapsedMs: Number.POSITIVE_INFINITY,
    context: { retryAfterMs: 30 * days },
  }
  expect(await withRetry(fn, policy)).toBe('attempt 2')
  expect(waits).toEqual([2 ** 31 - 1, 30 * days - (2 ** 31 - 1)])
})

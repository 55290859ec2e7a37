import { afterEach, expect, it, vi } from 'vitest'
import { withRetry } from '../../src/failures/index.js'
import { failing, overloaded } from './retry-support.js'

afterEach(() => {
  vi.useRealTimers()
})

it('sets its own timer to no more than a timer can take', async () => {
  vi.useFakeTimers()
  const spy = vi.spyOn(globalThis, 'setTimeout')
  const days = 24 * 3600 * 1000
  const fn = failing(overloaded())
  const policy = {
    maxDelayMs: Number.POSITIVE_INFINITY,
    maxElapsedMs: Number.POSITIVE_INFINITY,
    context: { retryAfterMs: 30 * days },
  }
  const result = withRetry(fn, policy)
  await vi.advanceTimersByTimeAsync(30 * days)
  expect(await result).toBe('attempt 2')
  expect(spy.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1, 30 * days - (2 ** 31 - 1)])
  spy.mockRestore()
})

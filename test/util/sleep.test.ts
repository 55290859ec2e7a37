import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sleep } from '../../src/util/sleep.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

it('resolves when the time has passed, and leaves no listener', async () => {
  const { signal } = new AbortController()
  const removed = vi.spyOn(signal, 'removeEventListener')
  const done = vi.fn()
  void sleep(1_000, signal).then(done)
  await vi.advanceTimersByTimeAsync(999)
  expect(done).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(done).toHaveBeenCalledOnce()
  expect(removed).toHaveBeenCalledOnce()
})

it('rejects with the reason of its signal, and leaves no timer', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const asleep = sleep(1_000, stop.signal)
  stop.abort(reason)
  await expect(asleep).rejects.toBe(reason)
  await expect(sleep(1_000, stop.signal)).rejects.toBe(reason)
  expect(vi.getTimerCount()).toBe(0)
})

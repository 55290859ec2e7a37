import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { wait } from '../../src/util/wait.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('wait resolves after its time and leaves no listener', async () => {
  const { signal } = new AbortController()
  let isOver = false
  const waiting = wait(1_000, signal).then(() => {
    isOver = true
  })
  await vi.advanceTimersByTimeAsync(999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await waiting
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

it('wait resolves when the signal aborts, before or meanwhile, and leaves no timer', async () => {
  const controller = new AbortController()
  const waiting = wait(1_000, controller.signal)
  controller.abort()
  await waiting
  await wait(1_000, controller.signal)
  expect(vi.getTimerCount()).toBe(0)
})

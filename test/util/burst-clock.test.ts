import { afterEach, expect, test, vi } from 'vitest'
import { BurstClock } from '../../src/util/burst-clock.js'

afterEach(() => vi.restoreAllMocks())

test('reads the clock once for all that happens at once, and anew behind a pause', async () => {
  let time = 0
  const read = vi.spyOn(performance, 'now').mockImplementation(() => ++time)
  const clock = new BurstClock()
  expect(Array.from({ length: 1_000 }, () => clock.now())).toEqual(Array.from({ length: 1_000 }, () => 1))
  expect(read).toHaveBeenCalledTimes(1)
  await Promise.resolve()
  expect([clock.now(), clock.now()]).toEqual([2, 2])
  await Promise.resolve()
  expect(clock.now()).toBe(3)
})

test('clocks know nothing of each other', () => {
  let time = 0
  vi.spyOn(performance, 'now').mockImplementation(() => ++time)
  expect([new BurstClock().now(), new BurstClock().now()]).toEqual([1, 2])
})

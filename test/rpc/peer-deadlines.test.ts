import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEFAULT_REQUEST_TIMEOUT_MS, RequestTimeoutError } from '../../src/rpc/index.js'
import { failOnUnhandled, manualPeer } from './helpers.js'

beforeEach(() => {
  failOnUnhandled()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Notes when each promise settles, on the clock of the fake timers. */
function settlements(promises: Record<string, Promise<unknown>>): Record<string, number> {
  const times: Record<string, number> = {}
  const start = performance.now()
  for (const [name, promise] of Object.entries(promises)) {
    const note = () => {
      times[name] = Math.round(performance.now() - start)
    }
    promise.then(note, note)
  }
  return times
}

test('a request without an answer rejects at its deadline', async () => {
  const { peer, transport, errors } = await manualPeer()
  const result = peer.request('slow/one', {}, { timeoutMs: 1_000 })
  const settled = settlements({ result })
  const rejection = result.catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(999)
  expect(settled).toEqual({})
  await vi.advanceTimersByTimeAsync(1)
  expect(settled).toEqual({ result: 1_000 })
  expect(await rejection).toBeInstanceOf(RequestTimeoutError)
  expect(await rejection).toMatchObject({ code: 'REQUEST_TIMEOUT', method: 'slow/one', timeoutMs: 1_000 })
  transport.deliver({ id: 1, result: 'late' })
  expect(errors).toHaveLength(1)
})

test('each request has its own deadline, whatever the order they were sent in', async () => {
  const { peer } = await manualPeer({ requestTimeoutMs: 500 })
  const settled = settlements({
    long: peer.request('m', {}, { timeoutMs: 3_000 }),
    standard: peer.request('m'),
    short: peer.request('m', {}, { timeoutMs: 20 }),
    longest: peer.request('m', {}, { timeoutMs: 3_001 }),
  })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(settled).toEqual({ short: 20, standard: 500, long: 3_000, longest: 3_001 })
  expect(vi.getTimerCount()).toBe(0)
})

test('a thousand waiting requests share one timer', async () => {
  const { peer } = await manualPeer()
  const results = Array.from({ length: 1_000 }, (_, i) => peer.request('m', {}, { timeoutMs: 5_000 - i }))
  expect(vi.getTimerCount()).toBe(1)
  const outcomes = Promise.allSettled(results)
  await vi.advanceTimersByTimeAsync(4_500)
  expect(peer.pendingRequests).toBe(500)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(500)
  expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})

test('a request that is sent late in a callback has its whole time', async () => {
  const { peer } = await manualPeer()
  const first = peer.request('m', {}, { timeoutMs: 300 })
  const second = peer.request('m', {}, { timeoutMs: 500 })
  vi.advanceTimersByTime(200)
  const third = peer.request('m', {}, { timeoutMs: 500 })
  const settled = settlements({ first, second, third })
  await vi.advanceTimersByTimeAsync(99)
  expect(settled).toEqual({})
  await vi.advanceTimersByTimeAsync(1)
  expect(settled).toEqual({ first: 100 })
  await vi.advanceTimersByTimeAsync(399)
  expect(settled).not.toHaveProperty('third')
  await vi.advanceTimersByTimeAsync(1)
  expect(settled).toMatchObject({ third: 500 })
  expect(vi.getTimerCount()).toBe(0)
})

test('a deadline that passes within the callback that sent the request counts', async () => {
  const { peer } = await manualPeer()
  const settled = settlements({
    first: peer.request('m', {}, { timeoutMs: 300 }),
    second: peer.request('m', {}, { timeoutMs: 200 }),
  })
  vi.advanceTimersByTime(300)
  expect(peer.pendingRequests).toBe(0)
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual({ first: 300, second: 300 })
})

test('requests that are answered cost no further timer', async () => {
  const { peer, transport } = await manualPeer()
  const spy = vi.spyOn(globalThis, 'setTimeout')
  for (let id = 1; id <= 100; id += 1) {
    const result = peer.request('m')
    transport.deliver({ id, result: id })
    expect(await result).toBe(id)
  }
  expect(spy).toHaveBeenCalledTimes(1)
  spy.mockRestore()
})

test('the deadline is a minute when none is given', async () => {
  expect(DEFAULT_REQUEST_TIMEOUT_MS).toBe(60_000)
  const { peer } = await manualPeer()
  const settled = settlements({ result: peer.request('m') })
  await vi.advanceTimersByTimeAsync(100_000)
  expect(settled).toEqual({ result: 60_000 })
})

test('Infinity means no deadline and no timer', async () => {
  const { peer, transport } = await manualPeer({ requestTimeoutMs: Infinity })
  const result = peer.request('m')
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(2 ** 31)
  transport.deliver({ id: 1, result: 'at last' })
  expect(await result).toBe('at last')
})

test('the longest deadline does not fire early', async () => {
  const { peer } = await manualPeer()
  const settled = settlements({ result: peer.request('m', {}, { timeoutMs: 2 ** 31 - 1 }) })
  await vi.advanceTimersByTimeAsync(2 ** 31 - 2)
  expect(settled).toEqual({})
  await vi.advanceTimersByTimeAsync(2)
  expect(settled).toEqual({ result: 2 ** 31 - 1 })
})

test('no timer is left when the connection has ended', async () => {
  const { peer, transport } = await manualPeer()
  const result = peer.request('m')
  transport.end()
  await expect(result).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  expect(vi.getTimerCount()).toBe(0)
})

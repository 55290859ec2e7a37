import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { overloadDelay } from '../../../src/client/flow-control/overload.js'
import { RpcError } from '../../../src/rpc/errors.js'
import { FlowBench, failureOf, microtasks, overloaded } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  const timers = vi.getTimerCount()
  vi.useRealTimers()
  expect(timers).toBe(0)
})

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms)
  await microtasks()
}

describe('a request that an overloaded server refuses', () => {
  it('is sent again after waits that double, and resolves when it is taken', async () => {
    const bench = new FlowBench()
    const request = bench.run('a', { timeoutMs: 1000 })
    for (const [index, delayMs] of [50, 100, 200].entries()) {
      await bench.refuse('a')
      await pass(delayMs - 1)
      expect(bench.sent).toHaveLength(index + 1)
      await pass(1)
      expect(bench.sent).toHaveLength(index + 2)
    }
    expect(bench.last('a').remainingMs).toBeCloseTo(650)
    await bench.answer('a', 'taken')
    expect(await request).toBe('taken')
  })

  it('is given up after the last retry, with the refusal', async () => {
    const bench = new FlowBench({ overloadRetries: 2 })
    const failed = failureOf(bench.run('a'))
    for (const delayMs of [50, 100]) {
      await bench.refuse('a')
      await pass(delayMs)
    }
    const refusal = overloaded()
    await bench.refuse('a', refusal)
    expect(await failed).toBe(refusal)
    expect(bench.sent).toHaveLength(3)
  })

  it('is given up at once when retries are off', async () => {
    const bench = new FlowBench({ overloadRetries: 0 })
    const failed = failureOf(bench.run('a'))
    await bench.refuse('a')
    expect(await failed).toMatchObject({ rpcCode: -32001 })
  })

  it('is given up at once when its deadline comes before the next attempt', async () => {
    const bench = new FlowBench()
    const failed = failureOf(bench.run('a', { timeoutMs: 50 }))
    await bench.refuse('a')
    expect(await failed).toMatchObject({ rpcCode: -32001 })
    expect(bench.sent).toHaveLength(1)
  })

  it('rejects with the refusal when its deadline passes before there is room again', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const failed = failureOf(bench.run('a', { timeoutMs: 80 }))
    void bench.run('b')
    await bench.refuse('a')
    expect(bench.names).toEqual(['a', 'b'])
    await pass(80)
    expect(await failed).toMatchObject({ rpcCode: -32001 })
    expect(bench.names).toEqual(['a', 'b'])
  })

  it('leaves its place to others while it waits, and comes before them again afterwards', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const answers = bench.runAll(['a', 'b', 'c'])
    await bench.refuse('a')
    expect(bench.names).toEqual(['a', 'b'])
    await pass(50)
    await bench.answer('b')
    await bench.answer('a')
    await bench.answer('c')
    expect(bench.names).toEqual(['a', 'b', 'a', 'c'])
    await answers
  })

  it('can be aborted while it waits', async () => {
    const bench = new FlowBench()
    const controller = new AbortController()
    const failed = failureOf(bench.run('a', { signal: controller.signal }))
    await bench.refuse('a')
    controller.abort('why')
    expect(await failed).toMatchObject({ code: 'ABORTED', cause: 'why', requestWritten: false })
  })

  it('is rejected by a close while it waits, and is not sent again', async () => {
    const bench = new FlowBench()
    const failed = failureOf(bench.run('a'))
    await bench.refuse('a')
    bench.flow.close(() => new Error('end'))
    expect(await failed).toMatchObject({ message: 'end' })
    expect(bench.sent).toHaveLength(1)
  })

  it('is not sent again when the refusal comes after a close', async () => {
    const bench = new FlowBench()
    const failed = failureOf(bench.run('a'))
    bench.flow.close(() => new Error('end'))
    await bench.refuse('a')
    expect(await failed).toMatchObject({ rpcCode: -32001 })
  })

  it('waits through a pause', async () => {
    const bench = new FlowBench()
    const request = bench.run('a')
    await bench.refuse('a')
    bench.flow.pause()
    await pass(50)
    expect(bench.sent).toHaveLength(1)
    bench.flow.resume()
    await bench.answer('a')
    expect(await request).toBe('a')
  })

  it('is retried also when it is urgent', async () => {
    const bench = new FlowBench()
    const request = bench.run('turn/interrupt')
    await bench.refuse('turn/interrupt')
    await pass(50)
    await bench.answer('turn/interrupt')
    expect(await request).toBe('turn/interrupt')
  })
})

it.each([-32000, -32600, -32603])('an error %i is not repeated', async (code) => {
  const bench = new FlowBench()
  const error = new RpcError(code, 'Server overloaded; retry later.')
  const failed = failureOf(bench.run('a'))
  await bench.refuse('a', error)
  expect(await failed).toBe(error)
  expect(bench.sent).toHaveLength(1)
})

describe('the wait after an overload', () => {
  it.each([
    [1, 0, 38],
    [1, 1, 63],
    [2, 0, 75],
    [2, 1, 125],
    [5, 0, 600],
    [5, 1, 1000],
    [7, 0, 1500],
    [7, 1, 2000],
    [60, 0.5, 2000],
  ])('number %i with the chance %d is %i ms', (refusals, chance, delayMs) => {
    expect(overloadDelay(refusals, overloaded(), () => chance)).toBe(delayMs)
  })

  it('is as long as the server asks for, and none when it asks for too much', () => {
    const asking = (seconds: number) => new RpcError(-32001, `overloaded, try again in ${seconds}s`)
    expect(overloadDelay(1, asking(1.5), () => 0)).toBe(1500)
    expect(overloadDelay(1, asking(60), () => 0)).toBeUndefined()
  })
})

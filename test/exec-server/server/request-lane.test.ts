import { describe, expect, it } from 'vitest'
import { RequestLane } from '../../../src/exec-server/server/request-lane.js'
import { deferred } from '../../../src/util/deferred.js'

describe('a lane', () => {
  it('starts a task when the one before it has settled, be it by an error', async () => {
    const lane = new RequestLane()
    const order: string[] = []
    const slow = deferred<string>()
    const first = lane.run(() => {
      order.push('first')
      return slow.promise
    }, true)
    const second = lane.run(() => order.push('second'), true)
    await Promise.resolve()
    expect(order).toEqual(['first'])
    slow.reject(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    expect(await second).toBe(2)
    expect(order).toEqual(['first', 'second'])
  })

  it('goes on behind a long task that has started, which had to wait for its turn', async () => {
    const lane = new RequestLane()
    const order: string[] = []
    const before = deferred<void>()
    const long = deferred<string>()
    const first = lane.run(() => before.promise, true)
    const second = lane.run(() => {
      order.push('long')
      return long.promise
    }, false)
    const third = lane.run(() => order.push('after'), true)
    expect(order).toEqual([])
    before.resolve()
    await first
    await third
    expect(order).toEqual(['long', 'after'])
    long.resolve('done')
    expect(await second).toBe('done')
  })

  it('runs a task at once when nothing is before it', () => {
    let hasRun = false
    void new RequestLane().run(() => {
      hasRun = true
    }, true)
    expect(hasRun).toBe(true)
  })

  it('waits until a task may start', async () => {
    const lane = new RequestLane()
    const drained = deferred<void>()
    let hasRun = false
    const run = lane.run(
      () => {
        hasRun = true
      },
      true,
      () => drained.promise,
    )
    await Promise.resolve()
    expect(hasRun).toBe(false)
    drained.resolve()
    await run
    expect(hasRun).toBe(true)
  })
})

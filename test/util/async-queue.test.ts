import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { AlreadyIteratedError, AsyncQueue, type AsyncQueueOptions } from '../../src/util/async-queue.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

beforeEach(failOnUnhandled)

function queueOf<T>(values: readonly T[] = [], options: Partial<AsyncQueueOptions<T>> = {}): AsyncQueue<T> {
  const queue = new AsyncQueue<T>({ name: 'The stream', ...options })
  for (const value of values) queue.push(value)
  return queue
}

async function readAll<T>(queue: AsyncIterable<T>): Promise<{ values: T[]; error?: unknown }> {
  const values: T[] = []
  try {
    for await (const value of queue) values.push(value)
    return { values }
  } catch (error) {
    return { values, error }
  }
}

describe('reading', () => {
  test('brings the values in order, then the end', async () => {
    const queue = queueOf([1, 2, 3])
    queue.end()
    queue.end()
    queue.push(4)
    expect(await readAll(queue)).toEqual({ values: [1, 2, 3] })
  })

  test('brings the values, then the error, then the end', async () => {
    const queue = queueOf([1, 2])
    const error = new Error('broke')
    queue.fail(error)
    queue.fail(new Error('later'))
    queue.end()
    const iterator = queue[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ value: 1, done: false })
    expect(await iterator.next()).toEqual({ value: 2, done: false })
    await expect(iterator.next()).rejects.toBe(error)
    expect(await iterator.next()).toEqual({ value: undefined, done: true })
    expect(await iterator.next()).toEqual({ value: undefined, done: true })
  })

  test('an error may be any value, undefined too', async () => {
    const queue = queueOf<number>()
    queue.fail(undefined)
    await expect(queue[Symbol.asyncIterator]().next()).rejects.toBeUndefined()
  })

  test('waits for values that come later', async () => {
    const queue = queueOf<number>()
    const reading = readAll(queue)
    for (let value = 0; value < 5; value += 1) {
      queue.push(value)
      await macrotask()
    }
    queue.end()
    expect(await reading).toEqual({ values: [0, 1, 2, 3, 4] })
  })

  test('values may be undefined or null', async () => {
    const queue = queueOf<undefined | null>([undefined, null])
    queue.end()
    expect(await readAll(queue)).toEqual({ values: [undefined, null] })
  })

  test('several reads may wait at once and are served in order', async () => {
    const queue = queueOf<number>()
    const iterator = queue[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next(), iterator.next(), iterator.next()]
    queue.push(1)
    queue.push(2)
    queue.end()
    expect(await Promise.all(reads)).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
      { value: undefined, done: true },
      { value: undefined, done: true },
    ])
  })

  test('an error reaches the first of several reads that wait, and the others the end', async () => {
    const queue = queueOf<number>()
    const iterator = queue[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next()]
    const error = new Error('broke')
    queue.fail(error)
    expect(await Promise.allSettled(reads)).toEqual([
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: { value: undefined, done: true } },
    ])
    expect((await iterator.next()).done).toBe(true)
  })

  test('a second reader is refused', () => {
    const queue = queueOf([1])
    queue[Symbol.asyncIterator]()
    expect(() => queue[Symbol.asyncIterator]()).toThrow(AlreadyIteratedError)
    expect(() => queue[Symbol.asyncIterator]()).toThrow('The stream can be iterated only once')
  })

  test('the order holds through any mixture of pushes and reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }), async (steps) => {
        const queue = queueOf<number>()
        const iterator = queue[Symbol.asyncIterator]()
        let pushed = 0
        let read = 0
        for (const step of steps) {
          for (let i = 0; i < step; i += 1) queue.push(pushed++)
          for (let i = 0; i < -step && read < pushed; i += 1) {
            expect(await iterator.next()).toEqual({ value: read++, done: false })
          }
          expect(queue.size).toBe(pushed - read)
        }
      }),
    )
  })

  test('a backlog of 100,000 is kept and read in order', async () => {
    const queue = queueOf(Array.from({ length: 100_000 }, (_, i) => i))
    expect(queue.size).toBe(100_000)
    queue.end()
    const { values } = await readAll(queue)
    expect(values.every((value, i) => value === i)).toBe(true)
    expect([values.length, queue.size]).toEqual([100_000, 0])
  })
})

describe('leaving', () => {
  test('a break tells the owner once, and what comes then is dropped', async () => {
    let abandoned = 0
    const queue = queueOf([1, 2, 3], { onAbandon: () => (abandoned += 1) })
    for await (const value of queue) {
      expect(value).toBe(1)
      break
    }
    expect([abandoned, queue.size]).toEqual([1, 0])
    queue.push(4)
    queue.end()
    expect([abandoned, queue.size]).toEqual([1, 0])
  })

  test('a throw in the loop does the same', async () => {
    let abandoned = 0
    const queue = queueOf([1], { onAbandon: () => (abandoned += 1) })
    const loop = async () => {
      for await (const value of queue) throw new Error(`at ${value}`)
    }
    await expect(loop()).rejects.toThrow('at 1')
    expect(abandoned).toBe(1)
  })

  test('return() frees the reads that wait, and more calls change nothing', async () => {
    let abandoned = 0
    const queue = queueOf<number>([], { onAbandon: () => (abandoned += 1) })
    const iterator = queue[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next()]
    await iterator.return?.()
    await iterator.return?.()
    expect((await Promise.all(reads)).every(({ done }) => done)).toBe(true)
    expect((await iterator.next()).done).toBe(true)
    expect(abandoned).toBe(1)
  })

  test('reading to the end is no leaving, nor is leaving after the end', async () => {
    let abandoned = 0
    const options = { onAbandon: () => (abandoned += 1) }
    const whole = queueOf([1], options)
    whole.end()
    await readAll(whole)
    const left = queueOf([1, 2], options)
    left.end()
    for await (const _ of left) break
    expect(abandoned).toBe(0)
  })

  test('discarding drops everything and ends the reader, without telling the owner', async () => {
    let abandoned = 0
    const queue = queueOf<number>([], { onAbandon: () => (abandoned += 1) })
    const reading = readAll(queue)
    queue.discard()
    expect(await reading).toEqual({ values: [] })
    queue.push(1)
    expect([queue.size, abandoned]).toEqual([0, 0])
    const unread = queueOf([1, 2])
    unread.discard()
    unread.fail(new Error('unseen'))
    expect(await readAll(unread)).toEqual({ values: [] })
  })
})

describe('merging', () => {
  const merge = (last: string, next: string) => (last === '|' || next === '|' ? undefined : last + next)

  test('begins when as many values wait as the mark says, and only where it may', async () => {
    const queue = queueOf<string>([], { merge, mergeAbove: 2 })
    for (const value of ['a', 'b', 'c', 'd', '|', 'e', 'f']) queue.push(value)
    queue.end()
    expect(await readAll(queue)).toEqual({ values: ['a', 'bcd', '|', 'ef'] })
  })

  test('never happens while the reader keeps up', async () => {
    const queue = queueOf<string>([], { merge, mergeAbove: 1 })
    const iterator = queue[Symbol.asyncIterator]()
    for (const value of ['a', 'b', 'c']) {
      const read = iterator.next()
      queue.push(value)
      expect(await read).toEqual({ value, done: false })
    }
  })

  test('bounds the backlog at 256 when no mark is given', () => {
    const queue = queueOf<string>([], { merge })
    for (let i = 0; i < 10_000; i += 1) queue.push('x')
    expect(queue.size).toBe(256)
  })

  test('is asked with the last value after the ring has wrapped around', async () => {
    const queue = queueOf<string>([], { merge, mergeAbove: 3 })
    const iterator = queue[Symbol.asyncIterator]()
    for (let i = 0; i < 15; i += 1) {
      queue.push('|')
      await iterator.next()
    }
    for (const value of ['a', 'b', 'c', 'd']) queue.push(value)
    const values = [await iterator.next(), await iterator.next(), await iterator.next()]
    expect(values.map(({ value }) => value)).toEqual(['a', 'b', 'cd'])
  })
})

describe('a limit', () => {
  /** Numbers wait for their own weight; what is negative must not be dropped; a marker is a string. */
  const limit = {
    maxWeight: 100,
    weigh: (value: number | string) => Math.abs(Number(value)),
    isDroppable: (value: number | string) => Number(value) > 0,
    lagged: (skipped: number) => `skipped ${skipped}`,
  }

  function limited(values: readonly number[], options: Partial<AsyncQueueOptions<number | string>> = {}) {
    return queueOf<number | string>(values, { limit, ...options })
  }

  test('tells of each value that is dropped, and never of a marker', () => {
    const dropped: (number | string)[] = []
    const onDrop = (value: number | string) => void dropped.push(value)
    limited([40, 41, 42, -1, 43, 44, 30], { limit: { ...limit, onDrop } })
    expect(dropped).toEqual([40, 41, 42, 43])
  })

  async function valuesOf(queue: AsyncQueue<number | string>): Promise<(number | string)[]> {
    queue.end()
    return (await readAll(queue)).values
  }

  test('drops the oldest until half of it is left, with a marker in their place', async () => {
    const queue = limited([10, 20, 30, 40])
    expect([queue.size, queue.weight]).toEqual([4, 100])
    queue.push(1)
    expect([queue.size, queue.weight]).toEqual([3, 41])
    expect(await valuesOf(queue)).toEqual(['skipped 3', 40, 1])
    expect([queue.size, queue.weight]).toEqual([0, 0])
  })

  test('keeps what must not be dropped in order, and marks each gap', async () => {
    const queue = limited([-1, 20, 20, -2, 20, -3, 10, 25])
    expect([queue.size, queue.weight]).toEqual([7, 41])
    queue.push(5)
    expect(await valuesOf(queue)).toEqual([-1, 'skipped 2', -2, 'skipped 1', -3, 10, 25, 5])
  })

  test('adds to the marker that stands next to what is dropped later', async () => {
    const queue = limited([-1, 40, 40, 30, 40, 40, -2])
    expect(await valuesOf(queue)).toEqual([-1, 'skipped 4', 40, -2])
  })

  test('drops a single value that is too heavy by itself', async () => {
    expect(await valuesOf(limited([101, 7]))).toEqual(['skipped 1', 7])
  })

  test('grows when nothing can be dropped, and looks again when that has doubled', async () => {
    const queue = limited([-60, -60, -60])
    queue.push(50)
    expect([queue.size, queue.weight]).toEqual([4, 230])
    queue.push(200)
    expect(await valuesOf(queue)).toEqual([-60, -60, -60, 'skipped 2'])
  })

  test('holds again as before once everything was read', async () => {
    const queue = limited([-200])
    const iterator = queue[Symbol.asyncIterator]()
    await iterator.next()
    for (const value of [60, 60, 1]) queue.push(value)
    expect([queue.size, queue.weight]).toEqual([2, 1])
    expect((await iterator.next()).value).toBe('skipped 2')
  })

  test('counts what the reader takes off', async () => {
    const queue = limited([60, 30])
    const iterator = queue[Symbol.asyncIterator]()
    await iterator.next()
    queue.push(60)
    expect([queue.size, queue.weight]).toEqual([2, 90])
  })

  test('weighs merged values anew, and counts each of them when they are dropped', async () => {
    const merge = (last: number | string, next: number | string) =>
      typeof last === 'number' && typeof next === 'number' && last > 0 && next > 0 ? last + next : undefined
    const queue = limited([10, 20, 30], { merge, mergeAbove: 1 })
    expect([queue.size, queue.weight]).toEqual([1, 60])
    queue.push(-1)
    queue.push(40)
    expect(await valuesOf(queue)).toEqual(['skipped 3', -1, 40])
  })

  test('keeps the last value of each state, until a later one waits', async () => {
    const stateOf = (value: number | string) =>
      typeof value === 'number' && value % 10 === 1 ? String(value) : undefined
    const queue = limited([21, 41, 21, 10, 10], { limit: { ...limit, stateOf } })
    expect([queue.size, queue.weight]).toEqual([4, 62])
    for (const value of [41, 1, 41]) queue.push(value)
    expect(await valuesOf(queue)).toEqual(['skipped 2', 21, 'skipped 3', 1, 41])
  })

  test('tells the marker what stood first where it stands', async () => {
    const seen: unknown[] = []
    const lagged = (skipped: number, first: number | string) => {
      seen.push(first)
      return `skipped ${skipped}`
    }
    limited([40, 41, 42, 43, 44], { limit: { ...limit, lagged } })
    expect(seen).toEqual([40, 'skipped 2'])
  })

  test('costs a constant number of looks for each value, whether or not it can be dropped', () => {
    for (const share of [0, 0.5, 1]) {
      let looks = 0
      const isDroppable = (value: number | string) => {
        looks += 1
        return Number(value) > 0
      }
      const queue = limited([], { limit: { ...limit, maxWeight: 1_000, isDroppable } })
      for (let i = 0; i < 100_000; i += 1) queue.push(i % 100 < share * 100 ? 1 : -1)
      expect(looks).toBeLessThan(400_000)
    }
  })

  test('whatever is pushed and read: what must stay comes in order, and the gaps add up', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 70 }) }) },
      { weight: 2, arbitrary: fc.record({ keep: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ read: fc.integer({ min: 1, max: 5 }) }) },
    )
    const numbered = {
      maxWeight: 100,
      weigh: (value: Numbered) => value.weight,
      isDroppable: (value: Numbered) => value.isDroppable,
      lagged: (skipped: number) => ({ index: -1, weight: 0, isDroppable: false, skipped }),
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200, size: 'max' }), async (steps) => {
        const queue = new AsyncQueue<Numbered>({ name: 'The stream', limit: numbered })
        const iterator = queue[Symbol.asyncIterator]()
        const pushed: Numbered[] = []
        const seen: Numbered[] = []
        const push = (weight: number, isDroppable: boolean) => {
          const value = { index: pushed.length, weight, isDroppable }
          pushed.push(value)
          queue.push(value)
          const mustStay = pushed.reduce((sum, one) => sum + (one.isDroppable ? 0 : one.weight), 0)
          expect(queue.weight).toBeLessThanOrEqual(Math.max(100, 2 * mustStay))
        }
        for (const one of steps) {
          if ('push' in one) push(one.push, true)
          else if ('keep' in one) push(one.keep, false)
          else
            for (let i = Math.min(one.read, queue.size); i > 0; i -= 1)
              seen.push((await iterator.next()).value as Numbered)
        }
        queue.end()
        const readBefore = seen.length
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) seen.push(next.value)
        const rest = seen.slice(readBefore)
        expect(
          rest.filter((one, i) => one.skipped !== undefined && rest[i + 1]?.skipped !== undefined),
        ).toEqual([])
        expect(queue.weight).toBe(0)
        expect(seen.filter((one) => !one.isDroppable && one.index >= 0)).toEqual(
          pushed.filter((one) => !one.isDroppable),
        )
        // Every marker accounts for exactly the values that are missing where it stands.
        let due = 0
        for (const { index, skipped } of seen) {
          if (skipped === undefined) expect(index).toBe(due)
          due += skipped ?? 1
        }
        expect(due).toBe(pushed.length)
      }),
    )
  })
})

interface Numbered {
  readonly index: number
  readonly weight: number
  readonly isDroppable: boolean
  readonly skipped?: number
}

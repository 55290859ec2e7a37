import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { AlreadyIteratedError, AsyncQueue, type AsyncQueueOptions } from '../../src/util/async-queue.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'

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

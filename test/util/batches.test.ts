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

function iteratorOf<T>(queue: AsyncQueue<T>): AsyncIterator<readonly T[]> {
  return queue.batches()[Symbol.asyncIterator]()
}

async function readAll<T>(queue: AsyncQueue<T>): Promise<(readonly T[])[]> {
  const batches: (readonly T[])[] = []
  for await (const batch of queue.batches()) batches.push(batch)
  return batches
}

describe('a reader of batches', () => {
  test('gets all that waits in one, and then the end', async () => {
    const queue = queueOf([1, 2, 3])
    queue.end()
    expect(await readAll(queue)).toEqual([[1, 2, 3]])
    expect(queue.size).toBe(0)
  })

  test('who waits gets each burst whole', async () => {
    const queue = queueOf<number>()
    const reading = readAll(queue)
    for (const burst of [[1], [2, 3, 4], [5, 6]]) {
      await macrotask()
      for (const value of burst) queue.push(value)
    }
    await macrotask()
    queue.end()
    expect(await reading).toEqual([[1], [2, 3, 4], [5, 6]])
  })

  test('who is slow gets all that came meanwhile', async () => {
    const queue = queueOf<number>()
    const iterator = iteratorOf(queue)
    const first = iterator.next()
    queue.push(1)
    expect((await first).value).toEqual([1])
    for (let value = 2; value < 5; value += 1) {
      queue.push(value)
      await macrotask()
    }
    expect((await iterator.next()).value).toEqual([2, 3, 4])
  })

  test('who waits gets a value heavier than all that may wait, also when more comes with it', async () => {
    const limit = {
      maxWeight: 100,
      weigh: (value: number | string) => Number(value),
      isDroppable: () => true,
      lagged: (skipped: number) => `skipped ${skipped}`,
    }
    for (const burst of [[500], [500, 1, 2]]) {
      const queue = queueOf<number | string>([], { limit })
      const reading = readAll(queue)
      await macrotask()
      for (const value of burst) queue.push(value)
      await macrotask()
      queue.push(3)
      queue.end()
      expect((await reading).flat()).toEqual([...burst, 3])
      expect(queue.weight).toBe(0)
    }
  })

  test('gets the last burst, then the error, then the end, however close they come', async () => {
    const queue = queueOf<number>()
    const error = new Error('broke')
    const iterator = iteratorOf(queue)
    const first = iterator.next()
    queue.push(1)
    queue.push(2)
    queue.fail(error)
    expect(await first).toEqual({ value: [1, 2], done: false })
    await expect(iterator.next()).rejects.toBe(error)
    expect((await iterator.next()).done).toBe(true)
  })

  test('never gets an empty one: an end without values is an end', async () => {
    const ended = queueOf<number>()
    const reading = readAll(ended)
    await macrotask()
    ended.end()
    expect(await reading).toEqual([])
    const failed = queueOf<number>()
    const read = iteratorOf(failed).next()
    failed.fail(new Error('broke'))
    await expect(read).rejects.toThrow('broke')
  })

  test('may ask several times at once: the first gets the burst, the next waits for another', async () => {
    const queue = queueOf<number>()
    const iterator = iteratorOf(queue)
    const reads = [iterator.next(), iterator.next()]
    queue.push(1)
    queue.push(2)
    reads.push(iterator.next())
    await macrotask()
    queue.push(3)
    queue.end()
    expect(await Promise.all(reads)).toEqual([
      { value: [1, 2], done: false },
      { value: [3], done: false },
      { value: undefined, done: true },
    ])
  })

  test('meets the error at the second of two reads when the first gets what came before it', async () => {
    const queue = queueOf<number>()
    const iterator = iteratorOf(queue)
    const reads = [iterator.next(), iterator.next(), iterator.next()]
    queue.push(1)
    queue.fail(new Error('broke'))
    expect((await Promise.allSettled(reads)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(await reads[0]).toEqual({ value: [1], done: false })
  })

  test('is the only reader: neither values nor batches can be read as well', () => {
    const inBatches = queueOf([1])
    inBatches.batches()
    iteratorOf(inBatches)
    expect(() => iteratorOf(inBatches)).toThrow(AlreadyIteratedError)
    expect(() => inBatches[Symbol.asyncIterator]()).toThrow('The stream can be iterated only once')
    const oneByOne = queueOf([1])
    oneByOne[Symbol.asyncIterator]()
    expect(() => iteratorOf(oneByOne)).toThrow(AlreadyIteratedError)
  })

  test('who is refused changes nothing for the reader of values', async () => {
    const queue = queueOf<number>()
    const iterator = queue[Symbol.asyncIterator]()
    const read = iterator.next()
    expect(() => iteratorOf(queue)).toThrow(AlreadyIteratedError)
    queue.push(1)
    expect(await read).toEqual({ value: 1, done: false })
  })

  test('owns its batches: what comes later is not put into them', async () => {
    const queue = queueOf([1, 2])
    const iterator = iteratorOf(queue)
    const { value: first } = await iterator.next()
    for (let i = 0; i < 100; i += 1) queue.push(i)
    expect(first).toEqual([1, 2])
    expect((await iterator.next()).value).toHaveLength(100)
    expect(first).toEqual([1, 2])
  })
})

describe('leaving a loop over batches', () => {
  test('tells the owner once, by break or by a throw, and drops what comes then', async () => {
    for (const leave of ['break', 'throw']) {
      let abandoned = 0
      const queue = queueOf([1, 2], { onAbandon: () => (abandoned += 1) })
      const loop = async () => {
        for await (const batch of queue.batches()) {
          expect(batch).toEqual([1, 2])
          if (leave === 'throw') throw new Error('left')
          break
        }
      }
      await loop().catch((error: Error) => expect(error.message).toBe('left'))
      queue.push(3)
      queue.end()
      expect([abandoned, queue.size]).toEqual([1, 0])
    }
  })

  test('while a batch is on its way ends all reads, those that come right behind it too', async () => {
    const queue = queueOf<number>()
    const iterator = iteratorOf(queue)
    const waiting = iterator.next()
    queue.push(1)
    const left = iterator.return?.()
    const late = iterator.next()
    expect(await Promise.all([waiting, left, late])).toEqual(
      Array.from({ length: 3 }, () => ({ value: undefined, done: true })),
    )
  })

  test('a queue that is discarded ends it', async () => {
    const queue = queueOf<number>()
    const reading = readAll(queue)
    queue.push(1)
    queue.discard()
    expect(await reading).toEqual([])
  })
})

describe('a limit', () => {
  const limit = {
    maxWeight: 100,
    weigh: Math.abs,
    isDroppable: (value: number) => value > 0,
    // A marker is told by its half.
    lagged: (skipped: number) => -skipped - 0.5,
  }

  test('bounds what waits for a batch, and marks what was dropped in its place', async () => {
    const queue = queueOf([-1, 40, 40, -2, 30], { limit })
    expect(queue.weight).toBeLessThanOrEqual(100)
    queue.end()
    expect(await readAll(queue)).toEqual([[-1, -2.5, -2, 30]])
    expect([queue.size, queue.weight]).toEqual([0, 0])
  })

  test('holds for a burst that a read waits for, and starts over behind it', async () => {
    const queue = queueOf<number>([], { limit })
    const iterator = iteratorOf(queue)
    for (let round = 0; round < 3; round += 1) {
      const read = iterator.next()
      for (const value of [60, 60, 1]) queue.push(value)
      expect((await read).value).toEqual([-2.5, 1])
      expect(queue.weight).toBe(0)
    }
  })

  test('comes with merging, which goes on in the next batch from nothing', async () => {
    const merge = (last: number, next: number) => (last > 0 && next > 0 ? last + next : undefined)
    const queue = queueOf<number>([], { limit, merge, mergeAbove: 1 })
    const iterator = iteratorOf(queue)
    for (let round = 0; round < 2; round += 1) {
      for (const value of [1, 2, -1, 3, 4]) queue.push(value)
      expect((await iterator.next()).value).toEqual([3, -1, 7])
    }
  })
})

test('whatever is pushed and however it is read, batches hold the values in order', async () => {
  const step = fc.integer({ min: -1, max: 60 })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isLimited) => {
      const limit = { maxWeight: 1e9, weigh: () => 1, isDroppable: () => true, lagged: () => -1 }
      const queue = new AsyncQueue<number>({ name: 'The stream', ...(isLimited ? { limit } : {}) })
      const iterator = iteratorOf(queue)
      const reads: Promise<IteratorResult<readonly number[]>>[] = []
      let pushed = 0
      for (const count of steps) {
        if (count === -1) await macrotask()
        else if (count % 3 === 0) reads.push(iterator.next())
        else for (let i = 0; i < count; i += 1) queue.push(pushed++)
      }
      queue.end()
      reads.push(iterator.next(), iterator.next())
      const results = await Promise.all(reads)
      const batches = results.flatMap(({ value }) => (value ? [value] : []))
      expect(results.at(-1)?.done).toBe(true)
      expect(batches.every(({ length }) => length > 0)).toBe(true)
      expect(batches.flat()).toEqual(Array.from({ length: pushed }, (_, i) => i))
    }),
  )
})

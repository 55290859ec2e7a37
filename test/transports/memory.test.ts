import { beforeEach, describe, expect, test } from 'vitest'
import { MessageEncodeError, TransportClosedError } from '../../src/rpc/index.js'
import { type MemoryPairOptions, memoryPair } from '../../src/transports/memory.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'
import { record } from './helpers.js'

beforeEach(failOnUnhandled)

async function openPair(options?: MemoryPairOptions) {
  const [left, right] = memoryPair(options)
  const recorded = { left: record(left), right: record(right) }
  await Promise.all([left.start(), right.start()])
  return { left, right, ...{ leftSees: recorded.left, rightSees: recorded.right } }
}

describe('messages', () => {
  test.each([{ json: true }, { json: false }, {}])(
    'arrive in order and later than they are sent: %j',
    async (options) => {
      const { left, right, leftSees, rightSees } = await openPair(options)
      left.send({ n: 1 })
      left.send([{ n: 2 }])
      right.send({ n: 3 })
      expect([leftSees.messages, rightSees.messages]).toEqual([[], []])
      await macrotask()
      expect([leftSees.messages, rightSees.messages]).toEqual([[{ n: 3 }], [{ n: 1 }, [{ n: 2 }]]])
    },
  )

  test('pass through JSON, so that the ends share no object and only what JSON keeps', async () => {
    const { left, rightSees } = await openPair()
    const message = { text: 'a', gone: undefined, date: new Date(0), lone: '\ud800' }
    left.send(message)
    message.text = 'changed later'
    await macrotask()
    expect(rightSees.messages).toEqual([{ text: 'a', date: '1970-01-01T00:00:00.000Z', lone: '\ufffd' }])
    expect(rightSees.messages[0]).not.toHaveProperty('gone')
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(() => left.send(cycle)).toThrow(MessageEncodeError)
  })

  test('are the very objects that were sent when JSON is off', async () => {
    const { left, rightSees } = await openPair({ json: false })
    const message = { big: 1n }
    left.send(message)
    await macrotask()
    expect(rightSees.messages[0]).toBe(message)
  })

  test('wait for an end that has not started', async () => {
    const [left, right] = memoryPair()
    const seen = record(right)
    await left.start()
    left.send({ n: 1 })
    await left.close()
    await macrotask()
    expect([seen.messages, seen.reasons]).toEqual([[], []])
    await right.start()
    await macrotask()
    expect(seen.messages).toEqual([{ n: 1 }])
    expect(seen.reasons).toMatchObject([{ kind: 'remote' }])
  })

  test('sent while others are delivered come after them', async () => {
    const { left, right, rightSees } = await openPair()
    const seen: unknown[] = []
    right.onmessage = (message) => {
      seen.push(message)
      if (seen.length === 1) left.send({ n: 3 })
    }
    left.send({ n: 1 })
    left.send({ n: 2 })
    await macrotask()
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(rightSees.reasons).toEqual([])
  })
})

describe('the end', () => {
  test('closing one end closes the other after what was sent, and each is told once', async () => {
    const { left, leftSees, rightSees } = await openPair()
    left.send({ n: 1 })
    left.send({ n: 2 })
    await Promise.all([left.close(), left.close()])
    expect(leftSees.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
    await macrotask()
    expect(rightSees.messages).toEqual([{ n: 1 }, { n: 2 }])
    expect(rightSees.reasons).toEqual([{ kind: 'remote', message: 'closed by the other side' }])
    await left.close()
    expect([leftSees.reasons.length, rightSees.reasons.length]).toEqual([1, 1])
  })

  test('both ends may close at once', async () => {
    const { left, right, leftSees, rightSees } = await openPair()
    await Promise.all([left.close(), right.close()])
    await macrotask()
    expect([leftSees.reasons, rightSees.reasons]).toMatchObject([[{ kind: 'local' }], [{ kind: 'local' }]])
  })

  test('nothing is delivered to an end that has closed, not even the rest of a delivery', async () => {
    const { left, right, rightSees } = await openPair()
    right.onmessage = (message) => {
      rightSees.messages.push(message)
      void right.close()
    }
    left.send({ n: 1 })
    left.send({ n: 2 })
    await macrotask()
    expect(rightSees.messages).toEqual([{ n: 1 }])
    expect(rightSees.reasons).toMatchObject([{ kind: 'local' }])
  })

  test('nothing can be sent before the start and after the end', async () => {
    const [left, right] = memoryPair()
    expect(() => left.send({})).toThrow(TransportClosedError)
    await left.start()
    await right.start()
    void right.close()
    // The end is news that has not arrived yet: as over a socket, what is sent meanwhile is lost.
    expect(left.send({})).toBeUndefined()
    await macrotask()
    expect(() => left.send({})).toThrow(TransportClosedError)
    expect(() => right.send({})).toThrow(TransportClosedError)
  })

  test('an end that was closed cannot be started, and starting twice is as starting once', async () => {
    const [left, right] = memoryPair()
    const seen = record(left)
    await left.close()
    await expect(left.start()).rejects.toThrow(TransportClosedError)
    expect(seen.reasons).toHaveLength(1)
    const seenRight = record(right)
    await Promise.all([right.start(), right.start()])
    await macrotask()
    expect(seenRight.reasons).toMatchObject([{ kind: 'remote' }])
  })
})

test('options that are none are refused', () => {
  expect(() => memoryPair(null as never)).toThrow(InvalidInputError)
  expect(() => memoryPair({ jsn: false } as never)).toThrow(expect.objectContaining({ option: 'jsn' }))
  expect(() => memoryPair({ json: 'no' } as never)).toThrow(expect.objectContaining({ option: 'json' }))
})

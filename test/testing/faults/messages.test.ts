import { beforeEach, describe, expect, test } from 'vitest'
import { TransportClosedError } from '../../../src/rpc/index.js'
import { type Fault, fault, faultyTransport } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { failOnUnhandled, macrotask } from '../../rpc/helpers.js'
import { record } from '../../transports/helpers.js'
import { methods, note, openFaulty } from './support.js'

beforeEach(failOnUnhandled)

/** What arrives when `a`, `b` and `c` are sent to the faulty end. */
async function receivedWith(...faults: Fault[]) {
  const bench = await openFaulty(...faults)
  for (const method of ['a', 'b', 'c']) bench.far.send(note(method))
  await macrotask()
  return { ...bench, received: methods(bench.seen.messages) }
}

/** What arrives at the other end when `a`, `b` and `c` are sent by the faulty one. */
async function sentWith(...faults: Fault[]) {
  const bench = await openFaulty(...faults)
  for (const method of ['a', 'b', 'c']) bench.transport.send(note(method))
  await macrotask()
  return { ...bench, sent: methods(bench.other.messages) }
}

describe('messages in either direction', () => {
  const cases: [string, (point: ReturnType<typeof fault.received>) => Fault, string[]][] = [
    ['are lost', (point) => point.drop(), ['a', 'c']],
    ['come again', (point) => point.duplicate(), ['a', 'b', 'b', 'c']],
    ['come three times more', (point) => point.duplicate(3), ['a', 'b', 'b', 'b', 'b', 'c']],
    ['are replaced', (point) => point.replace({ method: 'x' }), ['a', 'x', 'c']],
    [
      'come after others that were added',
      (point) => point.addBefore(note('x'), note('y')),
      ['a', 'x', 'y', 'b', 'c'],
    ],
    [
      'come before others that were added',
      (point) => point.addAfter(note('x'), note('y')),
      ['a', 'b', 'x', 'y', 'c'],
    ],
    ['are moved behind another', (point) => point.moveAfter('c'), ['a', 'c', 'b']],
    ['are lost when they are moved behind one that never comes', (point) => point.moveAfter('z'), ['a', 'c']],
    ['are overtaken while they are held', (point) => point.hold(), ['a', 'c']],
    ['hold up everything behind them', (point) => point.stall(), ['a']],
  ]
  test.each(cases)('%s', async (_what, make, expected) => {
    expect((await receivedWith(make(fault.received('b')))).received).toEqual(expected)
    expect((await sentWith(make(fault.sent('b')))).sent).toEqual(expected)
  })

  test('pass unchanged when nothing matches, and when there are no faults', async () => {
    expect((await receivedWith(fault.received('z').drop(), fault.sent().drop())).received).toEqual([
      'a',
      'b',
      'c',
    ])
    const [near] = memoryPair()
    expect(() => faultyTransport(near)).not.toThrow()
  })

  test('are changed by a function of the message', async () => {
    const { seen } = await receivedWith(
      fault.received('b').replace(({ method }) => ({ method, params: { threadId: 'other' } })),
      fault.received('c').addBefore(({ method }) => note(`before ${method}`)),
    )
    expect(seen.messages).toEqual([note('a'), note('b', { threadId: 'other' }), note('before c'), note('c')])
  })

  test('go through the faults in their order: what one adds or repeats, the next one sees', async () => {
    const { received } = await receivedWith(
      fault.received('b').duplicate(2),
      fault.received({ method: 'b', nth: 2 }).replace(note('second')),
      fault.received('second').addAfter(note('third')),
    )
    expect(received).toEqual(['a', 'b', 'second', 'third', 'b', 'c'])
  })

  test('are left as they are by a function that throws, which the owner is told', async () => {
    const broken = () => {
      throw new Error('broken on purpose')
    }
    const faults = [
      fault.received({ method: 'a', when: broken }).drop(),
      fault.received('b').addAfter(broken),
      fault.received('c').replace(broken),
    ]
    const { received, seen } = await receivedWith(...faults)
    expect(received).toEqual(['a', 'b', 'c'])
    expect(seen.errors.map((error) => error.message)).toEqual(Array(3).fill('broken on purpose'))
    const { transport, other } = await openFaulty(fault.sent({ when: broken }).drop())
    expect(() => transport.send(note('a'))).toThrow('broken on purpose')
    await macrotask()
    expect(other.messages).toEqual([])
  })
})

describe('what is concerned', () => {
  test.each([
    ['every message of a method', 'm', [1, 2, 3, 4]],
    ['the second', { method: 'm', nth: 2 }, [2]],
    ['two from the second on', { method: 'm', nth: 2, times: 2 }, [2, 3]],
    ['the first two', { method: 'm', times: 2 }, [1, 2]],
    ['those that a condition accepts', { when: ({ params }: { params?: unknown }) => params === 3 }, [3]],
    ['all', undefined, [1, 2, 3, 4]],
  ])('can be %s', async (_what, match, expected) => {
    const held = fault.received(match).hold()
    const { far, seen } = await openFaulty(held)
    for (const n of [1, 2, 3, 4]) far.send(note('m', n))
    await macrotask()
    const passed = seen.messages.map((message) => (message as { params: number }).params)
    expect([1, 2, 3, 4].filter((n) => !passed.includes(n))).toEqual(expected)
  })

  test('is an answer by the method of its request, in either direction', async () => {
    const { transport, far, seen, other } = await openFaulty(
      fault.received({ answerTo: 'mine' }).drop(),
      fault.sent({ answerTo: 'yours' }).duplicate(),
    )
    transport.send({ id: 0, method: 'mine' })
    transport.send({ id: '0', method: 'else' })
    far.send({ id: 0, method: 'yours' })
    await macrotask()
    far.send({ id: 0, result: 1 })
    far.send({ id: '0', result: 2 })
    transport.send({ id: 0, result: 3 })
    await macrotask()
    expect(seen.messages).toEqual([
      { id: 0, method: 'yours' },
      { id: '0', result: 2 },
    ])
    expect(methods(other.messages)).toEqual(['mine', 'else', '#0', '#0'])
  })

  test('is found among the latest 4,096 requests only: nothing grows without bound', async () => {
    const { transport, far, seen } = await openFaulty(fault.received({ answerTo: 'mine' }).drop())
    for (let id = 0; id <= 4_096; id += 1) transport.send({ id, method: 'mine' })
    for (const id of [0, 1, 4_096]) far.send({ id, result: id })
    await macrotask()
    expect(seen.messages).toEqual([{ id: 0, result: 0 }])
  })

  test('is counted for each transport when a fault is given to several', async () => {
    const second = fault.received({ method: 'b', nth: 1 }).drop()
    expect((await receivedWith(second)).received).toEqual(['a', 'c'])
    expect((await receivedWith(second)).received).toEqual(['a', 'c'])
  })
})

describe('messages that are held', () => {
  test('come in order when they are released, and later ones are not held', async () => {
    const held = fault.received('b').hold()
    const { far, seen } = await openFaulty(held)
    for (const n of [1, 2]) far.send(note('b', n))
    expect(await held.reached).toEqual(note('b', 1))
    far.send(note('a'))
    await macrotask()
    held.release()
    held.release()
    far.send(note('b', 3))
    await macrotask()
    expect(seen.messages).toEqual([note('a'), note('b', 1), note('b', 2), note('b', 3)])
  })

  test('go on to the faults that follow', async () => {
    const held = fault.sent('b').stall()
    const { transport, other } = await openFaulty(held, fault.sent('b').duplicate())
    for (const method of ['a', 'b', 'c']) transport.send(note(method))
    await held.reached
    held.release()
    await macrotask()
    expect(methods(other.messages)).toEqual(['a', 'b', 'b', 'c'])
  })

  test('are lost when the connection ends first, on either side', async () => {
    const [held, other] = [fault.received('b').hold(), fault.sent('b').hold()]
    const { transport, far, seen } = await openFaulty(held, other)
    far.send(note('b'))
    transport.send(note('b'))
    await held.reached
    await transport.close()
    held.release()
    other.release()
    await macrotask()
    expect([seen.messages, seen.errors]).toEqual([[], []])
  })

  test('that cannot be sent when they are released are told to the owner', async () => {
    const held = fault.sent('b').hold()
    const { transport, seen } = await openFaulty(held, fault.sent('b').throw(new Error('too late')))
    transport.send(note('b'))
    held.release()
    expect(seen.errors.map((error) => error.message)).toEqual(['too late'])
  })
})

describe('sending', () => {
  test('throws what it is told to, and nothing is sent', async () => {
    const { transport, other } = await openFaulty(
      fault.sent('a').throw(),
      fault.sent('b').throw(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
    )
    expect(() => transport.send(note('a'))).toThrow(TransportClosedError)
    expect(() => transport.send(note('b'))).toThrow('broken pipe')
    transport.send(note('c'))
    await macrotask()
    expect(methods(other.messages)).toEqual(['c'])
  })

  test('is answered before it returns', async () => {
    const { transport, seen, other } = await openFaulty(
      fault.sent('a').answer({ n: 1 }),
      fault.sent('b').answer(({ params }: { params?: unknown }) => params, { alsoSend: true }),
    )
    transport.send({ id: 1, method: 'a' })
    expect(seen.messages).toEqual([{ id: 1, result: { n: 1 } }])
    transport.send({ id: 2, method: 'b', params: 'echo' })
    expect(seen.messages.at(-1)).toEqual({ id: 2, result: 'echo' })
    await macrotask()
    expect(methods(other.messages)).toEqual(['b'])
  })

  test('returns the promise of the transport below', async () => {
    const [near] = memoryPair()
    const drained = Promise.resolve()
    const slow = Object.assign(near, { send: () => drained })
    const transport = faultyTransport(slow, [fault.sent('b').duplicate(), fault.sent('c').drop()])
    record(transport)
    await transport.start()
    expect(transport.send(note('a'))).toBe(drained)
    expect(transport.send(note('b'))).toBe(drained)
    expect(transport.send(note('c'))).toBeUndefined()
  })
})

describe('the owner is told', () => {
  test('of an error in place of a message', async () => {
    const { received, seen } = await receivedWith(fault.received('b').raise(new Error('skipped')))
    expect([received, seen.errors, seen.reasons]).toEqual([['a', 'c'], [new Error('skipped')], []])
  })

  test('of messages and errors at any time', async () => {
    const { transport, seen } = await openFaulty(fault.received('x').duplicate())
    transport.deliver(note('x'))
    transport.raise(new Error('now'))
    expect([methods(seen.messages), seen.errors]).toEqual([['x', 'x'], [new Error('now')]])
  })
})

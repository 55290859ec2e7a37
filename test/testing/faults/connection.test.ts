import { beforeEach, describe, expect, test } from 'vitest'
import { type Transport, TransportClosedError } from '../../../src/rpc/index.js'
import { fault, faultyTransport } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { stdio } from '../../../src/transports/stdio.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { failOnUnhandled, ManualTransport, macrotask } from '../../rpc/helpers.js'
import { record } from '../../transports/helpers.js'
import { KILLED, methods, note, openFaulty } from './support.js'

beforeEach(failOnUnhandled)

describe('the end of the connection', () => {
  test('comes in place of a message, or right after it, and once', async () => {
    for (const [one, expected] of [
      [fault.received('b').end(KILLED), ['a']],
      [fault.received('b').endAfter(KILLED), ['a', 'b']],
    ] as const) {
      const { transport, far, seen, other } = await openFaulty(one)
      for (const method of ['a', 'b', 'c']) far.send(note(method))
      expect(await seen.closed).toBe(KILLED)
      await transport.close()
      expect(methods(seen.messages)).toEqual(expected)
      expect(seen.reasons).toEqual([KILLED])
      expect(() => transport.send(note('x'))).toThrow(TransportClosedError)
      // The wrapped transport was closed with it: the other side sees an ordinary end.
      expect(await other.closed).toMatchObject({ kind: 'remote' })
    }
  })

  test('can be made to come while a message is sent, which is lost or not', async () => {
    for (const [one, expected] of [
      [fault.sent('b').end(KILLED), ['a']],
      [fault.sent('b').endAfter(KILLED), ['a', 'b']],
    ] as const) {
      const { transport, seen, other } = await openFaulty(one)
      transport.send(note('a'))
      transport.send(note('b'))
      expect(seen.reasons).toEqual([KILLED])
      await macrotask()
      expect(methods(other.messages)).toEqual(expected)
    }
  })

  test('can be made to come at any time, and only once', async () => {
    const { transport, seen } = await openFaulty()
    transport.end(KILLED)
    transport.end({ kind: 'error', message: 'again' })
    await Promise.all([transport.close(), transport.close()])
    expect(seen.reasons).toEqual([KILLED])
    expect(() => transport.deliver(note('x'))).toThrow(TransportClosedError)
    expect(() => transport.raise(new Error('x'))).toThrow(TransportClosedError)
  })

  test('is that of the wrapped transport when no fault makes another', async () => {
    const { transport, far, seen } = await openFaulty()
    far.send(note('a'))
    await far.close()
    expect(await seen.closed).toEqual({ kind: 'remote', message: 'closed by the other side' })
    expect(methods(seen.messages)).toEqual(['a'])
    await transport.close()
    expect(seen.reasons).toHaveLength(1)
  })

  test('by this side is told during close(), which shows what the wrapped transport fails with', async () => {
    const broken = Object.assign(new ManualTransport(), {
      close: () => Promise.reject(new Error('cannot let go')),
    })
    const transport = faultyTransport(broken)
    const seen: unknown[] = []
    transport.onmessage = (message) => seen.push(message)
    transport.onclose = (reason) => seen.push(reason)
    await transport.start()
    const closing = transport.close()
    expect(seen).toEqual([{ kind: 'local', message: 'closed by this side' }])
    await expect(closing).rejects.toThrow('cannot let go')
    broken.deliver(note('late'))
    broken.end()
    expect(seen).toHaveLength(1)
  })
})

describe('a half-open connection', () => {
  test('passes nothing either way, tells no end, and can be closed', async () => {
    const { transport, far, seen, other } = await openFaulty(fault.received('b').silence())
    for (const method of ['a', 'b', 'c']) far.send(note(method))
    await macrotask()
    transport.send(note('lost'))
    transport.deliver(note('lost'))
    transport.raise(new Error('lost'))
    await far.close()
    await macrotask()
    expect([methods(seen.messages), seen.errors, seen.reasons, other.messages]).toEqual([['a'], [], [], []])
    await transport.close()
    expect(seen.reasons).toMatchObject([{ kind: 'local' }])
  })

  test('can be made at any time, or ended by a fault', async () => {
    const { transport, far, seen } = await openFaulty()
    transport.silence()
    far.send(note('a'))
    await macrotask()
    transport.end(KILLED)
    expect([seen.messages, seen.reasons]).toEqual([[], [KILLED]])
  })
})

describe('the start', () => {
  test('hangs until the transport is closed, which rejects it after the end was told', async () => {
    const [near] = memoryPair()
    const transport = faultyTransport(near, [fault.start.hang()])
    const seen = record(transport)
    const order: string[] = []
    const started = transport.start().catch((error: unknown) => {
      order.push(`rejected after ${seen.reasons.length}`)
      return error
    })
    await macrotask()
    expect(() => transport.send(note('a'))).toThrow(TransportClosedError)
    expect(order).toEqual([])
    await transport.close()
    expect(await started).toBeInstanceOf(TransportClosedError)
    expect(order).toEqual(['rejected after 1'])
    expect(seen.reasons).toMatchObject([{ kind: 'local' }])
  })

  test('fails with an error, after the end was told with it', async () => {
    const [near] = memoryPair()
    const error = new Error('refused')
    const transport = faultyTransport(near, [fault.start.fail(error)])
    const seen = record(transport)
    await expect(transport.start()).rejects.toBe(error)
    expect(seen.reasons).toEqual([{ kind: 'error', message: 'refused', cause: error }])
    await expect(transport.start()).rejects.toBe(error)
  })

  test('rejects when the connection was ended before, or is ended meanwhile', async () => {
    for (const isEarly of [true, false]) {
      const [near] = memoryPair()
      const transport = faultyTransport(near, isEarly ? [] : [fault.start.hang()])
      const seen = record(transport)
      if (isEarly) transport.end(KILLED)
      expect(seen.reasons).toEqual([])
      const started = transport.start()
      if (!isEarly) transport.end(KILLED)
      await expect(started).rejects.toBeInstanceOf(TransportClosedError)
      expect(seen.reasons).toEqual([KILLED])
    }
  })

  test('rejects as that of the wrapped transport does', async () => {
    const transport = faultyTransport(stdio({ command: '/nonexistent/program' }))
    const seen = record(transport)
    await expect(transport.start()).rejects.toMatchObject({ code: 'SPAWN_FAILED' })
    expect(seen.reasons).toMatchObject([{ kind: 'error', cause: { code: 'SPAWN_FAILED' } }])
  })

  test('cannot follow a close, and twice is as once', async () => {
    const closed = faultyTransport(memoryPair()[0])
    const seen = record(closed)
    await closed.close()
    await expect(closed.start()).rejects.toBeInstanceOf(TransportClosedError)
    expect(seen.reasons).toHaveLength(1)
    const twice = faultyTransport(memoryPair()[0])
    record(twice)
    expect(twice.start()).toBe(twice.start())
    await twice.start()
  })
})

describe('wrong arguments are refused by name', () => {
  test.each<[string, () => unknown]>([
    ['inner', () => faultyTransport({} as Transport)],
    ['inner', () => faultyTransport(null as never)],
    ['faults', () => faultyTransport(memoryPair()[0], {} as never)],
    ['faults[0]', () => faultyTransport(memoryPair()[0], [{} as never])],
    ['match', () => fault.received([] as never)],
    ['methods', () => fault.received({ methods: 'x' } as never)],
    ['method', () => fault.received('')],
    ['answerTo', () => fault.received({ method: 'a', answerTo: 'b' })],
    ['when', () => fault.sent({ when: 'x' as never })],
    ['nth', () => fault.sent({ nth: 0 })],
    ['times', () => fault.sent({ times: 1.5 })],
    ['times', () => fault.received().duplicate(0)],
    ['other', () => fault.received().replace('text' as never)],
    ['others[1]', () => fault.received().addAfter({}, 3 as never)],
    ['error', () => fault.received().raise('no' as never)],
    ['error', () => fault.sent().throw(null as never)],
    ['error', () => fault.start.fail({} as never)],
    ['reason.kind', () => fault.received().end({ kind: 'gone', message: '' } as never)],
    ['reason.message', () => fault.received().endAfter({ kind: 'remote' } as never)],
    ['reason.kind', () => faultyTransport(memoryPair()[0]).end(undefined as never)],
  ])('%s', (option, call) => {
    let error: unknown
    try {
      call()
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error).toMatchObject({ option })
  })
})

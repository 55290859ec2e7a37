import { beforeEach, describe, expect, test } from 'vitest'
import {
  AbortedError,
  ConnectionClosedError,
  ProtocolViolationError,
  type RequestContext,
  type RequestId,
  RpcError,
  TransportClosedError,
} from '../../src/rpc/index.js'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, macrotask, manualPeer, peerPair } from './helpers.js'

beforeEach(failOnUnhandled)

describe('requests of the other side', () => {
  test.each<[RequestId]>([[0], [''], [-1], [1.5], ['a b'], [2 ** 53]])(
    'the id %j is echoed exactly',
    async (id) => {
      const { peer, transport, sent } = await manualPeer()
      peer.handle('m', (params, context) => ({ params, id: context.id, method: context.method }))
      transport.deliver({ id, method: 'm', params: [1] })
      await macrotask()
      expect(sent).toEqual([{ jsonrpc: '2.0', id, result: { params: [1], id, method: 'm' } }])
    },
  )

  test('an id of null is a request too and is answered with it', async () => {
    const { peer, transport, sent } = await manualPeer()
    peer.handle('m', () => 1)
    transport.deliver({ id: null, method: 'm' }, { id: null, method: 'm' })
    await macrotask()
    expect(sent).toEqual(Array(2).fill({ jsonrpc: '2.0', id: null, result: 1 }))
  })

  test('what nobody handles is refused with -32601', async () => {
    const { client } = await peerPair()
    await expect(client.request('nobody/handles')).rejects.toMatchObject({
      rpcCode: -32601,
      message: 'Method not found: nobody/handles',
    })
  })

  test('onRequest answers what no handler takes, and handlers come and go', async () => {
    const { client, server } = await peerPair({}, { onRequest: (method, params) => ({ method, params }) })
    const remove = server.handle('m', () => 'first')
    const removeSecond = server.handle('m', () => 'second')
    expect(await client.request('m')).toBe('second')
    remove()
    expect(await client.request('m')).toBe('second')
    removeSecond()
    expect(await client.request('m', { a: 1 })).toEqual({ method: 'm', params: { a: 1 } })
  })

  test.each([
    ['a value', () => 7, 7],
    ['a promise of a value', async () => 'x', 'x'],
    ['undefined', () => undefined, null],
    ['a promise of undefined', async () => undefined, null],
    ['null', () => null, null],
    ['false', () => false, false],
  ])('a handler may return %s', async (_, handler, expected) => {
    const { client, server } = await peerPair()
    server.handle('m', handler)
    expect(await client.request('m')).toEqual(expected)
  })

  test('an RpcError chooses the error that is sent, thrown or rejected', async () => {
    const { client, server } = await peerPair()
    server.handle('throws', () => {
      throw new RpcError(-32000, 'Busy', { data: { retryAfterMs: 5 } })
    })
    server.handle('rejects', async () => {
      throw RpcError.invalidParams('no path', { at: 'path' })
    })
    await expect(client.request('throws')).rejects.toMatchObject({
      rpcCode: -32000,
      message: 'Busy',
      data: { retryAfterMs: 5 },
      method: 'throws',
    })
    await expect(client.request('rejects')).rejects.toMatchObject({ rpcCode: -32602, data: { at: 'path' } })
  })

  test('what a handler throws by accident is reported here and hidden from the other side', async () => {
    const errors: Error[] = []
    const { client, server } = await peerPair({}, { onError: (error) => errors.push(error) })
    const secret = new Error('the secret is 4711')
    const hostile = Object.create(null) as object
    server.handle('throws', () => {
      throw secret
    })
    server.handle('rejects', () => Promise.reject('text'))
    server.handle('hostile', () => {
      throw hostile
    })
    for (const method of ['throws', 'rejects', 'hostile']) {
      const error = await client.request(method).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ rpcCode: -32603, message: 'Internal error', data: undefined })
    }
    expect(errors[0]).toBe(secret)
    expect(errors.slice(1).map((error) => error.message)).toEqual([
      'text',
      'a value without a text form was thrown',
    ])
  })

  test.each([
    ['a BigInt', () => 1n],
    ['a cycle', cycle],
    [
      'an error whose data is a BigInt',
      () => {
        throw new RpcError(1, 'x', { data: 1n })
      },
    ],
  ])('a result that cannot be written is answered with an error and reported: %s', async (_, handler) => {
    const errors: Error[] = []
    const { client, server } = await peerPair({}, { onError: (error) => errors.push(error) })
    server.handle('m', handler)
    await expect(client.request('m')).rejects.toMatchObject({ rpcCode: -32603, message: 'Internal error' })
    expect(errors).toMatchObject([{ code: 'MESSAGE_ENCODE' }])
  })

  test('handlers run side by side and delay neither notifications nor each other', async () => {
    const { peer, transport, sent } = await manualPeer()
    const slow = deferred<string>()
    const order: string[] = []
    peer.handle('slow', () => {
      order.push('slow starts')
      return slow.promise
    })
    peer.handle('never', () => new Promise(() => {}))
    peer.handle('fast', () => 'fast')
    peer.listen('n', () => order.push('notification'))
    transport.deliver(
      { id: 1, method: 'slow' },
      { id: 2, method: 'never' },
      { id: 3, method: 'fast' },
      { method: 'n' },
    )
    expect(order).toEqual(['notification'])
    await macrotask()
    expect(order).toEqual(['notification', 'slow starts'])
    expect(sent).toEqual([{ jsonrpc: '2.0', id: 3, result: 'fast' }])
    slow.resolve('slow')
    await macrotask()
    expect(sent[1]).toEqual({ jsonrpc: '2.0', id: 1, result: 'slow' })
  })

  test('a request that comes again while it is being answered is answered once', async () => {
    const { peer, transport, sent, errors } = await manualPeer()
    const result = deferred<number>()
    let calls = 0
    peer.handle('m', () => {
      calls += 1
      return result.promise
    })
    transport.deliver({ id: 0, method: 'm' }, { id: 0, method: 'm' })
    result.resolve(5)
    await macrotask()
    expect([calls, sent.length]).toEqual([1, 1])
    expect(errors).toMatchObject([{ code: 'PROTOCOL_VIOLATION' }])
    transport.deliver({ id: 0, method: 'm' })
    await macrotask()
    expect([calls, sent.length]).toEqual([2, 2])
  })

  test('an answer that the transport no longer takes is reported once', async () => {
    const { peer, transport, errors } = await manualPeer()
    let sends = 0
    peer.handle('m', () => 1)
    transport.send = () => {
      sends += 1
      throw new TransportClosedError()
    }
    transport.deliver({ id: 1, method: 'm' })
    await macrotask()
    expect(sends).toBe(1)
    expect(errors).toMatchObject([{ code: 'TRANSPORT_CLOSED' }])
  })

  test('a transport whose sends reject for answers is reported', async () => {
    const { peer, transport, errors } = await manualPeer()
    peer.handle('m', () => 1)
    transport.send = () => Promise.reject(new Error('lost'))
    transport.deliver({ id: 1, method: 'm' })
    await macrotask()
    expect(errors.map((error) => error.message)).toEqual(['lost'])
  })
})

describe('withdrawal', () => {
  test('a request that is taken back aborts its signal and is not answered', async () => {
    const { peer, transport, sent, errors } = await manualPeer()
    let context: RequestContext | undefined
    peer.handle('m', (_, given) => {
      context = given
      return new Promise((_resolve, reject) => {
        given.signal.addEventListener('abort', () => reject(given.signal.reason))
      })
    })
    transport.deliver({ id: 0, method: 'm' })
    await macrotask()
    expect(context?.signal.aborted).toBe(false)
    const reason = new Error('answered elsewhere')
    expect(peer.withdraw(0, reason)).toBe(true)
    expect(context?.signal.reason).toBe(reason)
    await macrotask()
    expect([sent, errors]).toEqual([[], []])
    expect(peer.withdraw(0)).toBe(false)
  })

  test('the answer of a handler that ignores its signal is dropped, and one before the withdrawal stays', async () => {
    const { peer, transport, sent } = await manualPeer()
    const result = deferred<number>()
    peer.handle('m', () => result.promise)
    peer.handle('done', () => 'done')
    transport.deliver({ id: 1, method: 'm' }, { id: 2, method: 'done' })
    await macrotask()
    expect([peer.withdraw(1), peer.withdraw(2), peer.withdraw('1')]).toEqual([true, false, false])
    result.resolve(1)
    await macrotask()
    expect(sent).toEqual([{ jsonrpc: '2.0', id: 2, result: 'done' }])
  })

  test('a request that is taken back before its handler starts never reaches it', async () => {
    const { peer, transport, sent } = await manualPeer()
    let calls = 0
    peer.handle('m', () => {
      calls += 1
    })
    transport.deliver({ id: 1, method: 'm' })
    expect(peer.withdraw(1)).toBe(true)
    await macrotask()
    expect([calls, sent]).toEqual([0, []])
  })

  test('a signal that is asked for only afterwards is aborted already', async () => {
    const { peer, transport } = await manualPeer()
    let context: RequestContext | undefined
    peer.handle('m', (_, given) => {
      context = given
      return new Promise(() => {})
    })
    transport.deliver({ id: 1, method: 'm' })
    await macrotask()
    peer.withdraw(1)
    expect(context?.signal.aborted).toBe(true)
    expect(context?.signal.reason).toBeInstanceOf(AbortedError)
  })

  test('the id of a request that was taken back may be used again', async () => {
    const { peer, transport, sent } = await manualPeer()
    const first = deferred<string>()
    const results = [first.promise, 'second']
    peer.handle('m', () => results.shift())
    transport.deliver({ id: 1, method: 'm' })
    await macrotask()
    peer.withdraw(1)
    transport.deliver({ id: 1, method: 'm' })
    first.resolve('first')
    await macrotask()
    expect(sent).toEqual([{ jsonrpc: '2.0', id: 1, result: 'second' }])
  })

  test('the end of the connection aborts every signal with one cause', async () => {
    const { peer, transport, errors } = await manualPeer()
    const signals: AbortSignal[] = []
    peer.handle('m', (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    transport.deliver({ id: 1, method: 'm' }, { id: 2, method: 'm' })
    await macrotask()
    transport.end({ kind: 'remote', message: 'gone' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(signals[0]?.reason).toBeInstanceOf(ConnectionClosedError)
    expect(signals[0]?.reason).toBe(signals[1]?.reason)
    expect(errors).toEqual([])
  })
})

describe('notifications', () => {
  test('they reach onNotification first, then the handlers of their method in order', async () => {
    const seen: unknown[] = []
    const { peer, transport } = await manualPeer({ onNotification: (message) => seen.push(message) })
    const remove = peer.listen('n', (params, message) => seen.push(['a', params, message.method]))
    peer.listen('n', (params) => seen.push(['b', params]))
    peer.listen('other', () => seen.push('other'))
    transport.deliver({ method: 'n', params: 1 })
    expect(seen).toEqual([{ method: 'n', params: 1 }, ['a', 1, 'n'], ['b', 1]])
    seen.length = 0
    remove()
    remove()
    transport.deliver({ jsonrpc: '2.0', method: 'n' })
    expect(seen).toEqual([{ jsonrpc: '2.0', method: 'n' }, ['b', undefined]])
  })

  test('a handler may be added twice and is taken away once at a time', async () => {
    const { peer, transport } = await manualPeer()
    let calls = 0
    const count = () => {
      calls += 1
    }
    const removes = [peer.listen('n', count), peer.listen('n', count)]
    transport.deliver({ method: 'n' })
    removes[0]?.()
    transport.deliver({ method: 'n' })
    removes[1]?.()
    transport.deliver({ method: 'n' })
    expect(calls).toBe(3)
  })

  test('a handler that replaces itself meets only the next notification', async () => {
    const { peer, transport } = await manualPeer()
    const seen: unknown[] = []
    const once = () => {
      const remove = peer.listen('n', (params) => {
        seen.push(params)
        remove()
        once()
      })
    }
    once()
    transport.deliver({ method: 'n', params: 1 }, { method: 'n', params: 2 })
    expect(seen).toEqual([1, 2])
  })

  test('what a handler throws or rejects with is reported and stops nothing', async () => {
    const errors: unknown[] = []
    const seen: string[] = []
    const { peer, transport } = await manualPeer({
      onNotification: () => {
        throw new Error('from onNotification')
      },
      onError: (error) => {
        errors.push(error.message)
        throw new Error('from onError')
      },
    })
    peer.listen('n', () => {
      throw new Error('thrown')
    })
    peer.listen('n', async () => {
      throw new Error('rejected')
    })
    peer.listen('n', () => seen.push('the last handler'))
    transport.deliver({ method: 'n' }, { method: 'm' })
    await macrotask()
    expect(seen).toEqual(['the last handler'])
    expect(errors).toEqual(['from onNotification', 'thrown', 'from onNotification', 'rejected'])
  })

  test('an onError that rejects breaks nothing either', async () => {
    const { transport, peer } = await manualPeer({
      onNotification: async () => {
        throw new Error('rejected')
      },
      onError: async () => {
        throw new Error('from onError')
      },
    })
    transport.deliver({ method: 'n' }, 5)
    await macrotask()
    expect(peer.closeReason).toBeUndefined()
  })
})

describe('messages that are none', () => {
  const invalid = [{}, { foo: 1 }, { method: 1 }, { method: 'm', id: {} }, { id: true }, 5, null, 'x', [[]]]

  test.each(invalid.map((message) => [message]))(
    '%j is reported and answered with -32600',
    async (message) => {
      const { transport, sent, errors } = await manualPeer()
      transport.deliver(message)
      const refusal = { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } }
      expect(sent).toEqual([Array.isArray(message) ? [refusal] : refusal])
      expect(errors[0]).toBeInstanceOf(ProtocolViolationError)
    },
  )

  test.each(invalid.map((message) => [message]))('%j is only reported when so chosen', async (message) => {
    const { transport, sent, errors } = await manualPeer({ answerInvalidMessages: false })
    transport.deliver(message)
    expect(sent).toEqual([])
    expect(errors).toHaveLength(1)
  })

  test('a prototype in the message has no effect', async () => {
    const { transport, errors } = await manualPeer()
    transport.deliver(JSON.parse('{"__proto__":{"method":"m"},"id":1}'))
    expect(errors).toHaveLength(1)
    expect(({} as { method?: unknown }).method).toBeUndefined()
  })
})

test('both ends of a connection may ask and answer at the same time', async () => {
  const { client, server } = await peerPair()
  client.handle('double', (n) => (n as number) * 2)
  server.handle('add', async (n) => (n as number) + ((await server.request('double', n)) as number))
  const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => client.request('add', i)))
  expect(sums).toEqual(Array.from({ length: 100 }, (_, i) => 3 * i))
})

function cycle(): unknown {
  const value: Record<string, unknown> = {}
  value.self = value
  return value
}

import { beforeEach, describe, expect, test } from 'vitest'
import { type RequestId, RpcError, TransportClosedError } from '../../src/rpc/index.js'
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

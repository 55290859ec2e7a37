import { beforeEach, describe, expect, test } from 'vitest'
import {
  type CloseReason,
  ConnectionClosedError,
  RpcPeer,
  TransportClosedError,
} from '../../src/rpc/index.js'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, ManualTransport, macrotask, manualPeer, peerPair } from './helpers.js'

beforeEach(failOnUnhandled)

const GONE: CloseReason = { kind: 'remote', message: 'gone', exitCode: 3, cause: new Error('why') }

describe('the end of the connection', () => {
  test('everything that waits rejects once, with one reason', async () => {
    const { peer, transport } = await manualPeer()
    let settled = 0
    const results = ['a', 'b', 'c'].map((method) =>
      peer.request(method).catch((error: unknown) => {
        settled += 1
        return error as ConnectionClosedError
      }),
    )
    transport.end(GONE)
    transport.end({ kind: 'error', message: 'again' })
    transport.deliver({ id: 1, result: 'too late' })
    const errors = (await Promise.all(results)) as ConnectionClosedError[]
    expect(settled).toBe(3)
    for (const error of errors) {
      expect(error).toBeInstanceOf(ConnectionClosedError)
      expect(error.reason).toBe(GONE)
      expect(error.cause).toBe(GONE.cause)
    }
    expect(errors[1]?.message).toBe('b: connection closed: gone')
    expect(await peer.closed).toBe(GONE)
    expect([peer.closeReason, peer.pendingRequests]).toEqual([GONE, 0])
  })

  test('a reaction to one rejection meets a connection that is closed for good', async () => {
    const { peer, transport } = await manualPeer()
    const again = peer.request('a').catch(() => peer.request('again'))
    transport.end(GONE)
    await expect(again).rejects.toThrow(TransportClosedError)
    expect(() => peer.notify('n')).toThrow('n: gone')
  })

  test('callbacks that throw keep nothing from settling', async () => {
    const throwing = () => {
      throw new Error('from a callback')
    }
    const { peer, transport } = await manualPeer({ onError: throwing, onNotification: throwing })
    const result = peer.request('a')
    transport.onerror?.(new Error('a problem'))
    transport.deliver({ method: 'n' })
    transport.end(GONE)
    await expect(result).rejects.toThrow(ConnectionClosedError)
    expect(await peer.closed).toBe(GONE)
  })

  test('nothing is dispatched any more', async () => {
    const { peer, transport, sent } = await manualPeer()
    let calls = 0
    peer.listen('n', () => {
      calls += 1
    })
    peer.handle('m', () => 1)
    transport.end(GONE)
    transport.deliver({ method: 'n' }, { id: 1, method: 'm' }, 5, [])
    await macrotask()
    expect([calls, sent]).toEqual([0, []])
  })

  test('a request that came just before does not reach its handler', async () => {
    const { peer, transport } = await manualPeer()
    let calls = 0
    peer.handle('m', () => {
      calls += 1
    })
    transport.deliver({ id: 1, method: 'm' })
    transport.end(GONE)
    await macrotask()
    expect(calls).toBe(0)
  })
})

describe('close()', () => {
  test('settles everything before it returns, then closes the transport once', async () => {
    const { peer, transport } = await manualPeer()
    const result = peer.request('a')
    const closing = peer.close()
    expect(peer.closeReason).toEqual({ kind: 'local', message: 'closed by this side' })
    expect(peer.pendingRequests).toBe(0)
    expect(peer.close()).toBe(closing)
    expect(peer[Symbol.asyncDispose]()).toBe(closing)
    await closing
    expect(transport.closeCalls).toBe(1)
    await expect(result).rejects.toMatchObject({ reason: { kind: 'local' } })
    expect(await peer.closed).toBe(peer.closeReason)
  })

  test('releases the transport after the other side has ended the connection', async () => {
    const { peer, transport } = await manualPeer()
    transport.end(GONE)
    await peer.close()
    expect(transport.closeCalls).toBe(1)
    expect(await peer.closed).toBe(GONE)
  })

  test('may be called in a handler, a listener and a reaction, at the same time', async () => {
    const { client, server } = await peerPair()
    server.handle('m', async () => {
      await server.close()
      return 'never sent'
    })
    server.listen('n', () => void server.close())
    const result = client.request('m').catch((error: unknown) => {
      void client.close()
      return error
    })
    void client.notify('n')
    expect(await result).toBeInstanceOf(ConnectionClosedError)
    expect((await server.closed).kind).toBe('local')
    expect((await client.closed).kind).toBe('remote')
    await Promise.all([client.close(), server.close()])
  })

  test('resolves though the transport fails to close, and reports that', async () => {
    for (const close of [
      () => Promise.reject(new Error('cannot close')),
      () => {
        throw new Error('cannot close')
      },
    ]) {
      const { peer, transport, errors } = await manualPeer()
      transport.close = close
      await peer.close()
      expect(errors.map((error) => error.message)).toEqual(['cannot close'])
    }
  })

  test('settles everything even if the transport never finishes closing', async () => {
    const transport = new ManualTransport()
    transport.close = () => new Promise(() => {})
    const peer = new RpcPeer(transport)
    await peer.start()
    const result = peer.request('a')
    void peer.close()
    await expect(result).rejects.toThrow(ConnectionClosedError)
    expect((await peer.closed).kind).toBe('local')
  })
})

describe('the start', () => {
  test('happens once, however often it is asked for', async () => {
    let starts = 0
    class Counting extends ManualTransport {
      override async start(): Promise<void> {
        starts += 1
      }
    }
    const { peer } = await manualPeer({}, new Counting())
    expect(peer.start()).toBe(peer.start())
    await peer.start()
    expect(starts).toBe(1)
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('no way'))],
    [
      'throws',
      () => {
        throw new Error('no way')
      },
    ],
  ])('a transport whose start %s fails the start and ends the connection', async (_, start) => {
    const transport = new ManualTransport()
    transport.start = start
    const peer = new RpcPeer(transport)
    await expect(peer.start()).rejects.toThrow('no way')
    expect(await peer.closed).toMatchObject({ kind: 'error', cause: { message: 'no way' } })
    await expect(peer.request('a')).rejects.toThrow(TransportClosedError)
    await peer.close()
    expect(transport.closeCalls).toBe(1)
  })

  test('the reason that the transport gives for a failed start is kept', async () => {
    const transport = new ManualTransport()
    transport.start = async () => {
      transport.end(GONE)
      throw new Error('no way')
    }
    const peer = new RpcPeer(transport)
    await expect(peer.start()).rejects.toThrow('no way')
    expect(await peer.closed).toBe(GONE)
  })

  test('closing meanwhile ends it, even if the transport never opens', async () => {
    const transport = new ManualTransport()
    transport.start = () => new Promise(() => {})
    const peer = new RpcPeer(transport)
    const starting = peer.start()
    await peer.close()
    await expect(starting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', reason: { kind: 'local' } })
    expect(transport.closeCalls).toBe(1)
  })

  test('closing meanwhile ends it, whatever the transport makes of that later', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const transport = new ManualTransport()
      const opened = deferred<void>()
      transport.start = () => opened.promise
      const peer = new RpcPeer(transport)
      const starting = peer.start()
      await peer.close()
      opened[settle](undefined)
      await expect(starting).rejects.toThrow(ConnectionClosedError)
      expect((await peer.closed).kind).toBe('local')
    }
  })

  test('a transport that closes its peer and then throws fails the start', async () => {
    const transport = new ManualTransport()
    const peer: RpcPeer = new RpcPeer(transport)
    transport.start = () => {
      void peer.close()
      throw new Error('no way')
    }
    await expect(peer.start()).rejects.toThrow('no way')
    await macrotask()
  })

  test('is refused after close()', async () => {
    const peer = new RpcPeer(new ManualTransport())
    await peer.close()
    await expect(peer.start()).rejects.toThrow(ConnectionClosedError)
    await expect(peer.request('a')).rejects.toThrow(TransportClosedError)
  })

  test('requests before it fail as the transport decides', async () => {
    const transport = new ManualTransport()
    transport.send = () => {
      throw new TransportClosedError()
    }
    const peer = new RpcPeer(transport)
    await expect(peer.request('a')).rejects.toThrow(TransportClosedError)
    expect(peer.pendingRequests).toBe(0)
    await peer.close()
  })
})

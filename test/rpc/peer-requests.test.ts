import { beforeEach, describe, expect, test } from 'vitest'
import {
  AbortedError,
  InvalidInputError,
  MessageEncodeError,
  OversizeMessageError,
  ProtocolViolationError,
  RpcError,
  RpcPeer,
  TransportClosedError,
  type WireMessage,
} from '../../src/rpc/index.js'
import { memoryPair } from '../../src/transports/memory.js'
import { failOnUnhandled, ManualTransport, macrotask, manualPeer, peerPair } from './helpers.js'

beforeEach(failOnUnhandled)

describe('answers', () => {
  test('a request resolves with the result of its own answer, in whatever order they come', async () => {
    const { peer, transport, sent } = await manualPeer()
    const results = [peer.request('a', { x: 1 }), peer.request('b'), peer.request('c')]
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'a', params: { x: 1 } },
      { jsonrpc: '2.0', id: 2, method: 'b' },
      { jsonrpc: '2.0', id: 3, method: 'c' },
    ])
    expect(peer.pendingRequests).toBe(3)
    transport.deliver(
      { id: 3, result: 'C' },
      { jsonrpc: '2.0', id: 1, result: null },
      { id: 2, result: false },
    )
    expect(await Promise.all(results)).toEqual([null, false, 'C'])
    expect(peer.pendingRequests).toBe(0)
  })

  test('the header can be left out', async () => {
    const { peer, transport, sent } = await manualPeer({ jsonrpcHeader: false })
    peer.handle('h', () => 1)
    void peer.notify('n', 1)
    const result = peer.request('r')
    transport.deliver({ id: 1, result: 1 }, { id: 0, method: 'h' }, { id: 1, method: 'unknown' })
    await result
    await macrotask()
    expect(sent).toHaveLength(4)
    for (const message of sent) expect(message).not.toHaveProperty('jsonrpc')
  })

  test.each([
    [{ code: -32000, message: 'No', data: { a: 1 } }, -32000, 'No', { a: 1 }],
    [{ code: 'x', message: 5 }, -32603, 'Unspecified error', undefined],
    [{}, -32603, 'Unspecified error', undefined],
    ['only text', -32603, 'only text', undefined],
    [7, -32603, 'Unspecified error', undefined],
    [[], -32603, 'Unspecified error', undefined],
    [false, -32603, 'Unspecified error', undefined],
  ])(
    'the error %j rejects the request with what can be read of it',
    async (error, rpcCode, message, data) => {
      const { peer, transport } = await manualPeer()
      const result = peer.request('m')
      transport.deliver({ id: 1, error, result: 'ignored' })
      const rejection = await result.catch((reason: unknown) => reason)
      expect(rejection).toBeInstanceOf(RpcError)
      expect(rejection).toMatchObject({ rpcCode, message, data, method: 'm', code: 'RPC_ERROR' })
    },
  )

  test('an error member of null beside a result is no error', async () => {
    const { peer, transport } = await manualPeer()
    const result = peer.request('m')
    transport.deliver({ id: 1, error: null, result: 5 })
    expect(await result).toBe(5)
  })

  test.each([[{ id: 1 }], [{ id: 1, error: null }]])(
    'the answer %j without result and error rejects the request',
    async (answer) => {
      const { peer, transport } = await manualPeer()
      const result = peer.request('m')
      transport.deliver(answer)
      await expect(result).rejects.toThrow(ProtocolViolationError)
    },
  )

  test('a second answer, and one to no request, are reported and change nothing', async () => {
    const { peer, transport, errors } = await manualPeer()
    const result = peer.request('m')
    transport.deliver({ id: 1, result: 'first' }, { id: 1, result: 'second' }, { id: '1', result: 'text' })
    transport.deliver({ id: 99, error: { code: 1, message: 'late' } }, { id: null, result: 1 })
    expect(await result).toBe('first')
    expect(errors.map((error) => error.constructor)).toEqual(Array(4).fill(ProtocolViolationError))
    expect(errors.map((error) => error.message.replace(/.*\((.*)\)/, '$1'))).toEqual([
      'id 1',
      'id "1"',
      'id 99',
      'id null',
    ])
    expect(errors[2]?.cause).toMatchObject({ rpcCode: 1, message: 'late' })
  })

  test('the answer may come while the request is still being written', async () => {
    class Echo extends ManualTransport {
      override send(message: WireMessage): void {
        this.deliver({ id: (message as { id: number }).id, result: 'at once' })
      }
    }
    const { peer, errors } = await manualPeer({}, new Echo())
    expect(await peer.request('m')).toBe('at once')
    expect(errors).toEqual([])
  })

  test('an answer that was too long to read rejects its request only', async () => {
    const { peer, transport, errors } = await manualPeer()
    const [big, small] = [peer.request('big'), peer.request('small')]
    const error = new OversizeMessageError(200, 100, { responseId: 1 })
    transport.onerror?.(error)
    transport.onerror?.(new OversizeMessageError(200, 100))
    transport.deliver({ id: 2, result: 'small' })
    await expect(big).rejects.toBe(error)
    expect(await small).toBe('small')
    expect(errors).toHaveLength(2)
  })
})

describe('order', () => {
  test('notifications of a chunk are dispatched before the continuation of any answer in it', async () => {
    const seen: string[] = []
    const { peer, transport } = await manualPeer({
      onNotification: ({ method }) => seen.push(method),
    })
    const result = peer.request('m').then(() => seen.push('answer'))
    transport.deliver({ method: 'before' }, { id: 1, result: 1 }, { method: 'after' }, { method: 'last' })
    expect(seen).toEqual(['before', 'after', 'last'])
    await result
    expect(seen).toEqual(['before', 'after', 'last', 'answer'])
  })
})

describe('giving up', () => {
  test('a signal that was aborted before keeps the request from being sent', async () => {
    const { peer, sent } = await manualPeer()
    const reason = new Error('before')
    const rejection = peer.request('m', {}, { signal: AbortSignal.abort(reason) })
    await expect(rejection).rejects.toThrow(AbortedError)
    await expect(rejection).rejects.toMatchObject({ name: 'AbortError', code: 'ABORTED', cause: reason })
    expect(sent).toEqual([])
    expect(peer.pendingRequests).toBe(0)
  })

  test('a signal that aborts while the request waits rejects it, and its late answer is reported', async () => {
    const { peer, transport, errors } = await manualPeer()
    const controller = new AbortController()
    const rejection = peer.request('m', {}, { signal: controller.signal })
    controller.abort('enough')
    await expect(rejection).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' })
    transport.deliver({ id: 1, result: 1 })
    expect(errors).toHaveLength(1)
  })

  test('a signal that aborts after the answer changes nothing', async () => {
    const { peer, transport } = await manualPeer()
    const controller = new AbortController()
    const result = peer.request('m', {}, { signal: controller.signal })
    transport.deliver({ id: 1, result: 'answered' })
    controller.abort()
    expect(await result).toBe('answered')
  })

  test('no listener is left on a long-lived signal, however its requests end', async () => {
    const { peer, transport } = await manualPeer()
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1
      removeEventListener.apply(signal, args)
    }
    const send = () => peer.request('m', {}, { signal, timeoutMs: 60_000 })
    const results = [send(), send(), send()]
    expect(listeners).toBe(1)
    transport.deliver({ id: 1, result: 1 }, { id: 2, error: {} })
    expect(listeners).toBe(1)
    transport.send = () => {
      throw new TransportClosedError()
    }
    results.push(send())
    expect(listeners).toBe(1)
    transport.end()
    expect(listeners).toBe(0)
    expect((await Promise.allSettled(results)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ])
  })
})

describe('what cannot be sent', () => {
  test('a transport that throws rejects the request with that error and forgets it', async () => {
    const { peer, transport } = await manualPeer()
    const error = new Error('broken')
    transport.send = () => {
      throw error
    }
    await expect(peer.request('m')).rejects.toBe(error)
    expect(peer.pendingRequests).toBe(0)
    expect(() => peer.notify('n')).toThrow(error)
  })

  test('a transport that rejects instead of throwing does the same, and a notification reports it', async () => {
    const { peer, transport, errors } = await manualPeer()
    const error = new Error('broken later')
    transport.send = () => Promise.reject(error)
    await expect(peer.request('m')).rejects.toBe(error)
    await expect(peer.notify('n')).rejects.toBe(error)
    void peer.notify('n')
    await macrotask()
    expect(errors).toEqual([error, error])
  })

  test('parameters without a JSON form reject the request before anything is sent', async () => {
    const { client, server } = await peerPair()
    server.handle('m', () => 'fine')
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    await expect(client.request('m', cycle)).rejects.toThrow(MessageEncodeError)
    await expect(client.request('m', { big: 1n })).rejects.toThrow(MessageEncodeError)
    expect(() => client.notify('m', cycle)).toThrow(MessageEncodeError)
    expect(await client.request('m')).toBe('fine')
    expect(client.pendingRequests).toBe(0)
  })

  test('the promise of a transport that is full is handed on by notify and awaited by nobody else', async () => {
    const { peer, transport } = await manualPeer()
    const drained = Promise.resolve()
    transport.send = () => drained
    expect(peer.notify('n')).toBe(drained)
    const result = peer.request('m')
    transport.deliver({ id: 1, result: 1 })
    expect(await result).toBe(1)
  })
})

describe('wrong input', () => {
  test.each([[0], [-1], [Number.NaN], ['5'], [2 ** 31]])(
    'a timeoutMs of %j is refused',
    async (timeoutMs) => {
      const { peer, sent } = await manualPeer()
      const options = { timeoutMs: timeoutMs as number }
      await expect(peer.request('m', {}, options)).rejects.toThrow(InvalidInputError)
      expect(() => new RpcPeer(new ManualTransport(), { requestTimeoutMs: timeoutMs as number })).toThrow(
        expect.objectContaining({ option: 'requestTimeoutMs' }),
      )
      expect(sent).toEqual([])
    },
  )

  test('a signal that is none is refused', async () => {
    const { peer, sent } = await manualPeer()
    const signal = {} as AbortSignal
    await expect(peer.request('m', {}, { signal })).rejects.toMatchObject({ option: 'signal' })
    expect(sent).toEqual([])
  })

  test.each(['onRequest', 'onNotification', 'onError'])('an %s that is no function is refused', (option) => {
    expect(() => new RpcPeer(new ManualTransport(), { [option]: 5 })).toThrow(
      expect.objectContaining({ option }),
    )
  })

  test('handlers that are no functions, and a transport that is none, are refused', async () => {
    const { peer } = await manualPeer()
    const nothing = undefined as unknown as () => void
    expect(() => peer.handle('m', nothing)).toThrow(InvalidInputError)
    expect(() => peer.listen('m', nothing)).toThrow(InvalidInputError)
    for (const transport of [undefined, null, {}, memoryPair()]) {
      expect(() => new RpcPeer(transport as never)).toThrow(expect.objectContaining({ option: 'transport' }))
    }
  })
})

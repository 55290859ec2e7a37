import { beforeEach, describe, expect, test } from 'vitest'
import { AbortedError, ConnectionClosedError, type RequestContext } from '../../src/rpc/index.js'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, macrotask, manualPeer } from './helpers.js'

beforeEach(failOnUnhandled)

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

  test('the end of the connection takes back requests without an id too, started or not', async () => {
    const { peer, transport } = await manualPeer()
    const signals: AbortSignal[] = []
    peer.handle('m', (_params, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    transport.deliver({ id: null, method: 'm' }, { id: null, method: 'm' })
    await macrotask()
    transport.deliver({ id: null, method: 'm' })
    transport.end()
    await macrotask()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
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

import { beforeEach, describe, expect, test } from 'vitest'
import { ProtocolViolationError } from '../../src/rpc/index.js'
import { failOnUnhandled, macrotask, manualPeer } from './helpers.js'

beforeEach(failOnUnhandled)

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

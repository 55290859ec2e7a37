import { describe, expect, it } from 'vitest'
import { MessageParseError, NoiseLineError } from '../../src/rpc/index.js'
import { macrotask, manualPeer } from './helpers.js'

const refusal = (error: Error) => ({ id: -1, error: { code: -32600, message: error.name } })

describe('a peer of a stricter protocol', () => {
  it('refuses a batch as a whole, and answers none of its members', async () => {
    const { transport, sent, peer } = await manualPeer({ acceptBatches: false, jsonrpcHeader: false })
    peer.handle('m', () => 'never')
    transport.deliver([{ id: 1, method: 'm' }])
    await macrotask()
    expect(sent).toEqual([{ id: null, error: { code: -32600, message: 'Invalid Request' } }])
  })

  it('refuses a request whose id is not taken', async () => {
    const { transport, sent, peer } = await manualPeer({
      acceptId: (id) => typeof id === 'string' || Number.isSafeInteger(id),
      answerInvalidMessages: refusal,
    })
    peer.handle('m', () => 'done')
    transport.deliver({ id: null, method: 'm' }, { id: 1.5, method: 'm' }, { id: 2, method: 'm' })
    await macrotask()
    const refused = { id: -1, error: { code: -32600, message: 'ProtocolViolationError' } }
    expect(sent).toEqual([refused, refused, { jsonrpc: '2.0', id: 2, result: 'done' }])
  })

  it('takes no id when the check throws', async () => {
    const { transport, sent, errors, peer } = await manualPeer({
      acceptId: () => {
        throw new Error('broken check')
      },
      answerInvalidMessages: false,
    })
    peer.handle('m', () => 'never')
    transport.deliver({ id: 1, method: 'm' })
    await macrotask()
    expect(sent).toEqual([])
    expect(errors.map((error) => error.message)).toContain('broken check')
  })

  it('answers lines that are no messages in the words of its protocol', async () => {
    const { transport, sent } = await manualPeer({ answerInvalidMessages: refusal })
    transport.onerror?.(new NoiseLineError(3, ''))
    transport.onerror?.(new MessageParseError(3, ''))
    expect(sent).toEqual([
      { id: -1, error: { code: -32600, message: 'NoiseLineError' } },
      { id: -1, error: { code: -32600, message: 'MessageParseError' } },
    ])
  })

  it('sends nothing when the maker of answers throws, and reports it', async () => {
    const { transport, sent, errors } = await manualPeer({
      answerInvalidMessages: () => {
        throw new Error('no answer')
      },
    })
    transport.deliver({ foo: 1 })
    expect(sent).toEqual([])
    expect(errors.map((error) => error.message)).toContain('no answer')
  })

  it('hands an answer to no request to whoever asked for it, and survives its throw', async () => {
    const seen: unknown[] = []
    const { transport, errors } = await manualPeer({
      onUnexpectedResponse: (response) => {
        seen.push(response)
        throw new Error('in the callback')
      },
    })
    transport.deliver({ id: 9, result: 1 })
    expect(seen).toEqual([{ id: 9, result: 1 }])
    expect(errors.map((error) => error.message)).toEqual(['in the callback'])
  })

  it('handles notifications between the requests that they came between', async () => {
    const order: string[] = []
    const { transport, peer } = await manualPeer({
      orderedNotifications: true,
      onNotification: ({ method }) => void order.push(method),
    })
    peer.handle('request', (params) => void order.push(String(params)))
    transport.deliver(
      { id: 1, method: 'request', params: 'first' },
      { method: 'notification' },
      { id: 2, method: 'request', params: 'second' },
    )
    expect(order).toEqual([])
    await macrotask()
    expect(order).toEqual(['first', 'notification', 'second'])
  })

  it('takes a message with an id and nothing else for no answer', async () => {
    const { transport, sent } = await manualPeer({
      onUnexpectedResponse: () => {},
      answerInvalidMessages: refusal,
    })
    transport.deliver({ id: 9 })
    expect(sent).toEqual([{ id: -1, error: { code: -32600, message: 'ProtocolViolationError' } }])
  })
})

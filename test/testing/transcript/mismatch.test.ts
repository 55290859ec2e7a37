import { beforeEach, describe, expect, it } from 'vitest'
import { ConnectionClosedError, RpcPeer } from '../../../src/rpc/index.js'
import { replay, TranscriptMismatchError } from '../../../src/testing/index.js'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { diverge, sent, transcriptOf } from './support.js'

beforeEach(failOnUnhandled)

describe('a divergence', () => {
  const request = (params: object) => ({ id: 1, method: 'turn/start', params })

  it('is no other id, text, number or order of fields', async () => {
    expect(
      await diverge(
        [request({ cwd: '/a', input: [{ type: 'text', text: 'hi' }], n: 1 })],
        [
          {
            params: { n: 2, input: [{ text: 'ho', type: 'text' }], cwd: '/b' },
            method: 'turn/start',
            id: 'z',
          },
        ],
      ),
    ).toBeUndefined()
  })

  it.each<[string, object, object, object]>([
    ['a missing field', { a: 1, b: 2 }, { a: 1 }, { path: 'params.b', difference: 'missing', recorded: 2 }],
    ['a new field', { a: 1 }, { a: 1, b: 'x' }, { path: 'params.b', difference: 'unexpected', sent: 'x' }],
    ['another kind', { a: 1 }, { a: '1' }, { path: 'params.a', difference: 'kind', recorded: 1, sent: '1' }],
    ['null for a text', { a: 'x' }, { a: null }, { path: 'params.a', difference: 'kind' }],
    ['a longer list', { a: [1] }, { a: [1, 2] }, { path: 'params.a', difference: 'kind' }],
    ['a list for an object', { a: {} }, { a: [] }, { path: 'params.a', difference: 'kind' }],
    [
      'another value where it counts',
      { input: [{ type: 'text' }] },
      { input: [{ type: 'image' }] },
      { path: 'params.input[0].type', difference: 'value', recorded: 'text', sent: 'image' },
    ],
    [
      'another value below a field that counts',
      { sandbox: { mode: 'read-only' } },
      { sandbox: { mode: 'none' } },
      { path: 'params.sandbox.mode', difference: 'value' },
    ],
  ])('is %s', async (_what, recorded, actual, difference) => {
    const error = await diverge([request(recorded)], [request(actual)])
    expect(error).toBeInstanceOf(TranscriptMismatchError)
    expect(error).toMatchObject({ code: 'TRANSCRIPT_MISMATCH', line: 2, differences: [difference] })
  })

  it('is a request for a notification, an error for a result, and another error', async () => {
    expect(await diverge([{ method: 'a' }], [{ id: 1, method: 'a' }])).toMatchObject({
      differences: [{ path: 'id', difference: 'unexpected' }],
    })
    const refused = (code: number) => ({ id: 0, error: { code, message: 'no' } })
    expect((await diverge([{ id: 0, result: 1 }], [refused(-1)]))?.differences).toHaveLength(2)
    expect(await diverge([refused(-1)], [refused(-2)])).toMatchObject({
      differences: [{ path: 'error.code', recorded: -1, sent: -2 }],
    })
  })

  it('is shown with both messages, readable, and without secrets', async () => {
    const error = await diverge(
      [request({ effort: 'high', input: [{ type: 'text', text: 'hi' }] })],
      [
        request({
          apiKey: 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789',
          input: [{ type: 'image', text: 'hi' }],
        }),
      ],
    )
    expect(error?.message).toBe(
      [
        'the request turn/start differs from line 2 of the transcript',
        '  params.effort: recorded "high" (string), not sent',
        '  params.input[0].type: recorded "text" (string), sent "image" (string)',
        '  params.apiKey: not recorded, sent "[redacted]" (string)',
        '- {"id":1,"method":"turn/start","params":{"effort":"high","input":[{"type":"text","text":"hi"}]}}',
        '+ {"id":1,"method":"turn/start","params":{"apiKey":"[redacted]","input":[{"type":"image","text":"hi"}]}}',
      ].join('\n'),
    )
    expect(JSON.stringify(error)).not.toContain('sk-proj')
  })

  it('names what was sent in place of what, or after everything', async () => {
    const other = await diverge([{ id: 1, method: 'a' }], [{ method: 'b' }])
    expect(other?.message.split('\n')[0]).toBe(
      'the notification b was sent where line 2 of the transcript has the request a',
    )
    const unasked = await diverge([{ id: 1, method: 'a' }], [{ id: 9, result: 1 }])
    expect(unasked?.message.split('\n')[0]).toContain('the result for the request 9 was sent where line 2')
    const more = await diverge([{ method: 'a' }], [{ method: 'a' }, { method: 'a' }])
    expect(more).toMatchObject({ line: undefined, expected: undefined, received: { method: 'a' } })
    expect(more?.message).toBe(
      'the transcript has nothing more to be sent, but the notification a was\n+ {"method":"a"}',
    )
  })

  it('shows a part of what is long', async () => {
    const long = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, 'x'.repeat(1000)]))
    const error = await diverge([request({})], [request(long)])
    expect(error?.differences).toHaveLength(100)
    expect(error?.message).toContain('and 80 more')
    expect(error?.message.length).toBeLessThan(5000)
  })

  it('counts what `exact` names and leaves out what `ignore` names', async () => {
    const [was, is] = [
      request({ cwd: '/a', extra: 1, input: [{ text: 'a' }] }),
      request({ cwd: '/b', input: [{ text: 'b' }] }),
    ]
    expect(await diverge([was], [is], { ignore: ['extra'] })).toBeUndefined()
    expect(await diverge([was], [is], { ignore: ['params.extra'] })).toBeUndefined()
    expect((await diverge([was], [is], { ignore: ['other.extra'] }))?.differences).toHaveLength(1)
    expect(await diverge([was], [is], { ignore: ['extra'], exact: ['params.input.*.text'] })).toMatchObject({
      differences: [{ path: 'params.input[0].text' }],
    })
    expect(await diverge([was], [is], { ignore: ['extra'], exact: ['cwd'] })).toMatchObject({
      differences: [{ path: 'params.cwd' }],
    })
  })

  it('is judged by `match` when that decides', async () => {
    const [was, is] = [request({ a: 1 }), request({ b: 2 })]
    expect(await diverge([was], [is], { match: () => true })).toBeUndefined()
    expect(await diverge([was], [was], { match: () => false })).toMatchObject({
      differences: [{ path: 'the whole message' }],
    })
    expect((await diverge([was], [is], { match: () => undefined }))?.differences).toHaveLength(2)
  })

  it('is no difference where a secret was removed', async () => {
    const was = request({ pin: '[redacted]', type: 'Bearer [redacted]' })
    expect(await diverge([was], [request({ pin: 1234, type: 'Bearer x' })])).toBeUndefined()
  })

  it('rejects what a peer waits for, with the difference as its cause', async () => {
    const transport = replay(transcriptOf(sent({ id: 1, method: 'a', params: {} })))
    const peer = new RpcPeer(transport, { jsonrpcHeader: false })
    await peer.start()
    const error = await peer.request('b', {}).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConnectionClosedError)
    expect((error as ConnectionClosedError).reason.cause).toBe(transport.mismatch)
    expect((await peer.closed).message).toContain('the request b was sent where line 2')
  })
})

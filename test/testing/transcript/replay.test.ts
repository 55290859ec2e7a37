import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type CloseReason,
  ConnectionClosedError,
  RpcPeer,
  TransportClosedError,
  type WireMessage,
} from '../../../src/rpc/index.js'
import {
  RecordedError,
  type ReplayOptions,
  replay,
  type Transcript,
  TranscriptMismatchError,
} from '../../../src/testing/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { failOnUnhandled, macrotask } from '../../rpc/helpers.js'
import { received, recordedPair, sent, transcriptOf } from './support.js'

beforeEach(failOnUnhandled)

/** A replay that is started, and what it tells. */
async function open(transcript: Transcript, options: ReplayOptions = {}) {
  const transport = replay(transcript, options)
  const messages: WireMessage[] = []
  const errors: Error[] = []
  const reasons: CloseReason[] = []
  transport.onmessage = (message) => messages.push(message)
  transport.onerror = (error) => errors.push(error)
  transport.onclose = (reason) => reasons.push(reason)
  onTestFinished(() => transport.close())
  await transport.start()
  return { transport, messages, errors, reasons }
}

/** Sends messages to a replay of others, and returns what it found wrong. */
async function diverge(recorded: readonly object[], actual: readonly object[], options?: ReplayOptions) {
  const { transport, reasons } = await open(
    transcriptOf(...recorded.map((message) => sent(message)), received({ method: 'end' })),
    options,
  )
  for (const message of actual) transport.send(message)
  await macrotask()
  if (transport.mismatch) {
    expect(reasons).toMatchObject([{ kind: 'error', cause: transport.mismatch }])
    expect(() => transport.send({ method: 'late' })).toThrow(TransportClosedError)
  }
  return transport.mismatch
}

describe('a replay', () => {
  it('plays a recorded conversation to another client', async () => {
    const { client, server, transcript } = await recordedPair()
    server.handle('greet', (params) => `hello ${(params as { name: string }).name}`)
    client.handle('confirm', () => true)
    await client.request('greet', { name: 'Ada' })
    await server.request('confirm', {})
    await client.request('greet', { name: 'Bob' })
    await client.close()

    const transport = replay(transcript())
    const again = new RpcPeer(transport, { jsonrpcHeader: false })
    const confirmed = deferred<void>()
    again.handle('confirm', () => {
      confirmed.resolve()
      return true
    })
    await again.start()
    expect(await again.request('greet', { name: 'Eve' })).toBe('hello Ada')
    await confirmed.promise
    expect(await again.request('greet', { name: 'Eve' })).toBe('hello Bob')
    await again.close()
    expect([transport.mismatch, transport.remaining]).toEqual([undefined, []])
  })

  it('answers with the ids of this run, whatever their type', async () => {
    const { transport, messages } = await open(
      transcriptOf(
        sent({ id: 0, method: 'a' }),
        sent({ id: 1, method: 'b' }),
        received({ id: 1, result: 'b' }),
        received({ id: 0, result: 'a' }),
        received([{ id: 0, result: 'again' }, { method: 'n' }]),
      ),
    )
    transport.send({ id: 'x', method: 'a' })
    transport.send({ id: 'y', method: 'b' })
    await macrotask()
    expect(messages).toEqual([
      { id: 'y', result: 'b' },
      { id: 'x', result: 'a' },
      [{ id: 'x', result: 'again' }, { method: 'n' }],
    ])
    expect(transport.done).toBe(true)
  })

  it('follows the recording when it used an id again', async () => {
    const { transport, messages } = await open(
      transcriptOf(
        sent({ id: 1, method: 'a' }),
        received({ id: 1, result: 'a' }),
        sent({ id: 1, method: 'b' }),
        received({ id: 1, result: 'b' }),
      ),
    )
    // The second request comes before the first is answered.
    transport.send({ id: 7, method: 'a' })
    transport.send({ id: 8, method: 'b' })
    await macrotask()
    expect(messages).toEqual([
      { id: 7, result: 'a' },
      { id: 8, result: 'b' },
    ])
  })

  it('delivers each message after what was sent before it, and says what it waits for', async () => {
    const { transport, messages } = await open(
      transcriptOf(
        received({ method: 'hello' }),
        sent({ method: 'a' }),
        received({ method: 'b' }),
        received({ method: 'c' }),
        sent({ method: 'd' }),
        received({ method: 'e' }),
      ),
    )
    await macrotask()
    expect(messages).toEqual([{ method: 'hello' }])
    expect(transport.remaining).toHaveLength(5)
    expect(transport.remaining[0]).toEqual(sent({ method: 'a' }))
    transport.send({ method: 'a' })
    expect(messages).toHaveLength(1)
    await macrotask()
    expect(messages).toEqual([{ method: 'hello' }, { method: 'b' }, { method: 'c' }])
    expect(transport.done).toBe(false)
    transport.send({ method: 'd' })
    await macrotask()
    expect(messages).toHaveLength(4)
    expect(transport.remaining).toEqual([])
    expect(transport.done).toBe(true)
  })

  it('lets messages that were sent in a row change places, but not those with an answer between them', async () => {
    const [a, b] = [{ method: 'a' }, { method: 'b' }]
    expect(await diverge([a, b], [b, a])).toBeUndefined()
    const { transport } = await open(transcriptOf(sent(a), received({ method: 'x' }), sent(b)))
    transport.send(b)
    await macrotask()
    expect(transport.mismatch).toMatchObject({ line: 2, expected: a, received: b })
  })

  it('takes answers whenever they come, each for its own request', async () => {
    const { transport } = await open(
      transcriptOf(
        received({ id: 0, method: 'approve' }),
        received({ id: 1, method: 'approve' }),
        sent({ id: 0, result: { decision: 'accept' } }),
        received({ method: 'x' }),
        sent({ id: 1, result: { decision: 'decline' } }),
      ),
    )
    await macrotask()
    transport.send({ id: 1, result: { decision: 'decline' } })
    transport.send({ id: 0, result: { decision: 'accept' } })
    await macrotask()
    expect([transport.mismatch, transport.done]).toEqual([undefined, true])
  })

  it('takes a batch as its messages', async () => {
    const batch = [
      { id: 0, result: 1 },
      { id: 1, result: 2 },
    ]
    expect(await diverge([batch], [batch])).toBeUndefined()
    expect(await diverge([batch], [...batch].reverse())).toBeUndefined()
  })

  it('shares no object with the transcript', async () => {
    const transcript = transcriptOf(received({ method: 'a', params: { list: [1] } }))
    const { messages } = await open(transcript)
    await macrotask()
    ;(messages[0] as { params: { list: number[] } }).params.list.push(2)
    const second = await open(transcript)
    await macrotask()
    expect(second.messages).toEqual([{ method: 'a', params: { list: [1] } }])
  })

  it('reports the problems and ends as recorded', async () => {
    const error = { name: 'NoiseLineError', message: 'a line of noise', code: 'NOISE_LINE' }
    const reason = {
      kind: 'error',
      message: 'it broke',
      exitCode: 7,
      stderrTail: 'oh',
      cause: error,
    } as const
    const { errors, reasons, transport } = await open(
      transcriptOf({ type: 'problem', error }, { type: 'closed', reason }),
    )
    await macrotask()
    expect(errors).toMatchObject([
      {
        code: 'RECORDED_ERROR',
        recordedName: 'NoiseLineError',
        recordedCode: 'NOISE_LINE',
        message: error.message,
      },
    ])
    expect(reasons).toMatchObject([{ kind: 'error', message: 'it broke', exitCode: 7, stderrTail: 'oh' }])
    expect(reasons[0]?.cause).toBeInstanceOf(RecordedError)
    expect(() => transport.send({ method: 'a' })).toThrow(TransportClosedError)
    await expect(transport.start()).rejects.toBeInstanceOf(TransportClosedError)
    expect(transport.done).toBe(true)
  })

  it('leaves an end that this side made to this side', async () => {
    const reason = { kind: 'local', message: 'closed by this side', exitCode: 0 } as const
    const { reasons, transport } = await open(transcriptOf(sent({ method: 'a' }), { type: 'closed', reason }))
    transport.send({ method: 'a' })
    await macrotask()
    expect([reasons, transport.done]).toEqual([[], true])
    await transport.close()
    await transport.close()
    expect(reasons).toEqual([reason])
    expect(transport.remaining).toEqual([])
  })

  it('that is closed early tells what was left', async () => {
    const { reasons, transport, messages } = await open(
      transcriptOf(sent({ method: 'a' }), received({ method: 'b' })),
    )
    await transport.close()
    await macrotask()
    expect([messages, reasons]).toEqual([[], [{ kind: 'local', message: 'closed by this side' }]])
    expect(transport.done).toBe(false)
    expect(transport.remaining.map((entry) => entry.type)).toEqual(['sent', 'received'])
  })
})

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

describe('recorded timing', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
  })

  it('keeps the pauses of the recording, from what was sent before them', async () => {
    const { transport, messages } = await open(
      transcriptOf(
        received({ method: 'a' }, 50),
        sent({ method: 'b' }, 1000),
        received({ method: 'c' }, 1000),
        received({ method: 'd' }, 31_000),
        { type: 'closed', atMs: 31_500, reason: { kind: 'remote', message: 'gone' } },
      ),
      { timing: 'recorded' },
    )
    await vi.advanceTimersByTimeAsync(49)
    expect(messages).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(messages).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(messages).toHaveLength(1)
    transport.send({ method: 'b' })
    await vi.advanceTimersByTimeAsync(0)
    expect(messages).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(29_999)
    expect(messages).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(messages).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(500)
    expect(transport.remaining).toEqual([])
  })

  it('adds up pauses that are too short for a timer', async () => {
    const deltas = Array.from({ length: 100 }, (_, i) => received({ method: 'd' }, i * 0.1))
    const { messages } = await open(transcriptOf(...deltas), { timing: 'recorded' })
    await vi.advanceTimersByTimeAsync(5)
    expect(messages.length).toBeGreaterThanOrEqual(50)
    expect(messages.length).toBeLessThanOrEqual(60)
    await vi.advanceTimersByTimeAsync(5)
    expect(messages).toHaveLength(100)
  })

  it('leaves no timer behind a close or a divergence', async () => {
    const late = [sent({ method: 'x' }), received({ method: 'a' }, 1000)]
    const first = await open(transcriptOf(...late), { timing: 'recorded' })
    first.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(1)
    expect(vi.getTimerCount()).toBe(1)
    await first.transport.close()
    expect(vi.getTimerCount()).toBe(0)
    const second = await open(transcriptOf(...late), { timing: 'recorded' })
    second.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(1)
    second.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(0)
    expect(second.reasons).toMatchObject([{ kind: 'error' }])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('wrong arguments', () => {
  it.each<[string, () => unknown]>([
    ['transcript', () => replay('text' as never)],
    ['options', () => replay(transcriptOf(), 1 as never)],
    ['timing', () => replay(transcriptOf(), { timing: 'slow' as never })],
    ['match', () => replay(transcriptOf(), { match: 1 as never })],
    ['exact', () => replay(transcriptOf(), { exact: 'type' as never })],
    ['exact[0]', () => replay(transcriptOf(), { exact: [''] })],
    ['ignore[1]', () => replay(transcriptOf(), { ignore: ['a', 'b..c'] })],
  ])('are refused: %s', (option, call) => {
    expect(call).toThrow(InvalidInputError)
    expect(call).toThrow(`\`${option}\``)
  })
})

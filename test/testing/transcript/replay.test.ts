import { beforeEach, describe, expect, it } from 'vitest'
import { RpcPeer, TransportClosedError } from '../../../src/rpc/index.js'
import { RecordedError, replay } from '../../../src/testing/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { failOnUnhandled, macrotask } from '../../rpc/helpers.js'
import { diverge, openReplay, received, recordedPair, sent, transcriptOf } from './support.js'

beforeEach(failOnUnhandled)

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
    const { transport, messages } = await openReplay(
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
    const { transport, messages } = await openReplay(
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
    const { transport, messages } = await openReplay(
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
    const { transport } = await openReplay(transcriptOf(sent(a), received({ method: 'x' }), sent(b)))
    transport.send(b)
    await macrotask()
    expect(transport.mismatch).toMatchObject({ line: 2, expected: a, received: b })
  })

  it('takes answers whenever they come, each for its own request', async () => {
    const { transport } = await openReplay(
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
    const { messages } = await openReplay(transcript)
    await macrotask()
    ;(messages[0] as { params: { list: number[] } }).params.list.push(2)
    const second = await openReplay(transcript)
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
    const { errors, reasons, transport } = await openReplay(
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
    const { reasons, transport } = await openReplay(
      transcriptOf(sent({ method: 'a' }), { type: 'closed', reason }),
    )
    transport.send({ method: 'a' })
    await macrotask()
    expect([reasons, transport.done]).toEqual([[], true])
    await transport.close()
    await transport.close()
    expect(reasons).toEqual([reason])
    expect(transport.remaining).toEqual([])
  })

  it('that is closed early tells what was left', async () => {
    const { reasons, transport, messages } = await openReplay(
      transcriptOf(sent({ method: 'a' }), received({ method: 'b' })),
    )
    await transport.close()
    await macrotask()
    expect([messages, reasons]).toEqual([[], [{ kind: 'local', message: 'closed by this side' }]])
    expect(transport.done).toBe(false)
    expect(transport.remaining.map((entry) => entry.type)).toEqual(['sent', 'received'])
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

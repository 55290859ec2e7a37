import { beforeEach, describe, expect, it } from 'vitest'
import { createRedactor } from '../../../src/redaction/index.js'
import { MessageEncodeError } from '../../../src/rpc/index.js'
import { parseTranscript, record } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { failOnUnhandled, ManualTransport } from '../../rpc/helpers.js'
import { gist, recordedPair, recordManual } from './support.js'

beforeEach(failOnUnhandled)

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'

describe('a recording', () => {
  it('has what was sent, received and the reason of the end, in order', async () => {
    const { client, server, recording, transcript } = await recordedPair()
    server.handle('add', (params) => (params as number[]).reduce((a, b) => a + b))
    client.handle('ask', () => 'fine')
    expect(await client.request('add', [1, 2])).toBe(3)
    expect(await server.request('ask', {})).toBe('fine')
    await client.notify('bye')
    await client.close()
    expect(await recording.recorded).toEqual({ entries: 6 })
    expect(transcript().header).toEqual({ transcript: 1, redacted: true })
    expect(gist(transcript())).toEqual([
      { type: 'sent', message: { id: expect.anything(), method: 'add', params: [1, 2] } },
      { type: 'received', message: { id: expect.anything(), result: 3 } },
      { type: 'received', message: { id: expect.anything(), method: 'ask', params: {} } },
      { type: 'sent', message: { id: expect.anything(), result: 'fine' } },
      { type: 'sent', message: { method: 'bye' } },
      { type: 'closed', reason: { kind: 'local', message: 'closed by this side' } },
    ])
  })

  it('tells when things happened, since the start, and time never falls', async () => {
    const times = [100, 100.1234, 107, 106]
    const { client, transcript } = await recordedPair({ now: () => times.shift() ?? 200 })
    await client.notify('a')
    await client.notify('b')
    await client.notify('c')
    expect(transcript().entries.map((entry) => entry.atMs)).toEqual([0.123, 7, 7])
  })

  it('holds no secret that was cut over deltas, and keeps the rest of their text', async () => {
    const lines: string[] = []
    const { inner, recording } = recordManual((line) => lines.push(line))
    await recording.start()
    const about = { threadId: 't', turnId: 'u' }
    const tell = (method: string, params: object) =>
      inner.deliver({ method, params: { ...about, ...params } })
    const text = `first ${KEY} and then, last`
    for (let at = 0; at < text.length; at += 7) {
      const delta = text.slice(at, at + 7)
      tell('item/agentMessage/delta', { itemId: 'm', delta })
      tell('item/commandExecution/outputDelta', { itemId: 'c', delta })
    }
    tell('item/completed', { item: { id: 'm', type: 'agentMessage', text } })
    tell('turn/completed', { turn: { id: 'u', status: 'completed' } })
    inner.end()
    await recording.recorded
    const { entries } = parseTranscript(lines.join('\n'))
    const told = (method: string) =>
      entries
        .flatMap((entry) =>
          entry.type === 'received'
            ? [entry.message as { method?: string; params?: { delta?: string } }]
            : [],
        )
        .filter((message) => message.method === method)
        .map((message) => message.params?.delta ?? '')
        .join('')
    expect(told('item/agentMessage/delta')).toBe('first [redacted] and then, last')
    expect(told('item/commandExecution/outputDelta')).toBe('first [redacted] and then, last')
    expect(lines.join('')).not.toContain('abcdefg')
  })

  it('holds no secret, while the connection carries it', async () => {
    const { client, server, lines } = await recordedPair({ about: { token: KEY } })
    server.handle('login', (params) => params)
    const params = { apiKey: KEY, text: `use ${KEY} please` }
    expect(await client.request('login', params)).toEqual(params)
    expect(lines.join('\n')).not.toContain(KEY.slice(8))
    expect(lines.join('\n')).toContain('use [redacted] please')
  })

  it('is redacted by rules of one’s own, or not at all, and says so', async () => {
    const own = await recordedPair({ redact: createRedactor({ values: ['hunter22'] }) })
    await own.client.notify('a', { word: 'hunter22' })
    expect(own.lines.join('')).not.toContain('hunter22')
    const raw = await recordedPair({ redact: false })
    await raw.client.notify('a', { apiKey: KEY })
    expect(raw.transcript().header.redacted).toBe(false)
    expect(raw.lines.join('')).toContain(KEY)
  })

  it.each([true, false])(
    'is changed by `normalise`, which the connection does not see (redact: %s)',
    async (redact) => {
      const normalise = (value: unknown) => {
        Object.assign(value as object, { seen: true })
        return value
      }
      const { client, server, transcript } = await recordedPair({ normalise, redact })
      server.handle('echo', (params) => params)
      expect(await client.request('echo', { a: 1 })).toEqual({ a: 1 })
      expect(gist(transcript())[0]).toMatchObject({
        message: { method: 'echo', params: { a: 1 }, seen: true },
      })
    },
  )

  it('keeps the order of a message and the answer that comes while it is sent', async () => {
    const lines: string[] = []
    const inner = new ManualTransport()
    const { recording, messages } = recordManual((line) => lines.push(line), inner)
    inner.send = () => inner.deliver({ id: 1, result: null })
    await recording.start()
    recording.send({ id: 1, method: 'a' })
    expect(messages).toEqual([{ id: 1, result: null }])
    expect(gist(parseTranscript(lines.join('\n')))).toMatchObject([{ type: 'sent' }, { type: 'received' }])
  })

  it('has nothing of a message that could not be sent', async () => {
    const { recording, lines } = await recordedPair()
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(() => recording.send(cycle)).toThrow(MessageEncodeError)
    recording.send({ method: 'after' })
    expect(lines.slice(1)).toEqual([expect.stringContaining('after')])
  })

  it('has the problems and the error that ended the connection', async () => {
    const lines: string[] = []
    const { inner, recording, errors } = recordManual((line) => lines.push(line))
    await recording.start()
    const problem = Object.assign(new RangeError(`too long: ${KEY}`), { code: 'TOO_LONG' })
    inner.onerror?.(problem)
    inner.end({ kind: 'error', message: 'broken', cause: new TypeError('bad') })
    expect(errors).toEqual([problem])
    expect(gist(parseTranscript(lines.join('\n')))).toEqual([
      { type: 'problem', error: { name: 'RangeError', message: 'too long: [redacted]', code: 'TOO_LONG' } },
      {
        type: 'closed',
        reason: { kind: 'error', message: 'broken', cause: { name: 'TypeError', message: 'bad' } },
      },
    ])
    expect(await recording.recorded).toEqual({ entries: 2 })
  })

  it('of a transport that never started has its header and its end', async () => {
    const lines: string[] = []
    const recording = record(memoryPair()[0], (line) => lines.push(line))
    await recording.close()
    expect(await recording.recorded).toEqual({ entries: 1 })
    expect(gist(parseTranscript(lines.join('\n')))).toMatchObject([{ type: 'closed' }])
  })
})

describe('wrong arguments', () => {
  const inner = () => memoryPair()[0]
  it.each<[string, () => unknown]>([
    ['transport', () => record({} as never, () => {})],
    ['sink', () => record(inner(), '')],
    ['sink', () => record(inner(), {} as never)],
    ['redact', () => record(inner(), () => {}, { redact: 'yes' as never })],
    ['normalise', () => record(inner(), () => {}, { normalise: 1 as never })],
    ['now', () => record(inner(), () => {}, { now: 1 as never })],
    ['about', () => record(inner(), () => {}, { about: 'x' as never })],
    ['options', () => record(inner(), () => {}, 1 as never)],
  ])('are refused: %s', (option, call) => {
    expect(call).toThrow(InvalidInputError)
    expect(call).toThrow(`\`${option}\``)
  })
})

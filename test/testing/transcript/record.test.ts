import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createRedactor } from '../../../src/redaction/index.js'
import { MessageEncodeError, type WireMessage } from '../../../src/rpc/index.js'
import {
  parseTranscript,
  readTranscript,
  record,
  type TranscriptSink,
  TranscriptSinkError,
} from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { failOnUnhandled, ManualTransport, macrotask } from '../../rpc/helpers.js'
import { gist, recordedPair } from './support.js'

beforeEach(failOnUnhandled)

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'

/** A recorded transport whose other side is the test. */
function recordManual(sink: TranscriptSink, inner = new ManualTransport()) {
  const errors: Error[] = []
  const messages: WireMessage[] = []
  const recording = record(inner, sink)
  recording.onerror = (error) => errors.push(error)
  recording.onmessage = (message) => messages.push(message)
  return { inner, recording, errors, messages }
}

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

describe('a sink', () => {
  it('that is a path becomes a file that its owner alone can read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'transcript-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'a.jsonl')
    const { inner, recording } = recordManual(path)
    await recording.start()
    recording.send({ method: 'a' })
    recording.send({ method: 'b' })
    inner.end()
    expect(await recording.recorded).toEqual({ entries: 3 })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(gist(await readTranscript(path))).toMatchObject([
      { type: 'sent' },
      { type: 'sent' },
      { type: 'closed' },
    ])
    expect(await readFile(path, 'utf8')).toMatch(/}\n$/)
  })

  it('that is a stream is written to, and stays open and free of listeners', async () => {
    const stream = new PassThrough()
    const before = stream.listenerCount('error')
    const { inner, recording } = recordManual(stream)
    await recording.start()
    recording.send({ method: 'a' })
    inner.end()
    expect(await recording.recorded).toEqual({ entries: 2 })
    expect(stream.writableEnded).toBe(false)
    expect(stream.listenerCount('error')).toBe(before)
    expect(String(stream.read()).trimEnd().split('\n')).toHaveLength(3)
  })

  it('that is an object with `write` needs nothing else', async () => {
    const texts: string[] = []
    const { inner, recording } = recordManual({ write: (text) => texts.push(text) })
    await recording.start()
    inner.end()
    await recording.recorded
    expect(texts.every((text) => text.endsWith('}\n'))).toBe(true)
  })

  it('that was ended or destroyed by its owner is reported, and waited for by nobody', async () => {
    for (const end of [(one: Writable) => void one.end(), (one: Writable) => void one.destroy()]) {
      const stream = new PassThrough()
      end(stream)
      const { inner, recording } = recordManual(stream)
      await recording.start()
      inner.end()
      expect((await recording.recorded).error).toBeInstanceOf(TranscriptSinkError)
    }
  })

  it.each<[string, (failWith: Error) => TranscriptSink]>([
    [
      'throws',
      (error) => (line) => {
        if (line.includes('second')) throw error
      },
    ],
    ['rejects', (error) => (line) => (line.includes('second') ? Promise.reject(error) : undefined)],
    [
      'is a stream that fails',
      (error) =>
        new Writable({
          write: (chunk, _encoding, done) => done(String(chunk).includes('second') ? error : null),
        }),
    ],
    ['is a file that cannot be made', () => join(tmpdir(), 'no-such-folder', 'deeper', 'a.jsonl')],
  ])('that %s is reported once and changes nothing else', async (_what, make) => {
    const { inner, recording, errors, messages } = recordManual(make(new Error('disk full')))
    const reasons: unknown[] = []
    recording.onclose = (reason) => reasons.push(reason)
    await recording.start()
    recording.send({ method: 'first' })
    recording.send({ method: 'second' })
    await macrotask()
    recording.send({ method: 'third' })
    inner.deliver({ method: 'fourth' })
    inner.end()
    const summary = await recording.recorded
    expect(summary.error).toBeInstanceOf(TranscriptSinkError)
    expect(errors.length).toBeLessThanOrEqual(1)
    if (errors.length === 1) expect(errors).toEqual([summary.error])
    expect(inner.sent).toHaveLength(3)
    expect(messages).toEqual([{ method: 'fourth' }])
    expect(reasons).toHaveLength(1)
  })

  it('gets nothing after an entry that could not be written, since a hole would mislead', async () => {
    const errors: Error[] = []
    const { client, lines, recording } = await recordedPair(
      {
        normalise: (value) => {
          if ((value as { method?: string }).method === 'bad') throw new Error('cannot')
          return value
        },
      },
      { onError: (error) => errors.push(error) },
    )
    await client.notify('good')
    await client.notify('bad')
    await client.notify('good')
    await client.close()
    expect(lines).toHaveLength(2)
    expect(errors).toMatchObject([{ code: 'TRANSCRIPT_SINK_FAILED', cause: { message: 'cannot' } }])
    expect(await recording.recorded).toEqual({ entries: 1, error: errors[0] })
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

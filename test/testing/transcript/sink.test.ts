import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readTranscript, type TranscriptSink, TranscriptSinkError } from '../../../src/testing/index.js'
import { failOnUnhandled, macrotask } from '../../rpc/helpers.js'
import { gist, recordedPair, recordManual } from './support.js'

beforeEach(failOnUnhandled)

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

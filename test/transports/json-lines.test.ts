import { Writable } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { MessageEncodeError, type MessageParseError, TransportClosedError } from '../../src/rpc/index.js'
import { excerpt, JsonLineWriter, nodeJsonLineReader } from '../../src/transports/json-lines.js'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'

beforeEach(failOnUnhandled)

/** A stream that keeps its writes and takes the next one only when told to. */
class Slow extends Writable {
  readonly writes: string[] = []
  #release: (() => void) | undefined

  constructor(highWaterMark = 16 * 1024) {
    super({ highWaterMark, decodeStrings: false })
  }

  override _write(text: string, _: BufferEncoding, done: () => void): void {
    this.writes.push(text)
    this.#release = done
  }

  release(): void {
    this.#release?.()
  }
}

describe('the writer', () => {
  test('lets the messages of one tick leave in one write', async () => {
    const stream = new Slow()
    const writer = new JsonLineWriter(stream)
    for (let n = 0; n < 3; n += 1) expect(writer.write({ n })).toBeUndefined()
    expect(stream.writes).toEqual([])
    await macrotask()
    expect(stream.writes).toEqual(['{"n":0}\n{"n":1}\n{"n":2}\n'])
    stream.release()
    writer.write({ n: 3 })
    await macrotask()
    expect(stream.writes[1]).toBe('{"n":3}\n')
  })

  test('writes at once what it is asked to flush', () => {
    const stream = new Slow()
    const writer = new JsonLineWriter(stream)
    writer.write({ n: 0 })
    writer.flush()
    writer.flush()
    expect(stream.writes).toEqual(['{"n":0}\n'])
  })

  test.each(['drain', 'end', 'destroy', 'error'])(
    'a full stream gives a promise that a %s resolves',
    async (event) => {
      const stream = new Slow(10)
      stream.on('error', () => {})
      const writer = new JsonLineWriter(stream)
      expect(writer.write({ text: 'more than ten bytes' })).toBeUndefined()
      writer.flush()
      const full = writer.write({ n: 1 })
      expect(full).toBeInstanceOf(Promise)
      expect(writer.write({ n: 2 })).toBe(full)
      if (event === 'drain') stream.release()
      if (event === 'end') stream.end()
      if (event === 'destroy') stream.destroy()
      if (event === 'error') stream.destroy(new Error('broken'))
      await macrotask()
      stream.release()
      await full
      for (const name of ['drain', 'finish']) expect(stream.listenerCount(name)).toBe(0)
    },
  )

  test('a sender that awaits each message is held back by a stream that takes nothing', async () => {
    const stream = new Slow()
    const writer = new JsonLineWriter(stream)
    const text = 'x'.repeat(1000)
    let sent = 0
    let isStopped = false
    const sending = (async () => {
      while (!isStopped && sent < 100_000) {
        await writer.write({ text })
        sent += 1
      }
    })()
    await macrotask()
    // Without a flush in mid-tick the awaited nothings would keep the write from ever happening.
    expect(sent).toBeLessThan(200)
    isStopped = true
    stream.destroy()
    await sending
  })

  test('takes nothing after the stream has ended or broken', async () => {
    for (const end of [(s: Writable) => s.end(), (s: Writable) => s.destroy()]) {
      const stream = new Slow()
      const writer = new JsonLineWriter(stream)
      writer.write({ n: 1 })
      end(stream)
      expect(() => writer.write({ n: 2 })).toThrow(TransportClosedError)
      await macrotask()
      expect(stream.writes).toEqual([])
    }
  })

  test('a message that cannot be written leaves those around it alone', async () => {
    const stream = new Slow()
    const writer = new JsonLineWriter(stream)
    writer.write({ n: 1 })
    expect(() => writer.write({ n: 1n })).toThrow(MessageEncodeError)
    writer.write({ n: 2 })
    await macrotask()
    expect(stream.writes).toEqual(['{"n":1}\n{"n":2}\n'])
  })
})

describe('the reader', () => {
  test('shows a short, redacted part of a bad line', async () => {
    const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
    const found = deferred<Error>()
    const reader = nodeJsonLineReader(
      { message: () => {}, problem: () => {}, invalid: (error) => found.resolve(error) },
      {},
    )
    reader.push(Buffer.from(`{"key": "${secret}", "text": "${'long '.repeat(100)}"\n`))
    const error = (await found.promise) as MessageParseError
    expect(error.message).not.toContain('Z9y8')
    expect(error.message).toContain('{"key": "')
    expect(error.message.length).toBeLessThan(300)
    expect(error.cause).toBeUndefined()
  })

  test('reads chunks that are no buffers', () => {
    const messages: unknown[] = []
    const sink = { message: (m: unknown) => messages.push(m), problem: () => {}, invalid: () => {} }
    nodeJsonLineReader(sink, {}).push(new TextEncoder().encode('x{"é":1}\n').subarray(1))
    expect(messages).toEqual([{ é: 1 }])
  })
})

describe('the excerpt', () => {
  const secret = `sk-proj-${'Z9y8X7w6'.repeat(8)}`

  test('is the line itself when that is short and harmless', () => {
    expect([excerpt(''), excerpt('a banner')]).toEqual(['', 'a banner'])
    expect(excerpt('x y '.repeat(100))).toBe(`${'x y '.repeat(50)}…`)
  })

  test('never shows a part of a secret, wherever the line is cut', () => {
    for (let before = 0; before < 2200; before += 7) {
      expect(excerpt(`${'a '.repeat(before / 2)}${secret} and more`)).not.toContain('Z9y8')
    }
    // Secrets that shrink to a few characters each bring the end of the window into view.
    for (let shift = 0; shift < secret.length; shift += 1) {
      const line = `${'b'.repeat(shift)} ${`${secret} `.repeat(100)}`
      expect(excerpt(line)).not.toMatch(/Z9y8|sk-/)
    }
  })
})

import { getEventListeners } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type EventLog,
  type EventLogEntry,
  type EventLogReport,
  type LogEvent,
  memoryEventLog,
  openEventLog,
} from '../../../src/supervisor/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { freshFolder } from '../folders.js'

const logs: EventLog[] = []
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close()
})

async function open(folder: string, options: object = {}): Promise<EventLog> {
  const log = await openEventLog(folder, options)
  logs.push(log)
  return log
}

const event = (number: number) => ({ type: 'test.event', message: `event ${number}` })

async function fill(log: EventLog, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  await Promise.all(numbers.map((number) => log.append(event(number))))
}

/** What an iterator yields, shortly: numbers, and gaps as texts. */
const brief = (entry: EventLogEntry) => (entry.gap ? `${entry.gap.firstSeq}-${entry.gap.lastSeq}` : entry.seq)

async function take(log: EventLog, count: number, after?: number): Promise<(number | string)[]> {
  const found: (number | string)[] = []
  for await (const entry of log.events({ after })) {
    found.push(brief(entry))
    if (found.length === count) break
  }
  return found
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const kinds = [
  ['memory', async (options = {}) => memoryEventLog(options)],
  ['file', async (options = {}) => open(await freshFolder(), options)],
] as const

describe.each(kinds)('an event log (%s)', (_name, make) => {
  it('numbers events from 1, in the order in which they were logged, and tells them whole', async () => {
    const log = await make()
    const [first, second] = await Promise.all([
      log.append({ type: 'server.started', message: 'Started', level: 'warn', detail: { pid: 7 } }),
      log.append(event(2)),
    ])
    expect(first).toEqual({
      seq: 1,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'warn',
      type: 'server.started',
      message: 'Started',
      detail: { pid: 7 },
    })
    expect(second).toMatchObject({ seq: 2, level: 'info' })
    expect(log.lastSeq).toBe(2)
    expect(log.recent()).toEqual([first, second])
  })

  it('tells each event to every listener, whatever one of them throws or changes', async () => {
    const log = await make()
    const seen: number[] = []
    log.subscribe(() => {
      throw new Error('bad listener')
    })
    log.subscribe(async () => {
      throw new Error('bad listener')
    })
    log.subscribe((told) => {
      ;(told as { seq: number }).seq = 99
    })
    const leave = log.subscribe(({ seq }) => seen.push(seq))
    await fill(log, 1, 3)
    leave()
    await fill(log, 4, 5)
    expect(seen).toEqual([1, 2, 3])
    expect(log.recent().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it('replays what comes after a number and then follows, without losing or repeating one', async () => {
    const log = await make({ recentEvents: 50 })
    await fill(log, 1, 20)
    const reading = take(log, 25, 5)
    for (let number = 21; number <= 30; number += 1) await log.append(event(number))
    expect(await reading).toEqual(upTo(30, 6))
    const following = take(log, 1)
    await log.append(event(31))
    expect(await following).toEqual([31])
  })

  it('ends its readers when it is closed, once they have read everything', async () => {
    const log = await make()
    await fill(log, 1, 3)
    const readers = [take(log, 100, 0), take(log, 100)]
    const last = log.append(event(4))
    await log.close()
    await last
    expect(await readers[0]).toEqual([1, 2, 3, 4])
    expect(await readers[1]).toEqual([4])
    expect(await take(log, 100, 2)).toEqual([3, 4])
    await expect(log.append(event(5))).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('ends a reader when its signal aborts or it leaves, and keeps nothing of it', async () => {
    const log = await make()
    const controller = new AbortController()
    const iterator = log.events({ signal: controller.signal })[Symbol.asyncIterator]()
    const waiting = [iterator.next(), iterator.next()]
    controller.abort()
    expect(await Promise.all(waiting)).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ])
    const left = log.events()[Symbol.asyncIterator]()
    const pending = left.next()
    await left.return?.()
    expect(await pending).toMatchObject({ done: true })
    await log.append(event(1))
    const aborted = log.events({ after: 0, signal: AbortSignal.abort() })[Symbol.asyncIterator]()
    expect(await aborted.next()).toMatchObject({ done: true })
  })

  it('hears one signal for all its readers over one listener', async () => {
    const log = await make()
    const controller = new AbortController()
    const { signal } = controller
    const readers = [1, 2, 3].map(() => log.events({ signal })[Symbol.asyncIterator]().next())
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    for (const ended of await Promise.all(readers)) expect(ended.done).toBe(true)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('can be read by many at once, each at its own pace, but each iterator once', async () => {
    const log = await make()
    await fill(log, 1, 10)
    const slow = log.events({ after: 0 })
    const iterator = slow[Symbol.asyncIterator]()
    expect(await iterator.next()).toMatchObject({ value: { seq: 1 } })
    expect(await take(log, 10, 0)).toEqual(upTo(10))
    const both = await Promise.all([iterator.next(), iterator.next()])
    expect(both.map(({ value }) => value && brief(value))).toEqual([2, 3])
    await iterator.return?.()
    expect(() => slow[Symbol.asyncIterator]()).toThrow('can be iterated only once')
  })

  it('holds no secret, in texts, details or names', async () => {
    const log = await make()
    const token = `sk-proj-${'a1B2'.repeat(10)}`
    await log.append({
      type: 'auth.used',
      message: `used ${token}`,
      detail: { env: { apiKey: 'a', list: [token] }, error: new Error(token) },
    })
    expect(JSON.stringify(log.recent())).not.toContain(token)
    expect(JSON.stringify(log.recent())).toContain('[redacted]')
  })

  it('keeps an event within its bound', async () => {
    const log = await make({ maxEventBytes: 2_048 })
    const big = await log.append({ type: 'x', message: 'short', detail: { list: 'y'.repeat(5_000) } })
    expect(big).toMatchObject({ message: 'short', detail: { omittedBytes: 5_011 } })
    const long = await log.append({ type: 'x', message: '\u0001'.repeat(5_000), detail: 'y'.repeat(5_000) })
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(2_048)
    expect(long.message).toMatch(/…$/)
    const odd = await log.append({ type: 'x', message: '', detail: { at: 1n, self: log, none: undefined } })
    expect(JSON.parse(JSON.stringify(odd))).toEqual(odd)
  })

  it.each([
    ['event', undefined],
    ['event', 5],
    ['type', { type: '', message: '' }],
    ['type', { type: 'x'.repeat(201), message: '' }],
    ['message', { type: 'x' }],
    ['level', { type: 'x', message: '', level: 'fatal' }],
  ])('refuses a wrong event and names its member: %s', async (option, wrong) => {
    const log = await make()
    expect(() => log.append(wrong as never)).toThrow(InvalidInputError)
    expect(() => log.append(wrong as never)).toThrow(`\`${option}\``)
  })

  it('refuses wrong options, and a number that no event has', async () => {
    const log = await make()
    expect(() => log.events({ after: 1 })).toThrow(InvalidInputError)
    expect(() => log.events({ after: -1 })).toThrow('after')
    expect(() => log.events({ signal: {} as AbortSignal })).toThrow('signal')
    expect(() => log.subscribe(undefined as never)).toThrow('listener')
    await expect(make({ maxFiles: 1 })).rejects.toThrow('maxFiles')
    await expect(make({ redactor: {} })).rejects.toThrow('redactor')
    await expect(make({ maxFile: 1 })).rejects.toThrow('maxFile')
  })
})

describe('an event log in memory', () => {
  it('tells a gap where it no longer has what was asked for', async () => {
    const log = memoryEventLog({ recentEvents: 3 })
    await fill(log, 1, 10)
    expect(log.recent().map(({ seq }) => seq)).toEqual([8, 9, 10])
    expect(await take(log, 4, 4)).toEqual(['5-7', 8, 9, 10])
  })
})

describe('an event log in a folder', () => {
  it('goes on with the next number when it is opened again, and has the last events in memory', async () => {
    const folder = await freshFolder()
    const log = await open(folder)
    await fill(log, 1, 5)
    const told = log.recent()
    await log.close()
    const again = await open(folder)
    expect(again.recent()).toEqual(told)
    expect((await again.append(event(6))).seq).toBe(6)
    expect(await take(again, 6, 0)).toEqual(upTo(6))
  })

  it('is one file of JSON lines, for its owner only', async () => {
    const folder = await freshFolder()
    const log = await open(folder)
    await fill(log, 1, 2)
    const file = join(folder, 'events-0000000000000001.jsonl')
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as LogEvent)).toEqual(log.recent())
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('replays across its files, keeps as many as it may, and tells a gap for the others', async () => {
    const folder = await freshFolder()
    const options = { maxFileBytes: 1_000, maxFiles: 3, recentEvents: 2 }
    const log = await open(folder, options)
    for (let number = 1; number <= 60; number += 1) await log.append(event(number))
    const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'))
    expect(files).toHaveLength(3)
    for (const name of files) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(1_000)
    const first = Number(/\d{16}/.exec(files.sort()[0] ?? '')?.[0])
    expect(first).toBeGreaterThan(10)
    const expected = [`4-${first - 1}`, ...upTo(60, first)]
    expect(await take(log, expected.length, 3)).toEqual(expected)
    await log.close()
    const again = await open(folder, options)
    expect(await take(again, expected.length, 3)).toEqual(expected)
    expect((await again.append(event(61))).seq).toBe(61)
  })

  it('tells a reader that was overtaken by the rotation what it has missed, and nothing twice', async () => {
    const log = await open(await freshFolder(), { maxFileBytes: 1_000, maxFiles: 2, recentEvents: 1 })
    await fill(log, 1, 12)
    const iterator = log.events({ after: 0 })[Symbol.asyncIterator]()
    let next = 1
    let missed = 0
    for (let number = 13; number <= 400; number += 1) {
      await log.append(event(number))
      if (number % 40 !== 0) continue
      for (let reads = 0; reads < 5; reads += 1) {
        const { value } = await iterator.next()
        const entry = value as EventLogEntry
        if (entry.gap) {
          expect(entry.gap.firstSeq).toBe(next)
          missed += entry.gap.lastSeq - next + 1
          next = entry.gap.lastSeq + 1
        } else {
          expect(entry.seq).toBe(next)
          expect(entry.message).toBe(`event ${next}`)
          next += 1
        }
      }
    }
    expect(missed).toBeGreaterThan(100)
    await log.close()
    const rest: EventLogEntry[] = []
    for await (const entry of { [Symbol.asyncIterator]: () => iterator }) rest.push(entry)
    const last = rest.at(-1)
    expect(last && brief(last)).toBe(400)
  })

  it('reads events that are longer than a page', async () => {
    const log = await open(await freshFolder(), { recentEvents: 1, maxEventBytes: 1_000_000 })
    for (let number = 1; number <= 4; number += 1) {
      await log.append({ type: 'long', message: `${number} ${'é'.repeat(number * 40_000)}` })
    }
    expect(await take(log, 4, 0)).toEqual([1, 2, 3, 4])
  })

  it('is refused to a second one that opens it', async () => {
    const folder = await freshFolder()
    await open(folder)
    await expect(openEventLog(folder)).rejects.toMatchObject({ code: 'FOLDER_LOCKED', pid: process.pid })
  })

  it('refuses wrong arguments before it makes anything', async () => {
    await expect(openEventLog('')).rejects.toMatchObject({ option: 'directory' })
    const folder = join(await freshFolder(), 'none')
    const reports: EventLogReport[] = []
    const wrong = { maxFileBytes: 0, onReport: (report: EventLogReport) => reports.push(report) }
    await expect(openEventLog(folder, wrong)).rejects.toMatchObject({ option: 'maxFileBytes' })
    await expect(stat(folder)).rejects.toThrow('ENOENT')
  })
})

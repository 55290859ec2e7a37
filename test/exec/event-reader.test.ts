import { describe, expect, it } from 'vitest'
import { EventLog } from '../../src/exec/event-log.js'
import { EventReader, type ExecParseError } from '../../src/exec/event-reader.js'
import type { ExecEvent } from '../../src/exec/events.js'

function read(chunks: readonly (string | Uint8Array)[], maxLineBytes = 1_000) {
  const events: ExecEvent[] = []
  const sizes: number[] = []
  const problems: ExecParseError[] = []
  const reader = new EventReader(
    {
      event: (event, bytes) => {
        events.push(event)
        sizes.push(bytes)
      },
      problem: (describe) => problems.push(describe()),
    },
    maxLineBytes,
  )
  for (const chunk of chunks) reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  reader.end()
  return { events, sizes, problems }
}

const text = (value: string) => `{"type":"error","message":"${value}"}\n`

describe('the reader of events', () => {
  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(`${text('\u00e4\u{1f600}')}noise\n\r\n${text('\u2028')}`)
    const whole = read([bytes])
    expect(whole.events).toEqual([
      { type: 'error', message: '\u00e4\u{1f600}' },
      { type: 'error', message: '\u2028' },
    ])
    expect(whole.problems).toEqual([{ line: 2, bytes: 5, reason: 'not-json', excerpt: 'noise' }])
    for (let at = 1; at < bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
    }
  })

  it('tells how long an event is', () => {
    expect(read([text('\u00e4')]).sizes).toEqual([Buffer.byteLength(text('\u00e4')) - 1])
  })

  it('goes on after a line that is too long', () => {
    const { events, problems } = read([text('x'.repeat(2_000)), text('next')])
    expect(events).toEqual([{ type: 'error', message: 'next' }])
    expect(problems).toMatchObject([{ line: 1, reason: 'too-long' }])
    expect(problems[0]?.excerpt.length).toBeLessThan(300)
  })

  it.each([
    ['null'],
    ['7'],
    ['"turn.completed"'],
    ['[]'],
    ['{}'],
    ['{"type":7}'],
    ['{"type":"item.started"}'],
    ['{"type":"item.started","item":null}'],
    ['{"type":"item.started","item":{"type":null}}'],
  ])('takes %s for no event', (line) => {
    expect(read([line])).toMatchObject({ events: [], problems: [{ reason: 'not-an-event' }] })
  })

  it('takes names of the language for unknown ones', () => {
    expect(read(['{"type":"constructor"}']).events).toMatchObject([{ type: 'unknown', name: 'constructor' }])
    expect(read(['{"type":"item.started","item":{"type":"toString"}}']).events).toMatchObject([
      { item: { type: 'unknown', name: 'toString', id: '' } },
    ])
  })
})

describe('the log of events', () => {
  const item = (id: number): ExecEvent => ({
    type: 'item.updated',
    item: { id: String(id), type: 'reasoning', text: '' },
  })
  const start: ExecEvent = { type: 'turn.started' }

  it('drops the oldest items when they are too many bytes, and counts them', () => {
    const log = new EventLog(100)
    log.add(start, 10)
    for (let id = 0; id < 50; id += 1) log.add(item(id), 10)
    const kept = log.events()
    expect(kept[0]).toBe(start)
    expect(kept.at(-1)).toEqual(item(49))
    expect(kept.length).toBeLessThanOrEqual(10)
    expect(kept.length + log.dropped).toBe(51)
    expect(kept.slice(1)).toEqual(
      Array.from({ length: kept.length - 1 }, (_, at) => item(51 - kept.length + at)),
    )
  })

  it('keeps the newest event although it alone is too much', () => {
    const log = new EventLog(0)
    log.add(start, 10)
    log.add(item(1), 10)
    expect([log.events(), log.dropped]).toEqual([[item(1)], 1])
  })

  it('stays bounded when there is nothing but what it would keep', () => {
    const log = new EventLog(1_000)
    for (let i = 0; i < 10_000; i += 1) log.add({ type: 'error', message: String(i) }, 10)
    expect(log.events().length).toBeLessThanOrEqual(100)
    expect(log.events().at(-1)).toEqual({ type: 'error', message: '9999' })
    expect(log.events().length + log.dropped).toBe(10_000)
  })
})

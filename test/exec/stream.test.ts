import { readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  DEFAULT_EVENT_BYTES,
  DEFAULT_EXEC_TERMINATION,
  DEFAULT_EXIT_GRACE_MS,
  type ExecOutcome,
  runExec,
  streamExec,
} from '../../src/exec/index.js'
import { codeOf, fake, NEVER_MS, type Step } from './support.js'

const DONE: readonly Step[] = [['begin'], ['read'], ['message', 'done'], ['complete']]

describe('a stream of events', () => {
  it('can be read after its run is over', async () => {
    const stream = streamExec(fake(DONE))
    await stream.result
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed'])
  })

  it('can be read once', async () => {
    const stream = streamExec(fake(DONE))
    for await (const _ of stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'ALREADY_ITERATED' }),
    )
  })

  it('can be read in batches, which is as good as one by one', async () => {
    const stream = streamExec(fake(DONE))
    const types: string[] = []
    for await (const batch of stream.batches()) types.push(...batch.map(({ type }) => type))
    expect(types).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed'])
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'ALREADY_ITERATED' }),
    )
    expect(codeOf(await stream.result)).toBe('ok')
  })

  it('is cancelled when a reader of batches leaves its loop', async () => {
    const stream = streamExec(fake([['begin'], ['stay']], { exitGraceMs: NEVER_MS }))
    for await (const _ of stream.batches()) break
    expect(await stream.result).toMatchObject({ error: { code: 'CODEX_EXEC_CANCELLED' } })
  })

  it('drops the oldest for a reader who is slow, tells how many, and never the ends of the turn', async () => {
    const steps: readonly Step[] = [
      ['begin'],
      ['read'],
      ['flood', 1_000, 500],
      ['message', 'm'],
      ['complete'],
    ]
    const stream = streamExec(fake(steps, { limits: { eventBytes: 50_000 } }))
    const { ok, result } = await stream.result
    let seen = 0
    let skipped = 0
    const types: string[] = []
    for await (const event of stream) {
      if (event.type === 'lagged') skipped += event.skipped
      else seen += 1
      types.push(event.type)
    }
    expect(ok).toBe(true)
    expect(types.slice(0, 3)).toEqual(['thread.started', 'turn.started', 'lagged'])
    expect(types.at(-1)).toBe('turn.completed')
    expect(seen + skipped).toBe(504)
    expect(seen).toBeLessThan(60)
    expect(result.jsonEventsDropped).toBeGreaterThan(400)
  })

  it('that nobody reads any more does not end what is over', async () => {
    const stream = streamExec(fake(DONE))
    await stream.result
    for await (const _ of stream) break
    expect(codeOf(await stream.result)).toBe('ok')
  })

  it('whose reader throws is cancelled, and the reader meets its own error', async () => {
    const stream = streamExec(fake([['begin'], ['stay']], { exitGraceMs: NEVER_MS }))
    const read = async () => {
      for await (const _ of stream) throw new Error('from the reader')
    }
    await expect(read()).rejects.toThrow('from the reader')
    expect(await stream.result).toMatchObject({ error: { code: 'CODEX_EXEC_CANCELLED' } })
  })

  it('cancelled before it began starts nothing', async () => {
    const stream = streamExec(fake(DONE))
    await stream[Symbol.asyncDispose]()
    expect(await stream.result).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED' },
      failure: { retrySafety: 'not-sent' },
      result: { exitCode: null, stdoutBytes: 0 },
    })
  })
})

it('the type of the output follows from the schema', () => {
  const outputSchema = z.object({ n: z.number() })
  const typed = () => runExec({ prompt: 'x', outputSchema })
  const plain = () => runExec({ prompt: 'x', outputSchema: { type: 'object' } })
  const none = () => streamExec({ prompt: 'x' }).result
  expectTypeOf(typed).returns.resolves.toEqualTypeOf<ExecOutcome<{ n: number }>>()
  expectTypeOf(plain).returns.resolves.toEqualTypeOf<ExecOutcome<undefined>>()
  expectTypeOf(none).returns.resolves.toEqualTypeOf<ExecOutcome<undefined>>()
})

describe('docs/exec.md', () => {
  const page = readFileSync(new URL('../../docs/exec.md', import.meta.url), 'utf8')

  it('names every option of a request', async () => {
    const schema = readFileSync(new URL('../../src/exec/request.ts', import.meta.url), 'utf8')
    const body = schema.slice(schema.indexOf('export interface ExecRequest'))
    const options = [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name)
    expect(options.length).toBeGreaterThan(25)
    expect(options.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('names every code and the defaults', () => {
    const outcome = readFileSync(new URL('../../src/exec/outcome.ts', import.meta.url), 'utf8')
    const codes = new Set(outcome.match(/CODEX_EXEC_[A-Z_]+/g))
    expect(codes.size).toBe(7)
    for (const code of codes) expect(page).toContain(`| \`${code}\` |`)
    expect(page).toContain(`prompt is refused: ${DEFAULT_EXIT_GRACE_MS.toLocaleString('en-US')} |`)
    expect(page).toContain(`\`eventBytes\` (${DEFAULT_EVENT_BYTES / 1024 ** 2} MiB)`)
    expect(new Set(Object.values(DEFAULT_EXEC_TERMINATION))).toEqual(new Set([2_000]))
    expect(page).toContain('`drainGraceMs`: 2,000 each')
  })
})

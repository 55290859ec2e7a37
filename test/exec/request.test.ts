import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ExecRequest, runExec, streamExec } from '../../src/exec/index.js'
import { fixture, temporaryFolder } from '../process/helpers.js'

/** A request that would run a program which says that it ran. */
function request(more: object): ExecRequest {
  return { prompt: 'x', cliPath: fixture('exec-fake'), ...more } as ExecRequest
}

const EMPTY = { type: 'object', properties: {}, required: [], additionalProperties: false }
const CYCLIC: Record<string, unknown> = { ...EMPTY }
CYCLIC.$defs = { self: CYCLIC }

/** What is wrong, and what the failure must name. */
const WRONG: readonly (readonly [string, object])[] = [
  ['prompt', { prompt: '' }],
  ['prompt', { prompt: 7 }],
  ['prompt', { prompt: undefined }],
  ['cwd', { cwd: '' }],
  ['cwd', { cwd: 'a\0b' }],
  ['model', { model: '' }],
  ['profile', { profile: null }],
  ['sandbox', { sandbox: 'writable' }],
  ['config', { config: [] }],
  ['config', { config: 'a=1' }],
  ['config.a.b', { config: { a: { b: null } } }],
  ['configOverrides', { configOverrides: 'a=1' }],
  ['configOverrides[1]', { configOverrides: ['a=1', 'b'] }],
  ['configOverrides[0]', { configOverrides: ['--json=1'] }],
  ['configOverrides[0]', { configOverrides: ['=1'] }],
  ['additionalWritableDirectories', { additionalWritableDirectories: '/a' }],
  ['additionalWritableDirectories[0]', { additionalWritableDirectories: [''] }],
  ['images', { images: 'a.png' }],
  ['images[0]', { images: [''] }],
  ['images[0]', { images: ['a,b.png'] }],
  ['images[0]', { images: ['/does/not/exist.png'] }],
  ['images[0]', { images: ['/'] }],
  ['outputSchema', { outputSchema: 'schema.json' }],
  ['outputSchema', { outputSchema: { type: 'array' } }],
  ['outputSchema.a', { outputSchema: z.object({ a: z.string().optional() }) }],
  [
    'outputSchema.a',
    { outputSchema: { type: 'object', properties: { a: {} }, required: [], additionalProperties: false } },
  ],
  ['outputSchema', { outputSchema: { ...EMPTY, default: 1n } }],
  ['outputSchema', { outputSchema: CYCLIC }],
  ['outputLastMessage', { outputLastMessage: '' }],
  ['json', { json: 'yes' }],
  ['color', { color: true }],
  ['ephemeral', { ephemeral: 1 }],
  ['skipGitRepoCheck', { skipGitRepoCheck: 'true' }],
  ['resume', { resume: 'my-session' }],
  ['resume', { resume: '--all' }],
  ['resume', { resume: { last: true } }],
  ['fork', { fork: 'last' }],
  ['review', { prompt: undefined, review: true }],
  ['review', { prompt: undefined, review: {} }],
  ['review', { prompt: undefined, review: { uncommitted: false } }],
  ['review', { prompt: undefined, review: { base: 'a', commit: 'b' } }],
  ['review.instructions', { prompt: undefined, review: { instructions: ' ' } }],
  ['env', { env: [] }],
  ['env.A', { env: { A: 7 } }],
  ['env.A', { env: { 'A=secret': 'x' } }],
  ['cliPath', { cliPath: '' }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: -1 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: 2 ** 31 }],
  ['timeoutMs', { timeoutMs: '1000' }],
  ['signal', { signal: 'no' }],
  ['signal', { signal: {} }],
  // Its listener could never be taken back.
  ['signal', { signal: { aborted: false, addEventListener: () => {} } }],
  ['purpose', { purpose: 1 }],
  ['metadata', { metadata: 'x' }],
  ['termination', { termination: 5 }],
  ['termination.termGraceMs', { termination: { termGraceMs: -1 } }],
  ['termination.force', { termination: { force: true } }],
  ['exitGraceMs', { exitGraceMs: 1.5 }],
  ['limits', { limits: 1 }],
  ['limits.lineBytes', { limits: { lineBytes: 0 } }],
  ['limits.stdoutTailBytes', { limits: { stdoutTailBytes: 2 ** 40 } }],
  ['promt', { promt: 'x' }],
  ['fork', { resume: 'last', fork: '01a1fdf6-4748-72a0-8d1c-8d7dd71faae2' }],
]

describe('a wrong request', () => {
  it.each(WRONG)('resolves with the name of %s, and starts nothing (%#)', async (option, more) => {
    const outcome = await runExec(request(more))
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'CODEX_EXEC_INVALID_INPUT', retryable: false, details: { option } },
      failure: { kind: 'invalid-input', phase: 'configure', retrySafety: 'not-sent' },
      invocation: { command: undefined, args: [] },
      result: { exitCode: null, signal: null, timedOut: false, stdout: '', jsonEvents: [] },
    })
  })

  it.each([[undefined], [null], ['prompt'], [[]], [7]])('may be no request at all: %j', async (value) => {
    expect(await runExec(value as never)).toMatchObject({
      error: { code: 'CODEX_EXEC_INVALID_INPUT', details: { option: 'request' } },
    })
    const stream = streamExec(value as never)
    for await (const event of stream) throw new Error(`an event: ${event.type}`)
    expect(await stream.result).toMatchObject({ error: { details: { option: 'request' } } })
  })

  it('resolves although its members throw when they are read', async () => {
    const hostile = new Proxy({} as ExecRequest, {
      get() {
        throw new Error('from the getter')
      },
    })
    expect(await runExec(hostile)).toMatchObject({ ok: false, error: { code: 'CODEX_EXEC_INVALID_INPUT' } })
    expect(await streamExec(hostile).result).toMatchObject({ ok: false })
  })

  it('is told with its purpose and metadata, as far as those are right', async () => {
    const notes = { purpose: 'nightly', metadata: { ticket: 7 } }
    expect((await runExec(request({ model: '', ...notes }))).invocation).toMatchObject(notes)
    expect((await runExec(request({ purpose: 7, metadata: [] }))).invocation).toEqual({
      command: undefined,
      args: [],
      cwd: undefined,
      purpose: undefined,
      metadata: undefined,
    })
  })

  it('never shows the value of a variable, even when that was given as its name', async () => {
    const outcome = await runExec(request({ env: { 'TOKEN=hunter2hunter2': 'x' } }))
    expect(JSON.stringify(outcome)).not.toContain('hunter2')
  })

  it('is one that asks a stream to do without events', async () => {
    expect(await streamExec(request({ json: false })).result).toMatchObject({
      error: { code: 'CODEX_EXEC_INVALID_INPUT', details: { option: 'json' } },
    })
  })
})

describe('a request', () => {
  it('may give undefined for everything that it leaves out', async () => {
    const nothing = Object.fromEntries(
      ['cwd', 'model', 'images', 'timeoutMs', 'signal', 'limits', 'termination', 'review', 'env'].map(
        (name) => [name, undefined],
      ),
    )
    expect(await runExec(request(nothing))).toMatchObject({ ok: true })
    expect(await runExec(request({ limits: { lineBytes: undefined }, termination: {} }))).toMatchObject({
      ok: true,
    })
  })

  it('takes images from its own folder', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, '-a.png'), 'png')
    expect(await runExec(request({ cwd, images: ['-a.png'] }))).toMatchObject({
      ok: true,
      invocation: { cwd, args: ['exec', '--json', '--image=-a.png', '-'] },
    })
  })
})

import { getEventListeners } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runExec, streamExec } from '../../src/exec/index.js'
import { withRetry } from '../../src/failures/index.js'
import { goneAfterKill, isRunning, temporaryFolder } from '../process/helpers.js'
import { codeOf, fake, messagesOf, NEVER_MS, type Step } from './support.js'

const DONE: readonly Step[] = [['begin'], ['read'], ['message', 'done'], ['complete'], ['exit', 0]]
/** Made of pieces, so that no scanner takes this file for a leak. */
const SECRET = ['sk', 'proj', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA'].join('-')
const failed = (message: string): Step => ['say', { type: 'turn.failed', error: { message } }]

describe('a run that ends', () => {
  it('well tells what was said and used', async () => {
    const outcome = await runExec(fake(DONE, { purpose: 'test', metadata: { ticket: 7 } }))
    expect(outcome).toMatchObject({
      ok: true,
      invocation: { args: ['exec', '--json', '-'], purpose: 'test', metadata: { ticket: 7 } },
      result: {
        exitCode: 0,
        signal: null,
        timedOut: false,
        threadId: 'fake',
        lastMessage: 'done',
        output: undefined,
        usage: { totalTokens: 3, inputTokens: 1, outputTokens: 2, reasoningOutputTokens: 0 },
        jsonEventsDropped: 0,
        jsonParseErrors: [],
        stderr: '',
      },
    })
    const { result } = outcome
    expect(result.jsonEvents.map((event) => event.type)).toEqual([
      'thread.started',
      'turn.started',
      'item.completed',
      'turn.completed',
    ])
    expect(result.stdoutBytes).toBe(Buffer.byteLength(result.stdout))
    expect(Date.parse(result.finishedAt)).toBeGreaterThanOrEqual(Date.parse(result.startedAt))
    expect(JSON.parse(JSON.stringify(outcome))).toMatchObject({ ok: true })
  })

  it.each<readonly [string, readonly Step[]]>([
    ['nothing', [['read'], ['exit', 0]]],
    ['no more than a beginning', [['begin'], ['read'], ['message', 'half'], ['exit', 0]]],
    ['an end that is only begun', [['begin'], ['read'], ['out', '{"type":"turn.comple'], ['exit', 0]]],
    ['a second turn without an end', [['begin'], ['read'], ['complete'], ['begin'], ['exit', 0]]],
  ])('with code 0 and has told %s did not succeed', async (_what, steps) => {
    expect(await runExec(fake(steps))).toMatchObject({
      ok: false,
      error: { code: 'CODEX_EXEC_NO_TERMINAL_EVENT', retryable: true },
      failure: { kind: 'transport-closed-before-turn-completed', phase: 'exec' },
      result: { exitCode: 0 },
    })
  })

  it('with code 0 although its turn failed did not succeed, for the reason that the turn told', async () => {
    expect(
      await runExec(fake([['begin'], ['read'], failed('unexpected status 429'), ['exit', 0]])),
    ).toMatchObject({
      error: { code: 'CODEX_EXEC_NO_TERMINAL_EVENT', message: 'unexpected status 429' },
      failure: { kind: 'provider-rate-limited', retrySafety: 'rejected' },
    })
  })

  it('with code 0 although its turn failed for a reason that nobody knows is not repeated', async () => {
    expect(await runExec(fake([['begin'], ['read'], failed('zap'), ['exit', 0]]))).toMatchObject({
      error: { code: 'CODEX_EXEC_NO_TERMINAL_EVENT', message: 'zap', retryable: false },
      failure: { kind: 'backend-failed' },
    })
  })

  it('with another code did not succeed, whatever it told', async () => {
    expect(await runExec(fake([['begin'], ['read'], ['complete'], ['exit', 3]]))).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: 'codex exec exited with code 3' },
      failure: { kind: 'exec-exit-nonzero', details: { exitCode: 3 } },
      result: { exitCode: 3 },
    })
  })

  it('by a signal did not succeed', async () => {
    expect(await runExec(fake([['begin'], ['kill', 'SIGKILL'], ['stay']]))).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: 'codex exec was ended by SIGKILL' },
      failure: { kind: 'exec-exit-nonzero', retrySafety: 'indeterminate', details: { signal: 'SIGKILL' } },
      result: { exitCode: null, signal: 'SIGKILL' },
    })
  })

  it('before a turn has begun may be repeated safely, and after a command not', async () => {
    const command: Step = ['say', { type: 'item.started', item: { id: 'c', type: 'command_execution' } }]
    const other: Step = ['say', { type: 'item.started', item: { id: 'c', type: 'teleport' } }]
    expect(await runExec(fake([['exit', 1]]))).toMatchObject({ failure: { retrySafety: 'rejected' } })
    for (const step of [command, other]) {
      expect(await runExec(fake([['begin'], step, failed('no'), ['exit', 1]]))).toMatchObject({
        failure: { retrySafety: 'side-effects-possible' },
      })
    }
  })

  it('with a failure is repeated by withRetry when that is safe', async () => {
    let attempt = 0
    const outcome = await withRetry(
      () => runExec(fake(attempt++ === 0 ? [['begin'], failed('unexpected status 503'), ['exit', 1]] : DONE)),
      { sleep: async () => {} },
    )
    expect([attempt, outcome.ok]).toEqual([2, true])
  })
})

describe('what is said', () => {
  it('goes through standard input as it is: 200 KB with a leading dash', async () => {
    const prompt = `--model evil\n${'prompt \u00e4\u{1f600} '.repeat(20_000)}end`
    const { result } = await runExec(fake([['begin'], ['echo'], ['complete']], { prompt }))
    expect(Buffer.byteLength(prompt)).toBeGreaterThan(200_000)
    expect(result.lastMessage).toBe(prompt)
  })

  it('may be left unread by a program that ends well', async () => {
    const steps: readonly Step[] = [['close', 0], ['begin'], ['complete'], ['exit', 0]]
    expect(codeOf(await runExec(fake(steps, { prompt: 'x'.repeat(1_000_000) })))).toBe('ok')
  })

  it('and that a program closes its input to is a failure when nothing follows', async () => {
    const steps: readonly Step[] = [['close', 0], ['stay']]
    const outcome = await runExec(fake(steps, { prompt: 'x'.repeat(1_000_000), exitGraceMs: 10 }))
    expect(outcome).toMatchObject({
      error: { message: 'codex exec stopped to read its prompt, and was ended' },
      failure: { kind: 'transport-closed-before-turn-completed' },
      result: { exitCode: null, signal: 'SIGINT' },
    })
  })

  it('ends for a review at once: nothing waits for the end of its input', async () => {
    const request = fake([['begin'], ['echo'], ['complete']], {
      prompt: undefined,
      review: { uncommitted: true },
    })
    expect(await runExec(request)).toMatchObject({ ok: true, result: { lastMessage: '' } })
    const custom = fake([['begin'], ['echo'], ['complete']], {
      prompt: undefined,
      review: { instructions: '-look' },
    })
    expect(await runExec(custom)).toMatchObject({ ok: true, result: { lastMessage: '-look' } })
  })
})

describe('the environment', () => {
  it('is that of this process, with what the request adds and without what it removes', async () => {
    const steps = (name: string): Step[] => [['begin'], ['env', name], ['complete']]
    const seen = async (name: string, env: Record<string, string | undefined>) =>
      (await runExec(fake(steps(name), { env }))).result.lastMessage
    expect(await seen('PATH', {})).toBe(process.env.PATH)
    expect(await seen('EXEC_ADDED', { EXEC_ADDED: 'yes' })).toBe('yes')
    expect(await seen('HOME', { HOME: undefined })).toBe('undefined')
  })

  it('names the program when the request does not', async () => {
    const { cliPath, env, ...request } = fake(DONE)
    expect(codeOf(await runExec({ ...request, env: { ...env, CODEX_CONDUIT_BINARY: cliPath } }))).toBe('ok')
  })
})

describe('output', () => {
  it('that is no event is told by line, and does no harm', async () => {
    const steps: readonly Step[] = [
      ['out', 'npm warn deprecated\n\n'],
      ['begin'],
      ['out', '[1,2]\n"text"\n{"no":"type"}\n{"type":"item.completed"}\n{broken\n'],
      ['read'],
      ['say', { type: 'goal.updated', goal: 1 }],
      ['say', { type: 'item.completed', item: { id: 'i', type: 'hologram', depth: 3 } }],
      ['complete'],
      ['out', `{"type":"cut ${SECRET}`],
      ['exit', 0],
    ]
    const { result, ...outcome } = await runExec(fake(steps))
    expect(outcome.ok).toBe(true)
    expect(result.jsonParseErrors.map(({ line, reason }) => [line, reason])).toEqual([
      [1, 'not-json'],
      [5, 'not-an-event'],
      [6, 'not-an-event'],
      [7, 'not-an-event'],
      [8, 'not-an-event'],
      [9, 'not-json'],
      [13, 'cut-off'],
    ])
    expect(result.jsonParseErrors[0]).toEqual({
      line: 1,
      bytes: 19,
      reason: 'not-json',
      excerpt: 'npm warn deprecated',
    })
    expect(JSON.stringify(result.jsonParseErrors)).not.toContain(SECRET)
    expect(result.jsonEvents.slice(2, 4)).toEqual([
      { type: 'unknown', name: 'goal.updated', raw: { type: 'goal.updated', goal: 1 } },
      {
        type: 'item.completed',
        item: { id: 'i', type: 'unknown', name: 'hologram', raw: { id: 'i', type: 'hologram', depth: 3 } },
      },
    ])
  })

  it('that is noise without end is counted, and only the first of it kept', async () => {
    const { result } = await runExec(fake([['begin'], ['out', 'noise\n', 5_000], ['read'], ['complete']]))
    expect([result.jsonParseErrors.length, result.jsonParseErrorCount]).toEqual([100, 5_000])
  })

  it('in a line that is too long is skipped', async () => {
    const steps: readonly Step[] = [
      ['begin'],
      ['flood', 1_000_000, 1],
      ['read'],
      ['message', 'm'],
      ['complete'],
    ]
    const { ok, result } = await runExec(fake(steps, { limits: { lineBytes: 100_000 } }))
    expect([ok, result.lastMessage]).toEqual([true, 'm'])
    expect(result.jsonParseErrors).toMatchObject([{ line: 3, reason: 'too-long' }])
    expect(result.jsonParseErrors[0]?.bytes).toBeGreaterThan(1_000_000)
  })

  it('without a line feed at its end is read', async () => {
    const end = JSON.stringify({ type: 'turn.completed', usage: {} })
    expect(await runExec(fake([['begin'], ['read'], ['out', end]]))).toMatchObject({
      ok: true,
      result: { usage: { totalTokens: 0 } },
    })
  })

  it('without end keeps the last events and bytes, and how the turn began and ended', async () => {
    const steps: readonly Step[] = [
      ['begin'],
      ['read'],
      ['flood', 10_000, 1_000],
      ['err', 'e'.repeat(1_000), 1_000],
      ['message', 'last'],
      ['complete'],
    ]
    const limits = { eventBytes: 1_000_000, stdoutTailBytes: 500, stderrTailBytes: 600 }
    const { ok, result } = await runExec(fake(steps, { limits }))
    expect([ok, result.lastMessage]).toEqual([true, 'last'])
    expect(result.jsonEvents.length + result.jsonEventsDropped).toBe(1_004)
    expect(JSON.stringify(result.jsonEvents).length).toBeLessThan(1_010_000)
    const types = result.jsonEvents.map((event) => event.type)
    expect([types[0], types[1], types.at(-1)]).toEqual(['thread.started', 'turn.started', 'turn.completed'])
    expect(result.stdoutBytes).toBeGreaterThan(10_000_000)
    expect(Buffer.byteLength(result.stdout)).toBeLessThanOrEqual(500)
    expect(result.stdout).toMatch(/"turn\.completed".*\n$/)
    expect([result.stderrBytes, Buffer.byteLength(result.stderr)]).toEqual([1_000_000, 600])
  })

  it('on the error stream explains a failure, without its secrets', async () => {
    const steps: readonly Step[] = [
      ['err', `2026-01-01T00:00:00.0Z ERROR codex: noise\nusing OPENAI_API_KEY=${SECRET}\n`],
      ['err', `Error: cannot use key ${SECRET}\n\nStack backtrace:\n   0: <unknown>\n`],
      ['exit', 1],
    ]
    const outcome = await runExec(fake(steps, { config: { api_key: SECRET } }))
    expect(outcome).toMatchObject({ error: { message: expect.stringMatching(/^cannot use key \S+$/) } })
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
  })

  it('tells no value of a variable that is named as a secret, however that looks', async () => {
    const value = 'plain-words-of-ours'
    const request = fake(
      [['read'], ['out', `noise ${value}\n`], ['err', `ERROR: the key ${value} is refused\n`], ['exit', 1]],
      { env: { OUR_API_KEY: value, OUR_SECRET: '[x]' }, configOverrides: [`a="${value}"`] },
    )
    const { invocation, result, ...rest } = await runExec(request)
    const { stdout, ...told } = result
    expect(rest).toMatchObject({ error: { message: 'the key [redacted] is refused' } })
    expect(told).toMatchObject({
      stderr: 'ERROR: the key [redacted] is refused\n',
      jsonParseErrors: [{ excerpt: 'noise [redacted]' }],
    })
    expect(stdout).toContain(value)
    expect(JSON.stringify([rest, invocation, told])).not.toContain(value)
  })

  it('without events is the last message, and the exit decides', async () => {
    const { invocation, result, ok } = await runExec(
      fake([['read'], ['out', 'hello\n'], ['exit', 0]], { json: false }),
    )
    expect([ok, result.stdout, result.jsonEvents, result.jsonParseErrorCount]).toEqual([
      true,
      'hello\n',
      [],
      0,
    ])
    const file = invocation.args.find((arg) => arg.startsWith('--output-last-message='))?.split('=')[1] ?? ''
    expect(file).toMatch(/last-message\.txt$/)
    expect(existsSync(join(file, '..'))).toBe(false)
    expect(codeOf(await runExec(fake([['read'], ['exit', 4]], { json: false })))).toBe(
      'CODEX_EXEC_EXIT_NON_ZERO',
    )
  })
})

describe('a zod schema', () => {
  const outputSchema = z.object({ n: z.number() })
  const answer = (text: string) => fake([['begin'], ['read'], ['args'], ['message', text], ['complete']])

  it('gives the answer its type, and its file is gone afterwards', async () => {
    const outcome = await runExec({ ...answer('{"n":4}'), outputSchema })
    if (!outcome.ok) throw new Error(outcome.error.message)
    const n: number = outcome.result.output.n
    expect(n).toBe(4)
    const args = JSON.parse(messagesOf(outcome.result.jsonEvents)[0] ?? '') as string[]
    const file = args.find((arg) => arg.startsWith('--output-schema='))?.split('=')[1] ?? ''
    expect(file).toMatch(/output-schema\.json$/)
    expect(existsSync(join(file, '..'))).toBe(false)
  })

  it.each([['no JSON'], ['{"n":"4"}'], ['']])('refuses an answer that does not match: %j', async (text) => {
    expect(await runExec({ ...answer(text), outputSchema })).toMatchObject({
      ok: false,
      error: { code: 'CODEX_EXEC_OUTPUT_MISMATCH', retryable: true },
      failure: { kind: 'backend-response-invalid', details: { errorCode: 'OUTPUT_MISMATCH' } },
      result: { exitCode: 0, output: undefined },
    })
  })
})

describe('a program that cannot be started', () => {
  it.each([
    ['is missing', (folder: string) => join(folder, 'missing')],
    ['is a folder', (folder: string) => folder],
    [
      'may not be run',
      (folder: string) => {
        writeFileSync(join(folder, 'codex'), '#!/bin/sh\n')
        chmodSync(join(folder, 'codex'), 0o644)
        return join(folder, 'codex')
      },
    ],
    [
      'has no interpreter',
      (folder: string) => {
        writeFileSync(join(folder, 'codex'), '#!/does/not/exist\n')
        chmodSync(join(folder, 'codex'), 0o755)
        return join(folder, 'codex')
      },
    ],
  ])('because it %s', async (_why, make) => {
    const outcome = await runExec(fake(DONE, { cliPath: make(temporaryFolder()), json: false }))
    expect(outcome).toMatchObject({
      error: { code: 'CODEX_EXEC_SPAWN_FAILED' },
      failure: { kind: 'backend-spawn-failed', retrySafety: 'not-sent' },
      result: { exitCode: null, signal: null },
    })
  })

  it('because its folder is missing', async () => {
    const cwd = join(temporaryFolder(), 'missing')
    expect(await runExec(fake(DONE, { cwd }))).toMatchObject({
      error: { code: 'CODEX_EXEC_SPAWN_FAILED', message: expect.stringContaining(cwd) },
      invocation: { cwd },
    })
  })

  it('leaves no temporary folder', async () => {
    const TMPDIR = join(temporaryFolder(), 'tmp')
    mkdirSync(TMPDIR)
    const before = process.env.TMPDIR
    process.env.TMPDIR = TMPDIR
    try {
      const wrong = fake(DONE, { cwd: join(TMPDIR, 'missing'), json: false })
      expect(codeOf(await runExec(wrong))).toBe('CODEX_EXEC_SPAWN_FAILED')
      expect(codeOf(await runExec(fake([['kill', 'SIGKILL'], ['stay']], { json: false })))).toBe(
        'CODEX_EXEC_EXIT_NON_ZERO',
      )
      expect(codeOf(await runExec(fake(DONE, { json: false })))).toBe('ok')
      expect(readdirSync(TMPDIR)).toEqual([])
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })

  it('because there is no room for temporary files', async () => {
    const before = process.env.TMPDIR
    process.env.TMPDIR = join(temporaryFolder(), 'missing')
    try {
      expect(codeOf(await runExec(fake(DONE, { json: false })))).toBe('CODEX_EXEC_SPAWN_FAILED')
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })
})

describe('a run that is stopped', () => {
  const stubborn: readonly Step[] = [
    ['ignore', 'SIGINT'],
    ['ignore', 'SIGTERM'],
    ['begin'],
    ['message', 'ready'],
    ['stay'],
  ]

  it('by its deadline was too slow', async () => {
    expect(await runExec(fake([['begin'], ['stay']], { timeoutMs: 700 }))).toMatchObject({
      error: { code: 'CODEX_EXEC_TIMEOUT', retryable: true, details: { timeoutMs: 700 } },
      failure: { kind: 'backend-timeout' },
      result: { timedOut: true, exitCode: null },
    })
  })

  it('by its signal is cancelled, and the signal keeps no listener', async () => {
    const controller = new AbortController()
    const stream = streamExec(fake([['begin'], ['stay']], { signal: controller.signal }))
    for await (const event of stream) if (event.type === 'turn.started') controller.abort(new Error('enough'))
    expect(await stream.result).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED', retryable: false },
      failure: { kind: 'turn-interrupted', retrySafety: 'indeterminate', details: { causes: ['enough'] } },
      result: { signal: 'SIGINT', timedOut: false, threadId: 'fake' },
    })
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('shares one listener with the other runs of its signal', async () => {
    const controller = new AbortController()
    const { signal } = controller
    let begun = 0
    const runs = [1, 2, 3].map(async () => {
      const stream = streamExec(fake([['begin'], ['stay']], { signal }))
      for await (const event of stream) {
        if (event.type !== 'turn.started') continue
        begun += 1
        if (begun < 3) continue
        expect(getEventListeners(signal, 'abort')).toHaveLength(1)
        controller.abort()
      }
      return codeOf(await stream.result)
    })
    expect(new Set(await Promise.all(runs))).toEqual(new Set(['CODEX_EXEC_CANCELLED']))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('before it began starts nothing', async () => {
    expect(await runExec(fake(DONE, { signal: AbortSignal.abort() }))).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED' },
      failure: { retrySafety: 'not-sent' },
      result: { exitCode: null, signal: null, stdoutBytes: 0 },
    })
  })

  it('before it began is cancelled whatever else would be wrong', async () => {
    const request = fake(DONE, { signal: AbortSignal.abort(), cliPath: '/does/not/exist' })
    expect(await runExec(request)).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED' },
      failure: { retrySafety: 'not-sent' },
      invocation: { command: undefined, args: [] },
    })
  })

  it('after it ended is not changed by that', async () => {
    const controller = new AbortController()
    const outcome = await runExec(fake(DONE, { signal: controller.signal }))
    controller.abort()
    expect(codeOf(outcome)).toBe('ok')
  })

  it('gets SIGINT, SIGTERM and SIGKILL in turn', async () => {
    const controller = new AbortController()
    const termination = { interruptGraceMs: 800, termGraceMs: 800, killGraceMs: NEVER_MS }
    const stream = streamExec(fake(stubborn, { signal: controller.signal, termination }))
    for await (const event of stream) if (event.type === 'item.completed') controller.abort()
    const { result } = await stream.result
    expect(result.signal).toBe('SIGKILL')
    expect(result.stderr).toBe('ignored SIGINT\nignored SIGTERM\n')
  })

  it('takes its group with it, and what holds its output elsewhere does not hold the run', async () => {
    const found: number[] = []
    for (const where of ['group', 'detached']) {
      const stream = streamExec(
        fake([['begin'], ['grandchild', where], ['stay']], { termination: { drainGraceMs: 50 } }),
      )
      for await (const event of stream) {
        if (event.type !== 'item.completed') continue
        found.push(Number(messagesOf([event])[0]))
        break
      }
      expect(codeOf(await stream.result)).toBe('CODEX_EXEC_CANCELLED')
    }
    const [inGroup = 0, detached = 0] = found
    await goneAfterKill(inGroup)
    expect(isRunning(detached)).toBe(true)
    process.kill(detached, 'SIGKILL')
  })
})

describe('a program that does not exit', () => {
  it('after its turn completed is ended, and the run has succeeded', async () => {
    const steps: readonly Step[] = [['begin'], ['read'], ['message', 'm'], ['complete'], ['stay']]
    expect(await runExec(fake(steps, { exitGraceMs: 10 }))).toMatchObject({
      ok: true,
      result: { lastMessage: 'm', exitCode: null, signal: 'SIGINT' },
    })
  })

  it('after its turn failed is ended, and the run has failed for that', async () => {
    expect(
      await runExec(fake([['begin'], failed('unexpected status 401'), ['stay']], { exitGraceMs: 10 })),
    ).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: 'unexpected status 401' },
      failure: { kind: 'provider-auth-failed' },
    })
  })

  it('after it closed its output is ended', async () => {
    expect(await runExec(fake([['begin'], ['close', 1], ['stay']], { exitGraceMs: 10 }))).toMatchObject({
      error: {
        code: 'CODEX_EXEC_NO_TERMINAL_EVENT',
        message: 'codex exec closed its output without exiting, and was ended',
      },
    })
  })

  it('has its time back when it goes on with another turn', async () => {
    const steps: readonly Step[] = [
      ['begin'],
      ['complete'],
      ['begin'],
      ['read'],
      ['message', 'second'],
      ['complete'],
      ['exit', 0],
    ]
    expect(await runExec(fake(steps, { exitGraceMs: NEVER_MS }))).toMatchObject({
      ok: true,
      result: { lastMessage: 'second', exitCode: 0 },
    })
  })

  it('but leaves a program that holds its output is not waited for', async () => {
    const steps: readonly Step[] = [['begin'], ['read'], ['grandchild', 'group'], ['complete'], ['exit', 0]]
    const { ok, result } = await runExec(fake(steps, { exitGraceMs: NEVER_MS }))
    expect(ok).toBe(true)
    await goneAfterKill(Number(result.lastMessage))
  })
})

describe('onSpawn', () => {
  it('is told the process before Codex is told anything', async () => {
    const seen: unknown[] = []
    const outcome = await runExec(
      fake(DONE, {
        onSpawn: async (pid) => {
          seen.push(isRunning(pid))
          await Promise.resolve()
          seen.push('noted')
        },
      }),
    )
    expect([outcome.ok, ...seen]).toEqual([true, true, 'noted'])
  })

  it('that fails ends the run before the prompt', async () => {
    let pid = 0
    const outcome = await runExec(
      fake(DONE, {
        onSpawn: (number) => {
          pid = number
          throw new Error('the disk is full')
        },
      }),
    )
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'CODEX_EXEC_SPAWN_FAILED', message: 'the disk is full' },
      failure: { retrySafety: 'not-sent' },
    })
    expect(isRunning(pid)).toBe(false)
  })

  it('that never answers does not outlive the deadline', async () => {
    const outcome = await runExec(fake(DONE, { timeoutMs: 200, onSpawn: () => new Promise(() => {}) }))
    expect(codeOf(outcome)).toBe('CODEX_EXEC_TIMEOUT')
  })
})

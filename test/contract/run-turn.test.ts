import { getEventListeners } from 'node:events'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runTurn } from '../../src/client/run-turn.js'
import {
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'

let stub: ModelStub
let home: StubCodexHome

beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
})

afterAll(async () => {
  await home.dispose()
  await stub.close()
})

const env = () => ({ ...home.env })

describe('a run of one turn', () => {
  it('starts a Codex, completes the turn and ends everything', async () => {
    stub.enqueue(reply.text('Hello there', { chunks: ['Hello', ' there'] }))
    const seen: string[] = []
    const result = await runTurn({ prompt: 'hi', env: env(), onEvent: (event) => seen.push(event.type) })
    expect(result).toMatchObject({ status: 'completed', text: 'Hello there', diagnostics: [] })
    expect(result.failure).toBeUndefined()
    expect(result.usage?.totalTokens).toBe(120)
    expect(result.appServerExit).toMatchObject({ code: 0, signal: null, stderrTruncated: false })
    expect(seen.at(0)).toBe('turn.started')
    expect(seen.at(-1)).toBe('turn.completed')
    // The two deltas were seen one by one and are kept as one.
    const deltas = result.events.filter((event) => event.type === 'message.delta')
    expect(deltas.map((event) => event.delta)).toEqual(['Hello there'])
    for (const ms of Object.values(result.timings)) expect(ms).toBeGreaterThan(0)
  })

  it('resumes a thread', async () => {
    stub.enqueue(reply.text('first'), reply.text('second'))
    const first = await runTurn({ prompt: 'one', env: env() })
    const second = await runTurn({ prompt: 'two', threadId: first.threadId, env: env() })
    expect(second).toMatchObject({ status: 'completed', text: 'second', threadId: first.threadId })
    expect(stub.requests.at(-1)?.userTexts()).toEqual(expect.arrayContaining(['one', 'two']))
  })

  it('parses the answer', async () => {
    stub.enqueue(reply.text('{"n":3}'))
    const { output } = await runTurn({ prompt: 'x', env: env(), output: z.object({ n: z.number() }) })
    expect(output?.n).toBe(3)
  })

  it('is cancelled by its signal, and leaves no listener on it', async () => {
    const held = reply.hold(reply.text('never'))
    stub.enqueue(held)
    const controller = new AbortController()
    const run = runTurn({ prompt: 'x', env: env(), signal: controller.signal })
    await held.reached
    controller.abort()
    const result = await run
    expect(result).toMatchObject({ status: 'cancelled', failure: { kind: 'turn-interrupted' } })
    expect(result.appServerExit?.code).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('does nothing when its signal has aborted already', async () => {
    const before = stub.requests.length
    const result = await runTurn({ prompt: 'x', env: env(), signal: AbortSignal.abort() })
    expect(result).toMatchObject({
      status: 'cancelled',
      failure: { kind: 'turn-interrupted', retrySafety: 'not-sent' },
      appServerExit: undefined,
    })
    expect(stub.requests.length).toBe(before)
  })

  it('fails by its deadline', async () => {
    stub.enqueue(reply.silence())
    const result = await runTurn({ prompt: 'x', env: env(), timeoutMs: 1_500 })
    expect(result).toMatchObject({ status: 'failed', failure: { kind: 'backend-timeout' } })
  })

  it('fails with the failure of the turn', async () => {
    stub.enqueue(reply.httpError(429, { code: 'usage_limit_reached' }))
    const result = await runTurn({ prompt: 'x', env: env() })
    expect(result).toMatchObject({
      status: 'failed',
      failure: { kind: 'provider-usage-limited', phase: 'turn' },
    })
    expect(result.threadId).toBeTypeOf('string')
  })

  it('keeps what onEvent throws and goes on', async () => {
    stub.enqueue(reply.text('fine'))
    const result = await runTurn({
      prompt: 'x',
      env: env(),
      onEvent: (event) => {
        if (event.type === 'turn.started') throw new Error('from the callback')
      },
    })
    expect(result.status).toBe('completed')
    expect(result.diagnostics.map((error) => error.message)).toEqual(['from the callback'])
  })

  it('keeps what an asynchronous onEvent rejects with', async () => {
    stub.enqueue(reply.text('fine'))
    const result = await runTurn({
      prompt: 'x',
      env: env(),
      onEvent: async (event) => {
        if (event.type === 'turn.started') throw Object.create(null)
      },
    })
    expect(result.status).toBe('completed')
    expect(result.diagnostics).toHaveLength(1)
  })

  it.each([
    ['prompt', { prompt: '' }],
    ['sandbox', { prompt: 'x', sandbox: 'writable' as never }],
    ['output', { prompt: 'x', output: {} as never }],
    ['onApproval', { prompt: 'x', onApproval: 'yes' as never }],
    ['timeoutMs', { prompt: 'x', timeoutMs: -1 }],
    ['command', { prompt: 'x', command: '' }],
    ['threadId', { prompt: 'x', threadId: '' }],
    ['onEvent', { prompt: 'x', onEvent: 'no' as never }],
    ['signal', { prompt: 'x', signal: 'no' as never }],
    ['args', { prompt: 'x', command: 'true', args: 'no' as never }],
    ['tools', { prompt: 'x', tools: 'no' as never }],
    // There is no connection but the process, and it is gone with it.
    ['reconnect', { prompt: 'x', reconnect: true } as never],
    ['promt', { prompt: 'x', promt: 'x' } as never],
    ['options', undefined as never],
  ])('resolves as failed for a wrong %s, without starting anything', async (option, options) => {
    const result = await runTurn(options)
    expect(result).toMatchObject({
      status: 'failed',
      failure: { kind: 'invalid-input', retrySafety: 'not-sent', details: { option } },
      appServerExit: undefined,
    })
  })

  it('is blocked when the Codex home is missing, before anything is started', async () => {
    const result = await runTurn({ prompt: 'x', codexHome: join(home.path, 'nothing-here') })
    expect(result).toMatchObject({ status: 'blocked', failure: { kind: 'secret-unavailable' } })
    expect(result.appServerExit).toBeUndefined()
  })

  it('is blocked when the Codex home holds no credentials and names no provider', async () => {
    const empty = join(home.path, 'empty-home')
    await mkdir(empty)
    const result = await runTurn({ prompt: 'x', codexHome: empty })
    expect(result).toMatchObject({ status: 'blocked', failure: { kind: 'secret-unavailable' } })
    await rm(empty, { recursive: true })
  })

  it('tells how a program ended that is no Codex, without the secrets it wrote', async () => {
    const secret = ['sk', 'proj', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA'].join('-')
    const program = join(home.path, 'not-codex.sh')
    await writeFile(program, `#!/bin/sh\necho "bad key ${secret}" >&2\nexit 7\n`)
    await chmod(program, 0o755)
    const result = await runTurn({ prompt: 'x', command: program })
    expect(result).toMatchObject({
      status: 'failed',
      failure: { kind: 'backend-spawn-failed', retrySafety: 'not-sent' },
      appServerExit: { code: 7, signal: null },
    })
    expect(result.appServerExit?.stderrTail).toContain('bad key')
    expect(JSON.stringify(result)).not.toContain(secret)
  })

  it('fails when the program is missing', async () => {
    const result = await runTurn({ prompt: 'x', command: join(home.path, 'missing') })
    expect(result).toMatchObject({ status: 'failed', failure: { kind: 'backend-spawn-failed' } })
  })
})

import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryStore, type SupervisorKinds } from '../../../src/supervisor/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { freshFolder } from '../folders.js'
import { heldRunner, openStage, outcomeOf } from './support.js'

describe('a run', () => {
  it('goes from queued over running to completed, a few at a time', async () => {
    const held = heldRunner()
    await using stage = await openStage({ execRunner: held.runner, limits: { maxConcurrentRuns: 2 } })
    const { supervisor } = stage
    const runs = await Promise.all(
      ['a', 'b', 'c'].map((prompt) => supervisor.createRun({ prompt, purpose: 'test', runId: prompt })),
    )
    expect(runs.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued'])
    expect(held.requests).toEqual([])
    await supervisor.start()
    await held.begun(2)
    expect(supervisor.status().runs).toEqual({ running: 2, queued: 1 })
    expect(held.requests[0]).toMatchObject({
      prompt: 'a',
      env: { CODEX_HOME: stage.latest().request.codexHome },
    })
    held.complete(0)
    expect(await supervisor.waitForRun('a')).toMatchObject({
      status: 'completed',
      summary: { lastMessage: 'done', exitCode: 0, threadId: 'exec-thread' },
    })
    expect(await supervisor.getRunResult('a')).toMatchObject({ ok: true, result: { stdout: '' } })
    await held.begun(3)
    held.complete(1)
    held.complete(2)
    await Promise.all(['b', 'c'].map((runId) => supervisor.waitForRun(runId)))
    expect(supervisor.listRuns().map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  })

  it('keeps its folder and program, in whichever folder the program is that runs it', async () => {
    const held = heldRunner()
    await using stage = await openStage({ execRunner: held.runner })
    const { supervisor } = stage
    const { runId } = await supervisor.createRun({ prompt: 'a' })
    await supervisor.createRun({ prompt: 'b', cwd: 'src', cliPath: './codex' })
    expect(supervisor.getRun(runId)?.cwd).toBe(process.cwd())
    await supervisor.start()
    await held.begun(2)
    const [first, second] = held.requests
    expect(first).toMatchObject({ cwd: process.cwd() })
    expect(first).not.toHaveProperty('cliPath')
    expect(second).toMatchObject({ cwd: resolve('src'), cliPath: resolve('codex') })
    held.complete(0)
    held.complete(1)
  })

  it('that is cancelled while it waits never begins', async () => {
    const held = heldRunner()
    await using stage = await openStage({ execRunner: held.runner, limits: { maxConcurrentRuns: 1 } })
    const { supervisor } = stage
    await supervisor.start()
    const [first, second] = [
      await supervisor.createRun({ prompt: 'a' }),
      await supervisor.createRun({ prompt: 'b' }),
    ]
    await held.begun(1)
    expect((await supervisor.cancelRun(second.runId)).status).toBe('cancelled')
    expect((await supervisor.cancelRun(second.runId)).status).toBe('cancelled')
    held.complete(0)
    expect((await supervisor.waitForRun(first.runId)).status).toBe('completed')
    expect(held.requests).toHaveLength(1)
    await expect(supervisor.cancelRun('nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })

  it('that is cancelled while it runs is ended', async () => {
    const held = heldRunner()
    await using stage = await openStage({ execRunner: held.runner })
    await stage.supervisor.start()
    const { runId } = await stage.supervisor.createRun({ prompt: 'a' })
    await held.begun(1)
    expect(await stage.supervisor.cancelRun(runId)).toMatchObject({
      status: 'cancelled',
      error: { code: 'CODEX_EXEC_CANCELLED' },
    })
  })

  it('that fails tells why', async () => {
    await using stage = await openStage({ execRunner: async () => outcomeOf(false) })
    await stage.supervisor.start()
    const { runId } = await stage.supervisor.createRun({ prompt: 'a' })
    expect(await stage.supervisor.waitForRun(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO' },
      failure: { kind: 'exec-exit-nonzero' },
    })
  })

  it('whose runner throws has failed', async () => {
    await using stage = await openStage({
      execRunner: () => {
        throw new Error('no runner')
      },
    })
    await stage.supervisor.start()
    const { runId } = await stage.supervisor.createRun({ prompt: 'a' })
    expect(await stage.supervisor.waitForRun(runId)).toMatchObject({
      status: 'failed',
      failure: { message: 'no runner' },
    })
  })

  it.each([
    [{ prompt: 'x', wrong: 1 }, 'wrong'],
    [{ prompt: 'x', env: {} }, 'env'],
    [{ prompt: 'x', signal: AbortSignal.abort() }, 'signal'],
    [{}, 'prompt'],
  ])('with %j is refused before it is queued', async (options, option) => {
    await using stage = await openStage()
    await expect(stage.supervisor.createRun(options as never)).rejects.toMatchObject({ option })
    expect(stage.supervisor.listRuns()).toEqual([])
  })

  it('is refused when too many wait', async () => {
    await using stage = await openStage({ limits: { maxQueuedRuns: 1 } })
    await stage.supervisor.createRun({ prompt: 'a' })
    await expect(stage.supervisor.createRun({ prompt: 'b' })).rejects.toMatchObject({
      code: 'RUN_QUEUE_FULL',
      limit: 1,
    })
  })

  it('that waits survives the program; one that had begun does not begin again', async () => {
    const directory = await freshFolder()
    const held = heldRunner()
    {
      await using stage = await openStage({
        directory,
        execRunner: held.runner,
        limits: { maxConcurrentRuns: 1 },
      })
      await stage.supervisor.start()
      await stage.supervisor.createRun({ prompt: 'a', runId: 'begun' })
      await stage.supervisor.createRun({ prompt: 'b', runId: 'waits' })
      await held.begun(1)
    }
    await using stage = await openStage({ directory, execRunner: async () => outcomeOf(true) })
    expect(stage.supervisor.getRun('begun')?.status).toBe('cancelled')
    expect(stage.supervisor.getRun('waits')?.status).toBe('queued')
    await stage.supervisor.start()
    expect((await stage.supervisor.waitForRun('waits')).status).toBe('completed')
    expect(await stage.supervisor.getRunResult('waits')).toMatchObject({ ok: true })
    expect(held.requests).toHaveLength(1)
  })

  it('that a killed program had begun has failed at the next start', async () => {
    const store = memoryStore<SupervisorKinds>()
    const at = '2026-01-01T00:00:00.000Z'
    const put = async () => {
      const value = {
        runId: 'r',
        status: 'running',
        promptSummary: 'x',
        createdAt: at,
        updatedAt: at,
      } as const
      await store.put('run', 'r', value)
    }
    const open = store.open.bind(store)
    // What the program before has left.
    store.open = async () => {
      await open()
      await put()
    }
    await using stage = await openStage({ store })
    expect(stage.supervisor.getRun('r')).toMatchObject({
      status: 'failed',
      failure: { retrySafety: 'side-effects-possible', phase: 'exec' },
    })
    await stage.supervisor.start()
  })

  it('is forgotten when too many have ended, with its result', async () => {
    await using stage = await openStage({
      directory: await freshFolder(),
      limits: { keptRuns: 2 },
      execRunner: async () => outcomeOf(true),
    })
    const { supervisor } = stage
    await supervisor.start()
    for (const runId of ['a', 'b', 'c']) {
      await supervisor.createRun({ prompt: 'x', runId })
      await supervisor.waitForRun(runId)
    }
    expect(supervisor.listRuns().map(({ runId }) => runId)).toEqual(['b', 'c'])
    expect(await supervisor.getRunResult('c')).toMatchObject({ ok: true })
  })
})

describe('a run at the edges of its life', () => {
  it('counts as one that waits while it is being written', async () => {
    await using stage = await openStage({ limits: { maxQueuedRuns: 1 } })
    const prompts = ['a', 'b', 'c']
    const made = await Promise.allSettled(prompts.map((prompt) => stage.supervisor.createRun({ prompt })))
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(stage.supervisor.listRuns()).toHaveLength(1)
  })

  it('never begins when it is cancelled while it is being written', async () => {
    const store = memoryStore<SupervisorKinds>()
    const asked = deferred<void>()
    const written = deferred<void>()
    const batch = store.batch.bind(store)
    store.batch = async (changes) => {
      if (changes.some(({ kind, type }) => kind === 'run-request' && type === 'put')) {
        asked.resolve()
        await written.promise
      }
      await batch(changes)
    }
    const held = heldRunner()
    await using stage = await openStage({ store, execRunner: held.runner })
    await stage.supervisor.start()
    const creating = stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
    await asked.promise
    const cancelling = stage.supervisor.cancelRun('a')
    written.resolve()
    await creating
    expect((await cancelling).status).toBe('cancelled')
    expect((await stage.supervisor.waitForRun('a')).status).toBe('cancelled')
    expect(held.requests).toEqual([])
  })

  it('has failed when its runner tells nothing of it', async () => {
    await using stage = await openStage({ execRunner: async () => undefined as never })
    await stage.supervisor.start()
    const { runId } = await stage.supervisor.createRun({ prompt: 'x' })
    expect((await stage.supervisor.waitForRun(runId)).status).toBe('failed')
  })

  it('that waits when the supervisor is closed leaves nobody waiting', async () => {
    await using stage = await openStage()
    const { runId } = await stage.supervisor.createRun({ prompt: 'x' })
    const waiting = expect(stage.supervisor.waitForRun(runId)).rejects.toMatchObject({
      code: 'SUPERVISOR_CLOSED',
    })
    await stage.supervisor.close()
    await waiting
    expect(stage.supervisor.getRun(runId)?.status).toBe('queued')
  })
})

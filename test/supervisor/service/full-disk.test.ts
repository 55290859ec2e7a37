import { describe, expect, it } from 'vitest'
import { memoryStore, type SupervisorKinds } from '../../../src/supervisor/index.js'
import { fileStoreOn } from '../../../src/supervisor/store/file-store.js'
import { deferred } from '../../../src/util/deferred.js'
import { FakeFiles, systemError } from '../fake-files.js'
import { beginTurn, heldRunner, openStage, type StageOptions } from './support.js'

/** A disk that can be filled, and supervisors on it. */
function disk(files = new FakeFiles()) {
  const failWhen = (name: string, code: string) => {
    // The lock is given back all the same: it takes no room.
    files.fault = (one) => (one.name === name && !one.file.includes('.lock') ? systemError(code) : undefined)
  }
  return {
    fill: () => failWhen('write', 'ENOSPC'),
    clear: () => failWhen('', ''),
    /** From now on it does not know whether it has written. */
    doubt: () => failWhen('sync', 'EIO'),
    stage: (options: StageOptions = {}) =>
      openStage({ store: fileStoreOn<SupervisorKinds>(files, '/state'), ...options }),
    /** The disk, with room again, after the program has ended. */
    later: () => disk(files.afterKill()),
  }
}

const NO_SPACE = { code: 'PERSISTENCE_FAILED', errno: 'ENOSPC', isWritten: false }

describe('a run whose turn comes while the disk is full', () => {
  it('stays queued in memory as on the disk, and is begun once, by whoever can write that', async () => {
    const first = disk()
    const held = heldRunner()
    {
      await using stage = await first.stage({ execRunner: held.runner })
      await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
      first.fill()
      await stage.supervisor.start()
      await stage.event('run.held')
      expect(stage.supervisor.getRun('a')?.status).toBe('queued')
      const { store } = stage.supervisor.status()
      expect(store).toMatchObject({
        unkeptRecords: 1,
        failure: { message: expect.stringContaining('ENOSPC') },
      })
    }
    expect(held.requests).toEqual([])
    await using stage = await first.later().stage({ execRunner: held.runner })
    expect(stage.supervisor.getRun('a')?.status).toBe('queued')
    await stage.supervisor.start()
    await held.begun(1)
    held.complete(0)
    expect((await stage.supervisor.waitForRun('a')).status).toBe('completed')
  })

  it('begins when there is room again, before those that came later', async () => {
    const full = disk()
    const held = heldRunner()
    await using stage = await full.stage({ execRunner: held.runner, limits: { maxConcurrentRuns: 1 } })
    const { supervisor } = stage
    await supervisor.createRun({ prompt: 'first', runId: 'a' })
    await supervisor.createRun({ prompt: 'second', runId: 'b' })
    full.fill()
    await supervisor.start()
    await stage.event('run.held')
    full.clear()
    await stage.event('supervisor.changes-kept')
    await held.begun(1)
    held.complete(0)
    await held.begun(2)
    held.complete(1)
    await supervisor.waitForRun('b')
    expect(held.requests.map(({ prompt }) => prompt)).toEqual(['first', 'second'])
    expect(supervisor.status().store).toEqual({ unkeptRecords: 0 })
  })

  it('does not begin when there is room again after a stop', async () => {
    const full = disk()
    const held = heldRunner()
    await using stage = await full.stage({ execRunner: held.runner })
    await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
    full.fill()
    await stage.supervisor.start()
    await stage.event('run.held')
    await stage.supervisor.stop()
    full.clear()
    await stage.event('supervisor.changes-kept')
    expect(stage.supervisor.getRun('a')?.status).toBe('queued')
    expect(held.requests).toEqual([])
  })

  it('holds up no stop that comes while it is tried', async () => {
    const store = memoryStore<SupervisorKinds>()
    const batch = store.batch.bind(store)
    const asked = deferred<void>()
    const refused = deferred<never>()
    store.batch = async (changes) => {
      const isBegun = changes.some(
        (one) => one.kind === 'run' && 'value' in one && one.value.status === 'running',
      )
      if (isBegun) {
        asked.resolve()
        await refused.promise
      }
      await batch(changes)
    }
    const held = heldRunner()
    await using stage = await openStage({ store, execRunner: held.runner })
    await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
    await stage.supervisor.start()
    await asked.promise
    const stopping = stage.supervisor.stop()
    refused.reject(new Error('no space left'))
    await stopping
    expect(stage.supervisor.getRun('a')?.status).toBe('queued')
    expect(held.requests).toEqual([])
  })
})

describe('a run that is cancelled while the disk is full', () => {
  it('and that waits goes on waiting, since the next program would begin it', async () => {
    const full = disk()
    const held = heldRunner()
    await using stage = await full.stage({ execRunner: held.runner })
    const { supervisor } = stage
    await supervisor.createRun({ prompt: 'x', runId: 'a' })
    full.fill()
    const both = await Promise.allSettled([supervisor.cancelRun('a'), supervisor.cancelRun('a')])
    expect(both).toMatchObject([{ reason: NO_SPACE }, { reason: NO_SPACE }])
    expect(supervisor.getRun('a')?.status).toBe('queued')
    full.clear()
    await supervisor.start()
    await held.begun(1)
    expect((await supervisor.cancelRun('a')).status).toBe('cancelled')
  })

  it('and that waits for the disk can be cancelled when there is room', async () => {
    const full = disk()
    const held = heldRunner()
    await using stage = await full.stage({ execRunner: held.runner })
    const { supervisor } = stage
    await supervisor.createRun({ prompt: 'x', runId: 'a' })
    full.fill()
    await supervisor.start()
    await stage.event('run.held')
    await expect(supervisor.cancelRun('a')).rejects.toMatchObject(NO_SPACE)
    full.clear()
    expect((await supervisor.cancelRun('a')).status).toBe('cancelled')
    await stage.event('supervisor.changes-kept')
    await supervisor.close()
    await using later = await full.later().stage()
    expect(later.supervisor.getRun('a')?.status).toBe('cancelled')
    expect(held.requests).toEqual([])
  })

  it('and that runs is ended, and is not begun again by the next program', async () => {
    const full = disk()
    const held = heldRunner()
    {
      await using stage = await full.stage({ execRunner: held.runner })
      await stage.supervisor.start()
      await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
      await held.begun(1)
      full.fill()
      expect((await stage.supervisor.cancelRun('a')).status).toBe('cancelled')
      expect(stage.supervisor.status().store.unkeptRecords).toBeGreaterThan(0)
    }
    await using stage = await full.later().stage({ execRunner: held.runner })
    expect(stage.supervisor.getRun('a')).toMatchObject({
      status: 'failed',
      failure: { retrySafety: 'side-effects-possible' },
    })
    expect(held.requests).toHaveLength(1)
  })
})

describe('what ended while the disk was full', () => {
  it('is written when there is room, and so found by the next program', async () => {
    const full = disk()
    const held = heldRunner()
    {
      await using stage = await full.stage({ execRunner: held.runner })
      const { supervisor } = stage
      await supervisor.start()
      const { sessionId } = await supervisor.createSession({ sessionId: 's' })
      const { turn, complete } = await beginTurn(stage, sessionId)
      await supervisor.createRun({ prompt: 'x', runId: 'a' })
      await held.begun(1)
      full.fill()
      complete()
      held.complete(0)
      await Promise.all([turn.settled, supervisor.waitForRun('a')])
      // The turn, its session, the run and what it was to do.
      expect(supervisor.status()).toMatchObject({ lostChanges: 2, store: { unkeptRecords: 4 } })
      full.clear()
      await stage.event('supervisor.changes-kept')
      expect(supervisor.status().store).toEqual({ unkeptRecords: 0 })
    }
    await using stage = await full.later().stage()
    expect(stage.supervisor.listTurns()).toMatchObject([{ status: 'completed' }])
    expect(stage.supervisor.getRun('a')).toMatchObject({ status: 'completed' })
  })

  it('is written by the close, if there is room by then', async () => {
    const full = disk()
    const held = heldRunner()
    {
      await using stage = await full.stage({ execRunner: held.runner })
      await stage.supervisor.start()
      await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
      await held.begun(1)
      full.fill()
      held.complete(0)
      await stage.supervisor.waitForRun('a')
      full.clear()
    }
    await using stage = await full.later().stage()
    expect(stage.supervisor.getRun('a')).toMatchObject({ status: 'completed' })
  })
})

describe('a session, while the disk is full,', () => {
  it('that cannot be kept leaves no thread behind in Codex', async () => {
    const full = disk()
    await using stage = await full.stage()
    await stage.supervisor.start()
    full.fill()
    await expect(stage.supervisor.createSession({ sessionId: 's' })).rejects.toMatchObject(NO_SPACE)
    expect(stage.latest().server.calls('thread/unsubscribe')).toMatchObject([
      { params: { threadId: 'thread-1' } },
    ])
    full.clear()
    expect(await stage.supervisor.createSession({ sessionId: 's' })).toMatchObject({ threadId: 'thread-2' })
  })

  it('that cannot be kept lets go no thread that another has', async () => {
    const full = disk()
    await using stage = await full.stage({
      prepare: (server) => server.handle('thread/resume', () => ({ thread: { id: 't' } })),
    })
    await stage.supervisor.start()
    await stage.supervisor.createSession({ threadId: 't' })
    full.fill()
    await expect(stage.supervisor.createSession({ threadId: 't' })).rejects.toMatchObject(NO_SPACE)
    expect(stage.latest().server.calls('thread/unsubscribe')).toEqual([])
  })

  it('stays open when it cannot be written that it is closed', async () => {
    const full = disk()
    await using stage = await full.stage()
    await stage.supervisor.start()
    const { sessionId } = await stage.supervisor.createSession()
    full.fill()
    await expect(stage.supervisor.closeSession(sessionId)).rejects.toMatchObject(NO_SPACE)
    expect(stage.supervisor.getSession(sessionId)?.status).toBe('idle')
    full.clear()
    const { turn, complete } = await beginTurn(stage, sessionId)
    complete()
    expect((await turn.settled).status).toBe('completed')
    expect((await stage.supervisor.closeSession(sessionId)).status).toBe('closed')
  })
})

describe('a disk that does not know whether it has written', () => {
  it('begins nothing, and the next program begins a run at most once', async () => {
    const unsure = disk()
    const held = heldRunner()
    {
      await using stage = await unsure.stage({ execRunner: held.runner })
      await stage.supervisor.createRun({ prompt: 'x', runId: 'a' })
      unsure.doubt()
      await stage.supervisor.start()
      await stage.event('run.held')
      expect(stage.supervisor.getRun('a')?.status).toBe('queued')
    }
    expect(held.requests).toEqual([])
    await using stage = await unsure.later().stage({ execRunner: held.runner })
    // It had been written after all, so that nobody can tell this from a run that had begun.
    expect(stage.supervisor.getRun('a')?.status).toBe('failed')
  })

  it('says of what it refuses that it may be there', async () => {
    const unsure = disk()
    await using stage = await unsure.stage()
    unsure.doubt()
    const refused = stage.supervisor.createRun({ prompt: 'x' })
    await expect(refused).rejects.toMatchObject({ errno: 'EIO', isWritten: undefined })
  })
})

it('a run whose request is not in the store has failed before it was begun', async () => {
  const store = memoryStore<SupervisorKinds>()
  const at = '2026-01-01T00:00:00.000Z'
  const open = store.open.bind(store)
  store.open = async () => {
    await open()
    const run = { runId: 'a', status: 'queued', promptSummary: 'x', createdAt: at, updatedAt: at } as const
    await store.put('run', 'a', run)
  }
  const held = heldRunner()
  await using stage = await openStage({ store, execRunner: held.runner })
  await stage.supervisor.start()
  expect(await stage.supervisor.waitForRun('a')).toMatchObject({
    status: 'failed',
    failure: { retrySafety: 'not-sent' },
  })
  expect(held.requests).toEqual([])
})

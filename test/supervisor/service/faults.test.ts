import { describe, expect, it } from 'vitest'
import { nodeFileSystem } from '../../../src/supervisor/files/file-system.js'
import { lockFolder } from '../../../src/supervisor/files/folder-lock.js'
import { memoryStore, Supervisor, type SupervisorKinds } from '../../../src/supervisor/index.js'
import { settle } from '../../client/support.js'
import { freshFolder } from '../folders.js'
import { beginTurn, openStage, outcomeOf } from './support.js'

/** A store whose disk can be filled. */
function fragileStore() {
  const store = memoryStore<SupervisorKinds>()
  const batch = store.batch.bind(store)
  const disk = { isFull: false }
  store.batch = async (changes) => {
    if (disk.isFull) throw new Error('no space left')
    await batch(changes)
  }
  return { store, disk }
}

describe('a disk that is full', () => {
  it('lets nothing begin: neither a session, nor a turn, nor a run', async () => {
    const { store, disk } = fragileStore()
    await using stage = await openStage({ store })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    disk.isFull = true
    await expect(supervisor.createSession()).rejects.toThrow('no space left')
    await expect(supervisor.createTurn({ sessionId, input: 'x' })).rejects.toThrow('no space left')
    await expect(supervisor.createRun({ prompt: 'x' })).rejects.toThrow('no space left')
    expect(stage.latest().server.calls('turn/start')).toEqual([])
    expect(supervisor.listTurns()).toEqual([])
    expect(supervisor.listRuns()).toEqual([])
    expect(supervisor.listSessions().map(({ turns }) => turns)).toEqual([0])
    disk.isFull = false
    const { turn, complete } = await beginTurn(stage, sessionId)
    complete()
    expect((await turn.settled).status).toBe('completed')
  })

  it('stops nothing that runs, and is told', async () => {
    const { store, disk } = fragileStore()
    await using stage = await openStage({ store })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    const { turn, complete } = await beginTurn(stage, sessionId)
    disk.isFull = true
    complete()
    expect((await turn.settled).status).toBe('completed')
    expect(supervisor.getSession(sessionId)?.status).toBe('idle')
    expect(supervisor.status().lostChanges).toBe(1)
    await stage.event('supervisor.change-not-kept')
  })

  it('lets a run that waits not begin', async () => {
    const { store, disk } = fragileStore()
    let runs = 0
    await using stage = await openStage({
      store,
      execRunner: async () => {
        runs += 1
        return outcomeOf(true)
      },
    })
    const { runId } = await stage.supervisor.createRun({ prompt: 'x' })
    disk.isFull = true
    await stage.supervisor.start()
    expect(await stage.supervisor.waitForRun(runId)).toMatchObject({ status: 'failed' })
    expect(runs).toBe(0)
  })
})

describe('the end of a turn', () => {
  it('is logged once it lasts, so that a kill in between leaves no second end to log', async () => {
    const store = memoryStore<SupervisorKinds>()
    const batch = store.batch.bind(store)
    let gate = Promise.resolve()
    store.batch = async (changes) => {
      await gate
      await batch(changes)
    }
    await using stage = await openStage({ store })
    await stage.supervisor.start()
    const { sessionId } = await stage.supervisor.createSession()
    const { turn, complete } = await beginTurn(stage, sessionId)
    let open = () => {}
    gate = new Promise((resolve) => {
      open = resolve
    })
    complete()
    await settle()
    expect(stage.supervisor.getTurn(turn.id)?.status).toBe('completed')
    expect(stage.events.map(({ type }) => type)).not.toContain('turn.settled')
    open()
    await stage.event('turn.settled')
  })
})

describe('a stop', () => {
  it('ends the wait for a restart', async () => {
    await using stage = await openStage({ restart: { minDelayMs: 600_000, maxDelayMs: 600_000 } })
    await stage.supervisor.start()
    stage.latest().die()
    await stage.event('server.restarting')
    const refused = expect(stage.supervisor.createSession()).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
    })
    await stage.supervisor.stop()
    await refused
    expect(stage.supervisor.status().server.state).toBe('stopped')
    expect(stage.processes).toHaveLength(1)
  })
})

describe('a session that is closed', () => {
  it('while its turn is being made gets none', async () => {
    const { store } = fragileStore()
    await using stage = await openStage({ store })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    const creating = supervisor.createTurn({ sessionId, input: 'x' })
    const refused = expect(creating).rejects.toMatchObject({ code: 'SESSION_CLOSED', requestWritten: false })
    await supervisor.closeSession(sessionId)
    await refused
    expect(stage.latest().server.calls('turn/start')).toEqual([])
    expect(supervisor.listTurns()).toEqual([])
  })
})

describe('the opening', () => {
  it('of a folder that is in use is refused, and leaves nothing open', async () => {
    const directory = await freshFolder()
    await using first = await Supervisor.open({ directory })
    await expect(Supervisor.open({ directory })).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    await first.close()
    await (await Supervisor.open({ directory })).close()
  })

  it('that fails half way gives back what it has taken', async () => {
    const directory = await freshFolder()
    await (await Supervisor.open({ directory })).close()
    const lock = await lockFolder(nodeFileSystem, `${directory}/events`, 'events')
    await expect(Supervisor.open({ directory })).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    await lock.release()
    await (await Supervisor.open({ directory })).close()
  })

  it('of a Codex home that is not there is no reason to make one', async () => {
    const codexHome = `${await freshFolder()}/typo`
    await using stage = await openStage({ codexHome })
    await expect(stage.supervisor.start()).rejects.toMatchObject({
      code: 'PERSISTENCE_FAILED',
      errno: 'ENOENT',
    })
    expect(stage.processes).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../src/rpc/errors.js'
import type { Transport } from '../../../src/rpc/transport.js'
import { nodeFileSystem } from '../../../src/supervisor/files/file-system.js'
import { lockFolder } from '../../../src/supervisor/files/folder-lock.js'
import { memoryStore, Supervisor, type SupervisorKinds } from '../../../src/supervisor/index.js'
import { type AppServerDouble, SILENCE, settle } from '../../client/support.js'
import { freshFolder } from '../folders.js'
import { beginTurn, openStage } from './support.js'

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

describe('a session that is closed while its thread is resumed', () => {
  it.each([
    [
      'succeeds',
      (server: AppServerDouble, id: number) => server.send({ id, result: { thread: { id: 't' } } }),
    ],
    [
      'fails',
      (server: AppServerDouble, id: number) => server.send({ id, error: { code: -32600, message: 'no' } }),
    ],
  ])('stays closed when that %s', async (_title, answer) => {
    await using stage = await openStage({
      prepare: (server, number) => {
        if (number > 1) server.handle('thread/resume', () => SILENCE)
      },
    })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession({ threadId: 't' })
    stage.latest().die()
    await stage.event('server.ready', 2)
    const { server } = stage.latest()
    const { id } = await server.call('thread/resume', 1)
    const turn = expect(supervisor.createTurn({ sessionId, input: 'x' })).rejects.toMatchObject({
      code: 'SESSION_CLOSED',
    })
    await supervisor.closeSession(sessionId)
    answer(server, id as number)
    await turn
    expect(supervisor.getSession(sessionId)?.status).toBe('closed')
    expect(stage.events.map(({ type }) => type)).not.toContain('session.resumed')
  })
})

describe('stop', () => {
  it('called right after starts lets none of them begin', async () => {
    await using stage = await openStage()
    const starts = [stage.supervisor.start(), stage.supervisor.start()].map((start) =>
      expect(start).rejects.toMatchObject({ code: 'SERVER_NOT_READY' }),
    )
    await stage.supervisor.stop()
    await Promise.all(starts)
    expect(stage.processes).toEqual([])
    await stage.supervisor.start()
    expect(stage.supervisor.status().server.state).toBe('ready')
  })

  it('does not wait for a start that waits for a restart', async () => {
    await using stage = await openStage({ restart: { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 } })
    const { supervisor } = stage
    await supervisor.start()
    stage.latest().die()
    await stage.event('server.restarting')
    const again = expect(supervisor.start()).rejects.toMatchObject({ code: 'SERVER_NOT_READY' })
    await new Promise<void>((resolve) => setImmediate(resolve))
    await supervisor.stop()
    await again
    expect(supervisor.status().server.state).toBe('stopped')
  })
})

describe('a turn that is refused before it is sent', () => {
  it('does not count: its thread has had none', async () => {
    await using stage = await openStage()
    await stage.supervisor.start()
    const { sessionId } = await stage.supervisor.createSession()
    const creating = stage.supervisor.createTurn({ sessionId, input: 'x', timeoutMs: -1 } as never)
    await expect(creating).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(stage.supervisor.getSession(sessionId)?.turns).toBe(0)
    expect(stage.supervisor.listTurns()).toEqual([])
  })
})

describe('a turn that is forgotten once it has ended', () => {
  it('is handed out with its final record', async () => {
    await using stage = await openStage({
      limits: { keptTurns: 0 },
      prepare: (server) => {
        server.handle('turn/start', () => {
          throw new RpcError(-32600, 'no')
        })
      },
    })
    await stage.supervisor.start()
    const { sessionId } = await stage.supervisor.createSession()
    const { record } = await stage.supervisor.createTurn({ sessionId, input: 'x' })
    expect(record).toMatchObject({ status: 'failed', sessionId })
  })
})

describe('a client factory that rejects', () => {
  it('leaves no process behind', async () => {
    await using stage = await openStage({
      clientFactory: async (transport) => {
        const opened = transport as Transport
        opened.onclose = () => {}
        await opened.start()
        throw new Error('no client')
      },
    })
    await expect(stage.supervisor.start()).rejects.toThrow('no client')
    await stage.latest().exited
  })
})

it('a client factory that never settles does not keep the supervisor from stopping', async () => {
  const stage = await openStage({ clientFactory: () => new Promise(() => {}) })
  void stage.supervisor.start().catch(() => {})
  await settle()
  await stage.supervisor.stop()
  expect(stage.supervisor.status().server).not.toBe('ready')
})

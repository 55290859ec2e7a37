import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../src/rpc/errors.js'
import { beginTurn, openStage } from './support.js'

describe('when the server dies', () => {
  it('its turns fail once, with what is known of the end, and nothing is sent again', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const sessions = await Promise.all([supervisor.createSession(), supervisor.createSession()])
    const [first] = sessions
    const { turn, turnId } = await beginTurn(stage, first.sessionId)
    stage.latest().die({ exitCode: 3, partialBytes: 17 })
    const record = await turn.settled
    expect(record).toMatchObject({
      status: 'failed',
      turnId,
      failure: {
        kind: 'transport-closed-before-turn-completed',
        retrySafety: expect.not.stringMatching('not-sent'),
      },
      diagnosis: { exitCode: 3, partialMessage: true, partialBytes: 17, statusAtClose: 'running' },
    })
    await stage.event('server.ready', 2)
    expect(stage.processes).toHaveLength(2)
    expect(stage.latest().server.calls('turn/start')).toEqual([])
    expect(stage.events.filter(({ type }) => type === 'turn.settled')).toHaveLength(1)
    expect(supervisor.getTurn(turn.id)).toEqual(record)
  })

  it('is told of a signal, too', async () => {
    await using stage = await openStage({ restart: false })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    const { turn } = await beginTurn(stage, sessionId)
    stage.latest().die({ signal: 'SIGKILL' })
    expect((await turn.settled).diagnosis).toEqual({
      exitCode: undefined,
      signal: 'SIGKILL',
      partialMessage: false,
      partialBytes: 0,
      statusAtClose: 'running',
    })
    await stage.event('server.given-up')
    expect(supervisor.status().server).toMatchObject({
      state: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
    expect(supervisor.getSession(sessionId)?.status).toBe('disconnected')
    await expect(supervisor.createTurn({ sessionId, input: 'x' })).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
    })
    // And can be started anew.
    await supervisor.start()
    expect(supervisor.status().server.state).toBe('ready')
    expect(supervisor.getSession(sessionId)?.status).toBe('idle')
  })

  it('its sessions are resumed with their settings, and those that Codex cannot resume are told', async () => {
    await using stage = await openStage({
      prepare: (server, number) => {
        server.handle('thread/resume', ({ threadId }) => {
          if (number > 1 && threadId === 'gone')
            throw new RpcError(-32600, 'no rollout found for thread id gone')
          return { thread: { id: threadId } }
        })
      },
    })
    const { supervisor } = stage
    await supervisor.start()
    const kept = await supervisor.createSession({ threadId: 'kept', sandbox: 'read-only', model: 'm' })
    const gone = await supervisor.createSession({ threadId: 'gone' })
    stage.latest().die()
    await stage.event('session.lost')
    await stage.event('session.resumed')
    const again = stage
      .latest()
      .server.calls('thread/resume')
      .map(({ params }) => params)
    expect(again).toContainEqual(
      expect.objectContaining({ threadId: 'kept', sandbox: 'read-only', model: 'm' }),
    )
    expect(supervisor.getSession(kept.sessionId)?.status).toBe('idle')
    expect(supervisor.getSession(gone.sessionId)).toMatchObject({
      status: 'lost',
      failure: { message: 'no rollout found for thread id gone' },
    })
    // A turn tries it once more, in vain, and sends nothing.
    const creating = supervisor.createTurn({ sessionId: gone.sessionId, input: 'x' })
    await expect(creating).rejects.toMatchObject({ code: 'SESSION_LOST', requestWritten: false })
  })

  it('a thread that has had no turn is started anew: Codex has not kept it', async () => {
    await using stage = await openStage({
      prepare: (server) => {
        server.handle('thread/resume', ({ threadId }) => {
          throw new RpcError(-32600, `no rollout found for thread id ${threadId}`)
        })
      },
    })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession({ cwd: '/repo' })
    stage.latest().die()
    await stage.event('session.thread-replaced')
    await stage.event('session.resumed')
    expect(supervisor.getSession(sessionId)).toMatchObject({ threadId: 'thread-2', status: 'idle' })
    expect(stage.latest().server.calls('thread/start')[0]?.params).toMatchObject({ cwd: '/repo' })
  })

  it('a turn that is asked for meanwhile waits for the next one', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession({ threadId: 'kept' })
    stage.latest().die()
    await stage.event('server.closed')
    const creating = supervisor.createTurn({ sessionId, input: 'x' })
    await stage.event('server.ready', 2)
    const { server } = stage.latest()
    await server.call('turn/start')
    server.notify('turn/completed', {
      threadId: 'kept',
      turn: { id: 'turn-1', status: 'completed', items: [] },
    })
    expect((await (await creating).settled).status).toBe('completed')
  })

  it('too often, it is not started again', async () => {
    await using stage = await openStage({
      restart: { minDelayMs: 1, maxDelayMs: 1, maxRestarts: 3 },
      prepare: (server, number) => {
        if (number === 1) return
        server.handle('initialize', () => {
          throw new RpcError(-32603, 'broken')
        })
      },
    })
    await stage.supervisor.start()
    stage.latest().die()
    const refused = expect(stage.supervisor.createSession()).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
    })
    const { detail } = await stage.event('server.given-up')
    expect(detail).toMatchObject({ failure: { message: expect.stringContaining('broken') } })
    expect(stage.processes).toHaveLength(4)
    await refused
  })

  it('while the sessions are being resumed, the next one resumes them', async () => {
    await using stage = await openStage({
      prepare: (server, number) => {
        if (number !== 2) return
        server.handle('thread/resume', () => {
          queueMicrotask(() => stage.latest().die())
          return { thread: { id: 'kept' } }
        })
      },
    })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession({ threadId: 'kept' })
    stage.latest().die()
    await stage.event('server.ready', 3)
    await stage.event('session.resumed')
    expect(supervisor.getSession(sessionId)?.status).toBe('idle')
  })
})

describe('a first start', () => {
  it('that fails is told to the caller, and can be tried again', async () => {
    await using stage = await openStage({
      prepare: (server, number) => {
        if (number > 1) return
        server.handle('initialize', () => {
          throw new RpcError(-32603, 'broken')
        })
      },
    })
    await expect(stage.supervisor.start()).rejects.toMatchObject({ code: 'HANDSHAKE_FAILED' })
    expect(stage.supervisor.status().server.state).toBe('failed')
    await stage.supervisor.start()
    await stage.supervisor.start()
    expect(stage.processes).toHaveLength(2)
  })

  it('that hangs is ended by a stop', async () => {
    await using stage = await openStage({
      prepare: (server) => void server.handle('initialize', () => new Promise(() => {}) as never),
    })
    const starting = stage.supervisor.start()
    const refused = expect(starting).rejects.toThrow()
    await stage.event('server.starting')
    await stage.supervisor.stop()
    await refused
    expect(stage.supervisor.status().server.state).toBe('stopped')
  })
})

describe('a stop', () => {
  it('interrupts what runs, and can be followed by a start', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession({ threadId: 'kept' })
    const { turn, turnId, threadId } = await beginTurn(stage, sessionId)
    const { server } = stage.latest()
    server.handle('turn/interrupt', () => {
      server.notify('turn/completed', { threadId, turn: { id: turnId, status: 'interrupted', items: [] } })
      return {}
    })
    await Promise.all([supervisor.stop(), supervisor.stop()])
    expect((await turn.settled).status).toBe('interrupted')
    expect(supervisor.status().server.state).toBe('stopped')
    expect(supervisor.getSession(sessionId)?.status).toBe('disconnected')
    await supervisor.start()
    expect(supervisor.getSession(sessionId)?.status).toBe('idle')
  })

  it('of a closed supervisor does nothing; what would change something is refused, and the rest goes on telling', async () => {
    const stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    await supervisor.close()
    await supervisor.close()
    await supervisor.stop()
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'SUPERVISOR_CLOSED' })
    await expect(supervisor.createSession()).rejects.toMatchObject({ code: 'SUPERVISOR_CLOSED' })
    await expect(supervisor.createRun({ prompt: 'x' })).rejects.toMatchObject({ code: 'SUPERVISOR_CLOSED' })
    await expect(supervisor.createTurn({ sessionId, input: 'x' })).rejects.toMatchObject({
      code: 'SUPERVISOR_CLOSED',
    })
    expect(supervisor.status().server.state).toBe('stopped')
    expect(supervisor.getSession(sessionId)?.status).toBe('disconnected')
    expect(supervisor.listRuns()).toEqual([])
    expect(await supervisor.getRunResult('none')).toBeUndefined()
    const told: string[] = []
    for await (const event of supervisor.events({ after: 0 })) if (!event.gap) told.push(event.type)
    expect(told).toContain('supervisor.closed')
  })

  it('waits for nothing when a second supervisor wants the same Codex home: that one is refused', async () => {
    await using stage = await openStage()
    await stage.supervisor.start()
    const codexHome = stage.latest().request.codexHome
    await using other = await openStage({ codexHome })
    await expect(other.supervisor.start()).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    expect(other.processes).toEqual([])
    await stage.supervisor.stop()
    await other.supervisor.start()
  })
})

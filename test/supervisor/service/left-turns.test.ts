import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../src/rpc/errors.js'
import { memoryStore, type SupervisorKinds, type TurnRecord } from '../../../src/supervisor/index.js'
import { type AppServerDouble, SILENCE } from '../../client/support.js'
import { openStage } from './support.js'

const AT = '2026-01-01T00:00:00.000Z'

/** A store as a program leaves it that is killed in the middle of a turn. */
function storeOfKilledProgram(turn: Partial<TurnRecord> = {}) {
  const store = memoryStore<SupervisorKinds>()
  const open = store.open.bind(store)
  store.open = async () => {
    await open()
    await store.put('session', 's', {
      sessionId: 's',
      threadId: 'thread',
      status: 'running',
      currentTurnId: 'u',
      childPid: 999_999_999,
      turns: 1,
      ownThread: true,
      settings: {},
      createdAt: AT,
      updatedAt: AT,
    })
    await store.put('turn', 'left', {
      id: 'left',
      sessionId: 's',
      threadId: 'thread',
      turnId: 'u',
      status: 'running',
      inputSummary: 'x',
      steers: 0,
      retries: 0,
      createdAt: AT,
      updatedAt: AT,
      ...turn,
    })
  }
  return store
}

/** What the thread tells of its turns. */
function withTurns(...data: object[]) {
  return (server: AppServerDouble) => void server.handle('thread/turns/list', () => ({ data }))
}

const userMessage = (clientId: string) => ({ type: 'userMessage', id: 'm', clientId, content: [] })

describe('a turn that a killed program has left', () => {
  it('is open until a server can be asked', async () => {
    await using stage = await openStage({ store: storeOfKilledProgram(), prepare: withTurns() })
    expect(stage.supervisor.getTurn('left')?.status).toBe('running')
    expect(stage.supervisor.getSession('s')).toMatchObject({ status: 'disconnected', childPid: undefined })
  })

  it('has the end that its thread knows', async () => {
    const items = [{ type: 'agentMessage', id: 'a', text: 'It is done' }]
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'completed', items }),
    })
    await stage.supervisor.start()
    expect(stage.supervisor.getTurn('left')).toMatchObject({ status: 'completed', text: 'It is done' })
    expect(stage.supervisor.getSession('s')).toMatchObject({ status: 'idle', lastTurnStatus: 'completed' })
  })

  it('has failed as its thread tells', async () => {
    const error = { message: 'over quota', codexErrorInfo: 'usageLimitExceeded' }
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'failed', error, items: [] }),
    })
    await stage.supervisor.start()
    expect(stage.supervisor.getTurn('left')).toMatchObject({
      status: 'failed',
      failure: { kind: 'provider-usage-limited' },
      diagnosis: undefined,
    })
  })

  it.each([
    ['nothing is known', []],
    ['only another is known', [{ id: 'other', status: 'completed', items: [userMessage('another')] }]],
  ])('of which %s was cut off, and may have had effects', async (_what, turns) => {
    await using stage = await openStage({ store: storeOfKilledProgram(), prepare: withTurns(...turns) })
    await stage.supervisor.start()
    expect(stage.supervisor.getTurn('left')).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed', retrySafety: 'side-effects-possible' },
      diagnosis: { statusAtClose: 'running', partialMessage: false },
    })
  })

  it('before it had told its id is found by what was sent with it', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram({ turnId: undefined, status: 'starting' }),
      prepare: withTurns(
        { id: 'b', status: 'failed', items: [userMessage('another')] },
        { id: 'a', status: 'completed', items: [userMessage('left')] },
      ),
    })
    await stage.supervisor.start()
    expect(stage.supervisor.getTurn('left')).toMatchObject({ status: 'completed', turnId: 'a' })
  })

  it('and that still runs is followed, steered and kept apart from others', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'inProgress', items: [] }),
    })
    const { supervisor } = stage
    const early = supervisor.start().then(() => supervisor.createTurn({ sessionId: 's', input: 'another' }))
    await expect(early).rejects.toMatchObject({ code: 'SESSION_BUSY' })
    expect(supervisor.getSession('s')).toMatchObject({ status: 'running', currentTurnId: 'u' })
    const steered = await supervisor.createTurn({ sessionId: 's', input: 'more', expectedTurnId: 'u' })
    const { server } = stage.latest()
    expect(server.calls('turn/start')).toEqual([])
    expect(server.calls('turn/steer')[0]?.params).toMatchObject({ threadId: 'thread', expectedTurnId: 'u' })
    server.notify('turn/completed', {
      threadId: 'thread',
      turn: { id: 'other', status: 'failed', items: [] },
    })
    server.notify('turn/completed', { threadId: 'thread', turn: { id: 'u', status: 'completed', items: [] } })
    expect(await steered.settled).toMatchObject({ id: 'left', status: 'completed', steers: 1 })
    expect(await steered.result).toBeUndefined()
  })

  it('and that ends while its thread is asked has that end', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: (server) => {
        server.handle('thread/turns/list', () => {
          server.notify('turn/completed', {
            threadId: 'thread',
            turn: { id: 'u', status: 'completed', items: [] },
          })
          return { data: [{ id: 'u', status: 'inProgress', items: [] }] }
        })
      },
    })
    await stage.supervisor.start()
    await stage.event('turn.settled')
    expect(stage.supervisor.getTurn('left')?.status).toBe('completed')
  })

  it('is interrupted with its session', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'inProgress', items: [] }),
    })
    await stage.supervisor.start()
    const { server } = stage.latest()
    server.handle('turn/interrupt', ({ turnId }) => {
      server.notify('turn/completed', {
        threadId: 'thread',
        turn: { id: turnId, status: 'interrupted', items: [] },
      })
      return {}
    })
    await stage.supervisor.closeSession('s')
    expect(server.calls('turn/interrupt')[0]?.params).toEqual({ threadId: 'thread', turnId: 'u' })
    expect(stage.supervisor.getTurn('left')?.finishedAt).toEqual(expect.any(String))
  })

  it.each([
    ['ignores the interrupt', () => ({})],
    ['does not answer the interrupt', () => SILENCE],
    [
      'refuses the interrupt',
      () => {
        throw new RpcError(-32600, 'no active turn to interrupt')
      },
    ],
  ])('has failed within the deadline when Codex %s', async (_what, interrupt) => {
    const stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'inProgress', items: [] }),
      client: { interruptTimeoutMs: 20 },
    })
    await stage.supervisor.start()
    stage.latest().server.handle('turn/interrupt', interrupt)
    await stage.supervisor.stop()
    expect(stage.supervisor.getTurn('left')).toMatchObject({ status: 'failed', turnId: 'u' })
    await stage.supervisor.close()
    expect(stage.events.filter(({ type }) => type === 'turn.settled')).toHaveLength(1)
  })

  it('has failed when the server dies that it ran on', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: withTurns({ id: 'u', status: 'inProgress', items: [] }),
      restart: false,
    })
    await stage.supervisor.start()
    stage.latest().die({ exitCode: 1 })
    await stage.event('turn.settled')
    expect(stage.supervisor.getTurn('left')).toMatchObject({
      status: 'failed',
      turnId: 'u',
      diagnosis: { exitCode: 1, statusAtClose: 'running' },
    })
  })

  it('is asked of the next server when the first dies before it answers', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: (server, number) => {
        server.handle('thread/turns/list', () => {
          if (number === 1) stage.latest().die()
          return { data: [{ id: 'u', status: 'completed', items: [] }] }
        })
      },
    })
    await stage.supervisor.start()
    await stage.event('turn.settled')
    expect(stage.processes).toHaveLength(2)
    expect(stage.supervisor.getTurn('left')?.status).toBe('completed')
    expect(stage.supervisor.getSession('s')?.status).toBe('idle')
  })

  it('has failed when its thread cannot be resumed, or told of', async () => {
    const refuse = (method: string) => (server: AppServerDouble) =>
      void server.handle(method, () => {
        throw new RpcError(-32600, 'no rollout found')
      })
    for (const method of ['thread/resume', 'thread/turns/list']) {
      await using stage = await openStage({ store: storeOfKilledProgram(), prepare: refuse(method) })
      await stage.supervisor.start()
      expect(stage.supervisor.getTurn('left')).toMatchObject({ status: 'failed' })
      expect(stage.supervisor.getSession('s')?.status).toBe(method === 'thread/resume' ? 'lost' : 'idle')
      expect(stage.events.filter(({ type }) => type === 'turn.settled')).toHaveLength(1)
    }
  })

  it('has failed when the supervisor gives the server up', async () => {
    await using stage = await openStage({
      store: storeOfKilledProgram(),
      prepare: (server, number) => {
        if (number > 1) return
        server.handle('thread/turns/list', () => {
          stage.latest().die()
          return {}
        })
      },
      restart: false,
    })
    await stage.supervisor.start()
    await stage.event('turn.settled')
    expect(stage.supervisor.getTurn('left')?.status).toBe('failed')
  })
})

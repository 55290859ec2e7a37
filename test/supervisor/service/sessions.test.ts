import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../src/rpc/errors.js'
import { openStage } from './support.js'

describe('a session', () => {
  it('is made with a thread and holds what Codex says of it', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const session = await supervisor.createSession({
      purpose: 'triage',
      cwd: '/repo',
      sandbox: 'read-only',
      metadata: { ticket: 7 },
    })
    expect(session).toMatchObject({
      purpose: 'triage',
      threadId: 'thread-1',
      status: 'idle',
      endpoint: 'stdio',
      cwd: '/work',
      model: 'model-1',
      settings: { cwd: '/repo', sandbox: 'read-only' },
      turns: 0,
      metadata: { ticket: 7 },
    })
    expect(stage.latest().server.calls('thread/start')[0]?.params).toMatchObject({
      cwd: '/repo',
      sandbox: 'read-only',
    })
    expect(supervisor.getSession(session.sessionId)).toEqual(session)
    expect(supervisor.listSessions()).toEqual([session])
  })

  it('goes on with a thread that is given', async () => {
    await using stage = await openStage()
    await stage.supervisor.start()
    const session = await stage.supervisor.createSession({ threadId: 'old', sandbox: 'workspace-write' })
    expect(session.threadId).toBe('old')
    expect(stage.latest().server.calls('thread/resume')[0]?.params).toMatchObject({
      threadId: 'old',
      sandbox: 'workspace-write',
    })
  })

  it('that is registered asks Codex for nothing until its first turn', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    const { sessionId } = await supervisor.registerSession({ threadId: 'old' })
    await supervisor.start()
    expect(stage.latest().server.calls('thread/resume')).toEqual([])
    const turning = supervisor.createTurn({ sessionId, input: 'Go on' })
    await stage.latest().server.call('turn/start')
    stage.latest().server.notify('turn/completed', {
      threadId: 'old',
      turn: { id: 'turn-1', status: 'completed', items: [] },
    })
    expect((await (await turning).settled).status).toBe('completed')
    expect(stage.latest().server.calls('thread/resume')).toHaveLength(1)
  })

  it.each([
    ['unknown', 'SESSION_NOT_FOUND'],
    ['closed', 'SESSION_CLOSED'],
    ['bare', 'SESSION_WITHOUT_THREAD'],
  ])('that is %s takes no turn, with an error of its own', async (sessionId, code) => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    await supervisor.registerSession({ sessionId: 'bare' })
    await supervisor.createSession({ sessionId: 'closed' })
    await supervisor.closeSession('closed')
    await expect(supervisor.createTurn({ sessionId, input: 'x' })).rejects.toMatchObject({ code })
    expect(stage.latest().server.calls('turn/start')).toEqual([])
  })

  it('cannot be made twice, nor with wrong options', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    await supervisor.createSession({ sessionId: 'one' })
    await expect(supervisor.createSession({ sessionId: 'one' })).rejects.toMatchObject({
      code: 'SESSION_EXISTS',
    })
    await expect(supervisor.createSession({ sandbox: 'none' as never })).rejects.toMatchObject({
      option: 'sandbox',
    })
    await expect(supervisor.createSession({ wrong: 1 } as never)).rejects.toMatchObject({ option: 'wrong' })
    expect(stage.latest().server.calls('thread/start')).toHaveLength(1)
  })

  it('is not there when Codex refuses its thread', async () => {
    await using stage = await openStage({
      prepare: (server) => {
        server.handle('thread/start', () => {
          throw new RpcError(-32600, 'no such model')
        })
      },
    })
    await stage.supervisor.start()
    await expect(stage.supervisor.createSession()).rejects.toMatchObject({ rpcCode: -32600 })
    expect(stage.supervisor.listSessions()).toEqual([])
  })

  it('that is closed lets Codex unload its thread, and stays closed', async () => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    stage.latest().server.handle('thread/unsubscribe', () => ({ status: 'unsubscribed' }))
    expect((await supervisor.closeSession(sessionId)).status).toBe('closed')
    expect((await supervisor.closeSession(sessionId)).status).toBe('closed')
    expect(stage.latest().server.calls('thread/unsubscribe')).toHaveLength(1)
    await expect(supervisor.closeSession('nobody')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  it('waits for no server that nobody starts', async () => {
    await using stage = await openStage()
    await expect(stage.supervisor.createSession()).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
      requestWritten: false,
    })
  })
})

it.each(['src', '.', '', '~/repo', 7])(
  'a session in a folder that depends on who runs it is refused: %j',
  async (cwd) => {
    await using stage = await openStage()
    const { supervisor } = stage
    await supervisor.start()
    const wrong = { code: 'INVALID_INPUT', option: 'cwd' }
    await expect(supervisor.createSession({ cwd: cwd as never })).rejects.toMatchObject(wrong)
    await expect(supervisor.registerSession({ cwd: cwd as never })).rejects.toMatchObject(wrong)
    expect(supervisor.listSessions()).toEqual([])
    expect(stage.latest().server.calls('thread/start')).toEqual([])
    // The server may run on another machine, of another kind.
    expect(await supervisor.registerSession({ cwd: 'C:\\repo' })).toMatchObject({ cwd: 'C:\\repo' })
  },
)

import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../src/rpc/errors.js'
import { beginTurn, openStage } from './support.js'

async function openSession(options: Parameters<typeof openStage>[0] = {}) {
  const stage = await openStage(options)
  await stage.supervisor.start()
  const { sessionId } = await stage.supervisor.createSession({ reasoningEffort: 'high' })
  return { stage, supervisor: stage.supervisor, sessionId }
}

/** Made of pieces, so that no scanner takes this file for a leak. */
const SECRET = ['sk', 'proj', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA'].join('-')

describe('a turn', () => {
  it('is followed by its record and that of its session, from start to end', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const { turn, turnId, complete } = await beginTurn(stage, sessionId, `Use ${SECRET} now`)
    expect(turn.record).toMatchObject({ sessionId, turnId, status: 'running', threadId: 'thread-1' })
    expect(turn.record.inputSummary).toMatch(/^Use .* now$/)
    expect(turn.record.inputSummary).not.toContain(SECRET)
    expect(supervisor.getSession(sessionId)).toMatchObject({
      status: 'running',
      currentTurnId: turnId,
      turns: 1,
    })
    expect(stage.latest().server.calls('turn/start')[0]?.params).toMatchObject({
      clientUserMessageId: turn.id,
      effort: 'high',
    })
    complete()
    expect(await turn.settled).toMatchObject({ status: 'completed', turnId, finishedAt: expect.any(String) })
    expect((await turn.result)?.status).toBe('completed')
    const session = supervisor.getSession(sessionId)
    expect(session).toMatchObject({ status: 'idle', lastTurnId: turnId, lastTurnStatus: 'completed' })
    expect(session?.currentTurnId).toBeUndefined()
    expect(supervisor.listTurns(sessionId)).toEqual([await turn.settled])
  })

  it('tells its events to whoever asked for them', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const own: string[] = []
    const all: string[] = []
    supervisor.onTurnEvent((record, event) => all.push(`${record.sessionId === sessionId} ${event.type}`))
    const creating = supervisor.createTurn({
      sessionId,
      input: 'x',
      onEvent: (event) => {
        own.push(event.type)
        throw new Error('an observer that fails')
      },
    })
    const { server } = stage.latest()
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    server.say('turn-1', 'Hello')
    server.complete('turn-1')
    const { text } = await (await creating).settled
    expect(text).toBe('Hello')
    expect(own).toEqual(['turn.started', 'item.started', 'message.delta', 'item.completed', 'turn.completed'])
    expect(all).toEqual(own.map((type) => `true ${type}`))
  })

  it('counts what Codex tries again, and fails with what it does not', async () => {
    const { stage, sessionId } = await openSession()
    await using _ = stage
    const { turn, turnId, threadId } = await beginTurn(stage, sessionId)
    const { server } = stage.latest()
    const error = { message: 'stream broke', codexErrorInfo: 'other' }
    server.notify('error', { threadId, turnId, willRetry: true, error })
    const final = { message: 'over quota', codexErrorInfo: 'usageLimitExceeded' }
    server.notify('error', { threadId, turnId, willRetry: false, error: final })
    server.notify('turn/completed', {
      threadId,
      turn: { id: turnId, status: 'failed', error: final, items: [] },
    })
    expect(await turn.settled).toMatchObject({
      status: 'failed',
      retries: 1,
      failure: { kind: 'provider-usage-limited' },
      diagnosis: undefined,
    })
  })

  it('that Codex refuses is handed out settled', async () => {
    const { stage, supervisor, sessionId } = await openSession({
      prepare: (server) => {
        server.handle('turn/start', () => {
          throw new RpcError(-32600, 'not now')
        })
      },
    })
    await using _ = stage
    const turn = await supervisor.createTurn({ sessionId, input: 'x' })
    expect(await turn.settled).toMatchObject({ status: 'failed', failure: { message: 'not now' } })
    expect(supervisor.getSession(sessionId)).toMatchObject({ status: 'idle', lastTurnStatus: 'failed' })
  })

  it('with wrong options leaves no record, and sends nothing', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    for (const [option, wrong] of [
      ['input', { input: '' }],
      ['cwd', { input: 'x', cwd: 7 }],
      ['cwd', { input: 'x', cwd: 'src' }],
      ['onEvent', { input: 'x', onEvent: 'y' }],
      ['timeout', { input: 'x', timeout: 5 }],
      ['sandbox', { input: 'x', sandbox: 'read-only' }],
      ['clientUserMessageId', { input: 'x', clientUserMessageId: 'mine' }],
    ] as const) {
      const creating = supervisor.createTurn({ sessionId, ...wrong } as never)
      await expect(creating).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
    }
    expect(supervisor.listTurns()).toEqual([])
    expect(stage.latest().server.calls('turn/start')).toEqual([])
    // The session is free again.
    const { turn, complete } = await beginTurn(stage, sessionId)
    complete()
    expect((await turn.settled).status).toBe('completed')
  })

  it('keeps others away until it has ended, also while it is being made', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const first = supervisor.createTurn({ sessionId, input: 'one' })
    await expect(supervisor.createTurn({ sessionId, input: 'two' })).rejects.toMatchObject({
      code: 'SESSION_BUSY',
    })
    const { server } = stage.latest()
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await first
    await expect(supervisor.createTurn({ sessionId, input: 'two' })).rejects.toMatchObject({
      code: 'SESSION_BUSY',
    })
    expect(server.calls('turn/start')).toHaveLength(1)
    server.complete('turn-1')
    await (await first).settled
  })

  it('is steered by its id, and by no other', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const other = supervisor.createTurn({ sessionId, input: 'more', expectedTurnId: 'turn-9' })
    await expect(other).rejects.toMatchObject({ code: 'TURN_MISMATCH', currentTurnId: undefined })
    const { turn, turnId, complete } = await beginTurn(stage, sessionId)
    const wrong = supervisor.createTurn({ sessionId, input: 'more', expectedTurnId: 'turn-9' })
    await expect(wrong).rejects.toMatchObject({ code: 'TURN_MISMATCH', currentTurnId: turnId })
    const steered = await supervisor.createTurn({ sessionId, input: 'more', expectedTurnId: turnId })
    expect(steered.id).toBe(turn.id)
    expect(stage.latest().server.calls('turn/steer')).toHaveLength(1)
    complete()
    expect(await steered.settled).toMatchObject({ status: 'completed', steers: 1 })
  })

  it('is interrupted with its session', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const { turn, turnId, threadId } = await beginTurn(stage, sessionId)
    const { server } = stage.latest()
    server.handle('turn/interrupt', () => {
      server.notify('turn/completed', { threadId, turn: { id: turnId, status: 'interrupted', items: [] } })
      return {}
    })
    const closed = await supervisor.closeSession(sessionId)
    expect(closed).toMatchObject({ status: 'closed', lastTurnStatus: 'interrupted' })
    expect((await turn.settled).status).toBe('interrupted')
  })

  it('is not sent when its record cannot be kept', async () => {
    const { stage, supervisor, sessionId } = await openSession()
    await using _ = stage
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const creating = supervisor.createTurn({ sessionId, input: 'x', metadata: circle })
    await expect(creating).rejects.toMatchObject({ option: 'metadata' })
    expect(stage.latest().server.calls('turn/start')).toEqual([])
  })
})

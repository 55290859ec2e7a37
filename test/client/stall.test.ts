import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CodexOptions, TurnEvent, TurnStalledEvent } from '../../src/client/index.js'
import { deferred } from '../../src/util/deferred.js'
import { type AppServerDouble, connectDouble, readAll, SILENCE, settle, THREAD } from './support.js'

const TIMES = { stallTimeoutMs: 10_000, stallGraceMs: 2_000, requestTimeoutMs: 5_000 }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const inProgress = (server: AppServerDouble) =>
  server.handle('thread/turns/list', () => ({ data: [{ id: 'turn-1', status: 'inProgress' }] }))

/** A turn that runs, on a server that says so when it is asked. */
async function running(options: CodexOptions = {}, turnOptions = {}) {
  const bench = await connectDouble({ ...TIMES, ...options }, inProgress)
  const turn = bench.thread.stream('hi', turnOptions)
  const events = readAll(turn)
  await bench.server.call('turn/start')
  bench.server.tell('turn/started', 'turn-1')
  await settle()
  return { ...bench, turn, events }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await settle()
}

const stallsOf = (events: readonly TurnEvent[]): TurnStalledEvent[] =>
  events.filter((event) => event.type === 'turn.stalled')

const begin = (server: AppServerDouble, type: string, id = 'w') =>
  server.tell('item/started', 'turn-1', { item: { type, id } })

const status = (server: AppServerDouble, ...activeFlags: string[]) =>
  server.tell('thread/status/changed', undefined, { status: { type: 'active', activeFlags } })

describe('a silent turn', () => {
  it('is told, interrupted after its grace, and fails as stalled', async () => {
    const { server, turn, events, codex } = await running()
    await pass(9_999)
    expect(server.calls('thread/turns/list')).toEqual([])
    await pass(1)
    expect(server.calls('thread/turns/list')).toHaveLength(1)
    await pass(1_999)
    expect(server.calls('turn/interrupt')).toEqual([])
    await pass(1)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.complete('turn-1', 'interrupted')
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      failure: { kind: 'turn-stalled', retryable: true, retrySafety: 'indeterminate', phase: 'turn' },
    })
    const stalls = stallsOf(await events)
    expect(stalls).toEqual([
      { type: 'turn.stalled', threadId: THREAD, turnId: 'turn-1', reason: 'silence', silentMs: 10_000 },
    ])
    await codex.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('settles without Codex when that is silent too', async () => {
    const { server, turn } = await running({ interruptTimeoutMs: 1_000 })
    server.handle('thread/turns/list', () => SILENCE).handle('turn/interrupt', () => SILENCE)
    await pass(10_000 + 2_000 + 1_000)
    expect(await turn.result).toMatchObject({ failure: { kind: 'turn-stalled' } })
  })

  it('ends as its thread says when only the end was lost', async () => {
    const { server, turn } = await running()
    server.handle('thread/turns/list', () => ({ data: [{ id: 'turn-1', status: 'completed' }] }))
    await pass(10_000)
    expect((await turn.result).status).toBe('completed')
    expect(server.calls('turn/interrupt')).toEqual([])
  })

  it('is not silent while anything comes, and is told anew when it falls silent again', async () => {
    const { server, turn, events } = await running()
    for (let i = 0; i < 3; i += 1) {
      await pass(9_000)
      server.say('turn-1', 'still here', `item-${i}`)
    }
    await pass(11_000)
    server.say('turn-1', 'and again', 'item-9')
    await pass(9_000)
    expect(turn.isSettled).toBe(false)
    await pass(1_000)
    server.complete('turn-1')
    expect(stallsOf(await events).map(({ reason, silentMs }) => [reason, silentMs])).toEqual([
      ['silence', 10_000],
      ['silence', 10_000],
    ])
    expect(server.calls('turn/interrupt')).toEqual([])
  })

  it('has its whole grace after each time it is told, also when that is the longer', async () => {
    const { server, turn } = await running({ stallGraceMs: 25_000 })
    await pass(12_000)
    server.say('turn-1', 'yes?')
    await pass(34_000)
    expect(server.calls('turn/interrupt')).toEqual([])
    server.complete('turn-1')
    await turn.result
  })

  it('is told anew in time although its grace has not run out', async () => {
    const { server, turn, events } = await running({ stallGraceMs: 500_000 })
    await pass(12_000)
    server.say('turn-1', 'yes?')
    await pass(20_000)
    server.complete('turn-1')
    await turn.result
    expect(stallsOf(await events)).toHaveLength(2)
  })

  it.each<CodexOptions>([{ onStall: 'report' }, { stallGraceMs: Number.POSITIVE_INFINITY }])(
    'is only told with %j, while the server answers',
    async (options) => {
      const { server, turn, events } = await running(options)
      await pass(1_000_000)
      expect(server.calls('turn/interrupt')).toEqual([])
      server.say('turn-1', 'back')
      await pass(20_000)
      server.complete('turn-1')
      await turn.result
      expect(stallsOf(await events)).toHaveLength(2)
    },
  )

  it('is only told with `report`, also when the server does not answer', async () => {
    const { server, turn } = await running({ onStall: 'report' })
    server.handle('thread/turns/list', () => SILENCE)
    await pass(1_000_000)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
  })

  it.each([
    ['of the client', { stallTimeoutMs: Number.POSITIVE_INFINITY }, {}],
    ['of the turn', {}, { stallTimeoutMs: Number.POSITIVE_INFINITY }],
  ])('is not watched when the option %s is Infinity', async (_whose, options, turnOptions) => {
    const { server, turn, events } = await running(options, turnOptions)
    await pass(1_000_000)
    server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
    expect(stallsOf(await events)).toEqual([])
  })

  it('has the time that its own option says', async () => {
    const { server, turn, events } = await running({}, { stallTimeoutMs: 50 })
    await pass(50)
    server.complete('turn-1')
    await turn.result
    expect(stallsOf(await events)).toMatchObject([{ silentMs: 50 }])
  })
})

describe('work that takes long', () => {
  it.each(['commandExecution', 'mcpToolCall', 'dynamicToolCall', 'collabAgentToolCall', 'brandNew'])(
    'in a %s is told once and never interrupted while the server answers',
    async (type) => {
      const { server, turn, events } = await running()
      begin(server, type)
      await pass(100_000)
      expect(turn.isSettled).toBe(false)
      expect(server.calls('turn/interrupt')).toEqual([])
      server.complete('turn-1')
      await turn.result
      expect(stallsOf(await events)).toMatchObject([{ reason: 'silence', openItems: [{ type, id: 'w' }] }])
    },
  )

  it('is interrupted when the server stops answering', async () => {
    const { server, turn } = await running()
    begin(server, 'commandExecution')
    await pass(15_000)
    server.handle('thread/turns/list', () => SILENCE)
    await pass(5_000 + 4_999)
    expect(server.calls('turn/interrupt')).toEqual([])
    await pass(1)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.complete('turn-1', 'interrupted')
    expect(await turn.result).toMatchObject({
      failure: { kind: 'turn-stalled', retrySafety: 'side-effects-possible' },
    })
  })

  it('is interrupted then also when the server has more time to answer than stalls take', async () => {
    const { server, turn } = await running({ requestTimeoutMs: 35_000 })
    begin(server, 'commandExecution')
    server.handle('thread/turns/list', () => SILENCE)
    await pass(10_000 + 34_999)
    expect(server.calls('turn/interrupt')).toEqual([])
    await pass(1)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.complete('turn-1', 'interrupted')
    await turn.result
  })

  it('does not cover what comes after it', async () => {
    const { server, turn } = await running()
    begin(server, 'commandExecution')
    await pass(30_000)
    server.tell('item/completed', 'turn-1', { item: { type: 'commandExecution', id: 'w' } })
    begin(server, 'agentMessage', 'm')
    await pass(12_000)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.complete('turn-1', 'interrupted')
    await turn.result
  })
})

describe('a turn that waits', () => {
  const ask = (server: AppServerDouble, method: string, params: object) =>
    server.send({ id: 7, method, params: { threadId: THREAD, turnId: 'turn-1', itemId: 'w', ...params } })

  it.each([
    ['waitingOnApproval', 'item/commandExecution/requestApproval', { command: 'ls' }, 'command'],
    [
      'waitingOnUserInput',
      'item/tool/requestUserInput',
      { questions: [{ id: 'q', header: 'h', question: 'Which?', options: null }] },
      'user-input',
    ],
  ])('is told as %s with what is open, once, and never interrupted', async (reason, method, params, kind) => {
    const answer = deferred<'decline'>()
    const asked = deferred<void>()
    const { server, turn, events } = await running({
      onApproval: () => {
        asked.resolve()
        return answer.promise
      },
      approvalTimeoutMs: Number.POSITIVE_INFINITY,
    })
    ask(server, method, params)
    await asked.promise
    await pass(1_000_000)
    expect(server.calls('turn/interrupt')).toEqual([])
    expect(server.calls('thread/turns/list')).toEqual([])
    answer.resolve('decline')
    await server.answer(7)
    server.complete('turn-1')
    await turn.result
    const stalls = stallsOf(await events)
    expect(stalls).toMatchObject([{ reason, pendingApprovals: [{ kind }] }])
  })

  it.each(['waitingOnApproval', 'waitingOnUserInput'])(
    'for somebody else is told as %s, by the status of its thread',
    async (flag) => {
      const { server, turn, events } = await running()
      status(server, flag)
      await pass(100_000)
      status(server)
      await pass(9_999)
      server.complete('turn-1')
      await turn.result
      expect(stallsOf(await events)).toMatchObject([{ reason: flag }])
      expect(server.calls('turn/interrupt')).toEqual([])
    },
  )

  it('is silent when what it waited for is done and nothing follows', async () => {
    const { server, turn, events } = await running()
    status(server, 'waitingOnApproval')
    await pass(10_000)
    status(server)
    await pass(12_000)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.complete('turn-1', 'interrupted')
    await turn.result
    expect(stallsOf(await events).map(({ reason }) => reason)).toEqual(['waitingOnApproval', 'silence'])
  })

  it.each([null, 7, {}, { activeFlags: 'waitingOnApproval' }, { activeFlags: [null, {}] }])(
    'is not told by a status of %j',
    async (nonsense) => {
      const { server, turn, events } = await running()
      server.tell('thread/status/changed', undefined, { status: nonsense })
      await pass(10_000)
      server.complete('turn-1')
      await turn.result
      expect(stallsOf(await events)).toMatchObject([{ reason: 'silence' }])
    },
  )

  it('for its provider is told although Codex tells each attempt, and has the time of that option', async () => {
    const { server, turn, events } = await running({ providerTimeoutMs: Number.POSITIVE_INFINITY })
    const error = { message: 'Reconnecting... waiting for network', codexErrorInfo: null }
    for (let i = 0; i < 30; i += 1) {
      server.tell('error', 'turn-1', { error, willRetry: true })
      await pass(1_000)
    }
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    await turn.result
    expect(stallsOf(await events)).toMatchObject([{ reason: 'providerUnreachable' }])
  })
})

it('costs one timer, however much comes', async () => {
  const { server, turn } = await running()
  const timers = vi.getTimerCount()
  const set = vi.spyOn(globalThis, 'setTimeout')
  for (let i = 0; i < 1_000; i += 1) server.say('turn-1', 'x', `item-${i}`)
  await settle()
  expect(set).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(timers)
  set.mockRestore()
  server.complete('turn-1')
  await turn.result
})

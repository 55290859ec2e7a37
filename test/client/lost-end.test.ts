import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CodexOptions } from '../../src/client/index.js'
import { Codex } from '../../src/client/index.js'
import { OversizeMessageError } from '../../src/rpc/errors.js'
import { memoryPair } from '../../src/transports/memory.js'
import { AppServerDouble, connectDouble, readAll, SILENCE, settle, THREAD, typesOf } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A thread with a running turn of which an item was told. */
async function running(options: CodexOptions = {}, prepare: (server: AppServerDouble) => void = () => {}) {
  const bench = await connectDouble(options, prepare)
  const turn = bench.thread.stream('hi')
  const events = readAll(turn)
  await bench.server.call('turn/start')
  bench.server.tell('turn/started', 'turn-1')
  bench.server.say('turn-1', 'hello')
  await settle()
  return { ...bench, turn, events }
}

const listed =
  (status: string, error: unknown = null) =>
  (server: AppServerDouble) => {
    server.handle('thread/turns/list', () => ({ data: [{ id: 'turn-1', status, error, items: [] }] }))
  }

const idle = (server: AppServerDouble) =>
  server.tell('thread/status/changed', undefined, { status: { type: 'idle' } })

describe('a turn whose end is never told', () => {
  it('is asked for when its thread is idle, and ends as the thread says', async () => {
    const { server, turn, events } = await running({}, listed('completed'))
    idle(server)
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({ status: 'completed', text: 'hello' })
    expect(typesOf(await events).at(-1)).toBe('turn.completed')
    expect(server.calls('thread/turns/list')).toMatchObject([{ params: { threadId: THREAD } }])
  })

  it('is asked for when its thread is in error, as it is behind a turn that failed', async () => {
    const error = { message: 'quota', codexErrorInfo: 'usageLimitExceeded' }
    const { server, turn } = await running({}, listed('failed', error))
    server.tell('thread/status/changed', undefined, { status: { type: 'systemError' } })
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { kind: 'provider-usage-limited' } })
  })

  it('fails with the failure that the thread tells', async () => {
    const error = { message: 'quota', codexErrorInfo: 'usageLimitExceeded' }
    const { server, turn } = await running({}, listed('failed', error))
    idle(server)
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { kind: 'provider-usage-limited' } })
  })

  it('goes on when the thread says that it is in progress', async () => {
    const { server, turn } = await running({}, listed('inProgress'))
    idle(server)
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    expect(await turn.result).toMatchObject({ status: 'completed' })
  })

  it.each<[string, (server: AppServerDouble) => void]>([
    ['cannot be asked', () => {}],
    ['does not know it', (server) => server.handle('thread/turns/list', () => ({ data: [] }))],
    ['answers nonsense', (server) => server.handle('thread/turns/list', () => null)],
  ])('fails as a protocol error when its thread %s', async (_what, prepare) => {
    const { server, turn } = await running({}, prepare)
    idle(server)
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { kind: 'backend-protocol-error' } })
  })

  it('asks nobody when the end follows the idle status', async () => {
    const { server, turn, codex } = await running({}, listed('failed'))
    idle(server)
    server.complete('turn-1')
    expect(await turn.result).toMatchObject({ status: 'completed' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.calls('thread/turns/list')).toEqual([])
    await codex.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is asked for when a message was too long to read', async () => {
    const [near, far] = memoryPair()
    const server = new AppServerDouble(far)
    listed('completed')(server)
    await server.start()
    const codex = await Codex.connect(near)
    const turn = (await codex.startThread()).stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    near.onerror?.(new OversizeMessageError(200, 100, { method: 'turn/completed' }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({ status: 'completed' })
    await codex.close()
  })
})

describe('a message that was too long to read', () => {
  /** A turn of which an item was told, when such a message has come. */
  async function afterOversize(prepare: (server: AppServerDouble) => void) {
    const [near, far] = memoryPair()
    const server = new AppServerDouble(far)
    prepare(server)
    await server.start()
    const codex = await Codex.connect(near)
    const turn = (await codex.startThread()).stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    near.onerror?.(new OversizeMessageError(200, 100, { method: 'item/completed' }))
    await vi.advanceTimersByTimeAsync(1_000)
    return { server, codex, turn }
  }

  it.each<[string, (server: AppServerDouble) => void]>([
    ['cannot be asked', () => {}],
    ['does not know it', (server) => server.handle('thread/turns/list', () => ({ data: [] }))],
    ['answers nonsense', (server) => server.handle('thread/turns/list', () => null)],
  ])('does not end a turn whose thread %s: it was perhaps another one', async (_what, prepare) => {
    const { server, codex, turn } = await afterOversize(prepare)
    expect(server.calls('thread/turns/list')).not.toHaveLength(0)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
    await codex.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the end of a turn', () => {
  it('is taken when it does not name its thread', async () => {
    const { server, turn } = await running()
    server.notify('turn/completed', { turn: { id: 'turn-1', status: 'completed' } })
    expect(await turn.result).toMatchObject({ status: 'completed', text: 'hello' })
  })

  it.each([{ toString: 1, valueOf: 1 }, null, 7, 'x'.repeat(5_000), undefined, []])(
    'is a failure when its status is %j',
    async (status) => {
      const { server, turn } = await running()
      server.notify('turn/completed', { threadId: THREAD, turn: { id: 'turn-1', status } })
      const { failure } = await turn.result
      expect(failure).toMatchObject({ kind: 'backend-protocol-error' })
      expect(failure?.message.length).toBeLessThan(200)
    },
  )
})

describe('a start that is answered too late', () => {
  it('fails by its deadline, and the turn is stopped when it comes', async () => {
    const { server, thread } = await connectDouble({ requestTimeoutMs: 200 }, (double) =>
      double.handle('turn/start', () => SILENCE),
    )
    const turn = thread.stream('hi')
    const { id } = await server.call('turn/start')
    await vi.advanceTimersByTimeAsync(200)
    expect(await turn.result).toMatchObject({ failure: { kind: 'backend-timeout', phase: 'turn-start' } })
    server.send({ id, result: { turn: { id: 'turn-9' } } })
    await server.call('turn/interrupt')
    expect(server.calls('turn/interrupt')).toMatchObject([{ params: { threadId: THREAD, turnId: 'turn-9' } }])
  })
})

describe('a provider that cannot be reached', () => {
  const retrying = (server: AppServerDouble, message = 'Reconnecting... waiting for network') =>
    server.tell('error', 'turn-1', { error: { message, codexErrorInfo: null }, willRetry: true })

  it('fails the turn after its time, and interrupts it', async () => {
    const { server, turn, codex } = await running({ providerTimeoutMs: 5_000 })
    retrying(server)
    await settle()
    await vi.advanceTimersByTimeAsync(4_000)
    retrying(server)
    await settle()
    expect(server.calls('turn/interrupt')).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    await server.call('turn/interrupt')
    server.complete('turn-1', 'interrupted')
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      failure: { kind: 'provider-unavailable', retryable: true, phase: 'turn' },
    })
    await codex.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given its time anew when it answers in between', async () => {
    const { server, turn } = await running({ providerTimeoutMs: 5_000 })
    retrying(server)
    await settle()
    server.say('turn-1', 'again', 'item-2')
    await settle()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    await turn.result
  })

  it('is taken to answer when no attempt has failed for longer than Codex waits between two', async () => {
    const { server, turn } = await running({ providerTimeoutMs: 60_000 })
    retrying(server)
    await settle()
    await vi.advanceTimersByTimeAsync(5_000)
    retrying(server)
    await settle()
    // The model thinks, and says nothing meanwhile.
    await vi.advanceTimersByTimeAsync(300_000)
    expect(turn.isSettled).toBe(false)
    expect(server.calls('turn/interrupt')).toEqual([])
    server.complete('turn-1')
    await turn.result
  })

  it('is waited for without end when no time is set, and for other retries', async () => {
    const { server, turn } = await running({ providerTimeoutMs: Infinity })
    retrying(server)
    await settle()
    await vi.advanceTimersByTimeAsync(10_000_000)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    await turn.result

    const other = await running({ providerTimeoutMs: 5_000 })
    retrying(other.server, 'exceeded retry limit, last status: 429')
    await settle()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(other.turn.isSettled).toBe(false)
    other.server.complete('turn-1')
    await other.turn.result
  })
})

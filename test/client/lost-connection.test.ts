import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TurnEvent } from '../../src/client/index.js'
import type { TurnHost, TurnSpec } from '../../src/client/running-turn.js'
import { TurnRun } from '../../src/client/turn-run.js'
import type { ServerNotification } from '../../src/protocol/index.js'
import { ConnectionClosedError, RequestTimeoutError, RpcError } from '../../src/rpc/errors.js'
import type { CloseReason } from '../../src/rpc/transport.js'
import { type Deferred, deferred } from '../../src/util/deferred.js'
import { settle, THREAD, typesOf } from './support.js'

const GONE: CloseReason = { kind: 'error', message: 'the network is gone', closeCode: 1006 }
const CLOSED: CloseReason = { kind: 'remote', message: 'it stays gone' }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A turn on a host that a test scripts. */
class Bench {
  readonly start: Deferred<string> = deferred()
  readonly interrupts: string[] = []
  readonly strays: string[] = []
  readonly reported: Error[] = []
  readonly reads: Deferred<unknown>[] = []
  readonly events: Promise<TurnEvent[]>
  readonly run: TurnRun<undefined>

  constructor(spec: Partial<TurnSpec<undefined>> = {}) {
    const host: TurnHost = {
      startTurn: (_params, { onWrite }) => {
        onWrite()
        return this.start.promise
      },
      readTurn: () => {
        const answer = deferred<unknown>()
        this.reads.push(answer)
        return answer.promise as ReturnType<TurnHost['readTurn']>
      },
      interruptTurn: async (_threadId, turnId) => this.interrupts.push(turnId),
      interruptStray: async (_threadId, turnId) => this.strays.push(turnId),
      register: () => {},
      release: () => {},
      threadUsage: () => undefined,
      report: (error) => this.reported.push(error),
    }
    this.run = new TurnRun(host, {
      params: { threadId: THREAD, input: [] },
      output: undefined,
      signal: undefined,
      timeoutMs: Infinity,
      interruptTimeoutMs: 1_000,
      startTimeoutMs: 5_000,
      providerTimeoutMs: 2_000,
      stall: { stallTimeoutMs: 10_000, stallGraceMs: 1_000, onStall: 'interrupt' },
      isStreamed: true,
      ...spec,
    })
    this.events = readAll(this.run.events)
    this.run.begin()
  }

  /** A turn that runs. */
  static async running(spec: Partial<TurnSpec<undefined>> = {}): Promise<Bench> {
    const bench = new Bench(spec)
    bench.start.resolve('t')
    await settle()
    bench.tell('turn/started', { turn: { id: 't' } })
    return bench
  }

  tell(method: string, params: object): void {
    this.run.receive({ method, params: { threadId: THREAD, ...params } } as ServerNotification, 't')
  }
}

async function readAll(events: AsyncIterable<TurnEvent>): Promise<TurnEvent[]> {
  const all: TurnEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('a running turn whose connection is lost', () => {
  it('settles nothing and watches nothing for as long as the connection is away', async () => {
    const { run, interrupts, reads } = await Bench.running()
    run.connectionLost(GONE)
    await vi.advanceTimersByTimeAsync(10_000_000)
    expect([run.isSettled, interrupts, reads]).toEqual([false, [], []])
    run.connectionClosed(CLOSED)
    expect(await run.result).toMatchObject({
      status: 'failed',
      failure: {
        kind: 'transport-closed-before-turn-completed',
        message: expect.stringContaining('stays gone'),
      },
    })
  })

  it('goes on when the thread says so, and its end is taken', async () => {
    const bench = await Bench.running()
    bench.run.connectionLost(GONE)
    bench.run.connectionRestored()
    bench.reads[0]?.resolve({ id: 't', status: 'inProgress' })
    await settle()
    expect(bench.run.isSettled).toBe(false)
    bench.tell('turn/completed', { turn: { id: 't', status: 'completed' } })
    expect((await bench.run.result).status).toBe('completed')
    expect(typesOf(await bench.events)).toEqual([
      'turn.started',
      'connection.lost',
      'connection.restored',
      'turn.completed',
    ])
  })

  it.each([
    ['completed', 'completed', undefined],
    ['failed', 'failed', 'provider-usage-limited'],
    ['interrupted', 'interrupted', 'turn-interrupted'],
  ])('settles as %s when that is how it ended meanwhile', async (status, expected, kind) => {
    const { run, reads } = await Bench.running()
    run.connectionLost(GONE)
    run.connectionRestored()
    const error = { message: 'quota', codexErrorInfo: 'usageLimitExceeded' }
    reads[0]?.resolve({ id: 't', status, error: status === 'failed' ? error : null })
    const { status: settled, failure } = await run.result
    expect([settled, failure?.kind]).toEqual([expected, kind])
  })

  it.each([
    ['does not know it', (read: Deferred<unknown>) => read.resolve(undefined)],
    ['cannot be asked', (read: Deferred<unknown>) => read.reject(new RpcError(-32600, 'no rollout'))],
  ])('fails with the reason of the loss when the thread %s', async (_what, answer) => {
    const { run, reads } = await Bench.running()
    run.connectionLost(GONE)
    run.connectionRestored()
    answer(reads[0] as Deferred<unknown>)
    expect(await run.result).toMatchObject({
      status: 'failed',
      failure: {
        kind: 'transport-closed-before-turn-completed',
        message: expect.stringContaining('the network is gone'),
        details: { closeKind: 'error', closeCode: 1006 },
      },
    })
  })

  it('is not settled by an answer that the loss cut off, nor by one to an older question', async () => {
    const { run, reads } = await Bench.running()
    run.connectionLost(GONE)
    run.connectionRestored()
    reads[0]?.reject(new ConnectionClosedError(GONE))
    await settle()
    run.connectionLost(GONE)
    run.connectionRestored()
    expect(reads).toHaveLength(2)
    await settle()
    expect(run.isSettled).toBe(false)
    reads[1]?.resolve({ id: 't', status: 'completed' })
    expect((await run.result).status).toBe('completed')
  })

  it('settles within the deadline of the interrupt when it is stopped meanwhile', async () => {
    const { run, interrupts, reported, strays } = await Bench.running()
    run.connectionLost(GONE)
    run.stop(new Error('enough'))
    await vi.advanceTimersByTimeAsync(999)
    expect(run.isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await run.result).status).toBe('interrupted')
    // There was nobody who could have ignored it; whoever is there next is told.
    expect([interrupts, reported, strays]).toEqual([[], [], ['t']])
  })

  it('is interrupted when the connection is back and it was stopped meanwhile', async () => {
    const bench = await Bench.running()
    bench.run.connectionLost(GONE)
    bench.run.stop(new Error('enough'))
    bench.run.connectionRestored()
    expect(bench.interrupts).toEqual(['t'])
    bench.reads[0]?.resolve({ id: 't', status: 'interrupted' })
    expect((await bench.run.result).status).toBe('interrupted')
  })

  it('is watched again when the connection is back', async () => {
    const bench = await Bench.running()
    const { run, reads, interrupts, events } = bench
    await vi.advanceTimersByTimeAsync(9_000)
    run.connectionLost(GONE)
    await vi.advanceTimersByTimeAsync(9_000)
    run.connectionRestored()
    reads[0]?.resolve({ id: 't', status: 'inProgress' })
    bench.tell('item/completed', { turnId: 't', item: { type: 'reasoning', id: 'r' } })
    await vi.advanceTimersByTimeAsync(10_999)
    expect(interrupts).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(interrupts).toEqual(['t'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await run.result).failure?.kind).toBe('turn-stalled')
    expect(typesOf(await events)).toEqual([
      'turn.started',
      'connection.lost',
      'connection.restored',
      'item.completed',
      'turn.stalled',
      'turn.completed',
    ])
  })

  it('is given up as lost, and interrupted, when the thread does not answer the question', async () => {
    const { run, reads, strays } = await Bench.running()
    run.connectionLost(GONE)
    run.connectionRestored()
    reads[0]?.reject(new RequestTimeoutError('thread/turns/list', 60_000))
    expect((await run.result).failure?.kind).toBe('transport-closed-before-turn-completed')
    expect(strays).toEqual(['t'])
  })

  it('is not given up by silence while the server says that it runs: something may have begun unheard', async () => {
    const { run, reads, interrupts } = await Bench.running()
    run.connectionLost(GONE)
    run.connectionRestored()
    reads[0]?.resolve({ id: 't', status: 'inProgress' })
    for (let i = 1; i <= 20; i += 1) {
      await vi.advanceTimersByTimeAsync(10_000)
      reads[i]?.resolve({ id: 't', status: 'inProgress' })
    }
    expect([run.isSettled, interrupts]).toEqual([false, []])
    run.connectionClosed(GONE)
  })

  it('may have had effects that nobody heard of, and whose text does not join on has none', async () => {
    const bench = await Bench.running()
    bench.tell('item/started', { turnId: 't', item: { type: 'agentMessage', id: 'm', text: '' } })
    bench.tell('item/agentMessage/delta', { turnId: 't', itemId: 'm', delta: 'do not ' })
    bench.run.connectionLost(GONE)
    bench.run.connectionRestored()
    bench.tell('item/agentMessage/delta', { turnId: 't', itemId: 'm', delta: 'the disk' })
    bench.tell('turn/completed', {
      turn: { id: 't', status: 'failed', error: { message: 'x', codexErrorInfo: 'internalServerError' } },
    })
    const { text, failure } = await bench.run.result
    expect([text, failure?.retrySafety]).toEqual(['do not ', 'side-effects-possible'])
  })
})

describe('a turn whose start is unanswered when the connection is lost', () => {
  it('settles at once when nobody has seen it run', async () => {
    const { run, start } = new Bench()
    run.connectionLost(GONE)
    start.reject(new ConnectionClosedError(GONE))
    expect(await run.result).toMatchObject({
      status: 'failed',
      turnId: '',
      failure: { kind: 'transport-closed-before-turn-completed', phase: 'turn-start' },
    })
  })

  it.each(['before', 'after'])('waits when it was seen to run, told %s its request rejects', async (when) => {
    const bench = new Bench()
    bench.tell('turn/started', { turn: { id: 't' } })
    if (when === 'before') bench.run.connectionLost(GONE)
    bench.start.reject(new ConnectionClosedError(GONE))
    await settle()
    if (when === 'after') bench.run.connectionLost(GONE)
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect([bench.run.isSettled, bench.run.id]).toEqual([false, 't'])
    bench.run.connectionRestored()
    bench.reads[0]?.resolve({ id: 't', status: 'completed' })
    expect(await bench.run.result).toMatchObject({ status: 'completed', turnId: 't' })
  })

  it('is asked for when the answer to the start comes only after the connection is back', async () => {
    const { run, start, reads } = new Bench()
    run.connectionLost(GONE)
    run.connectionRestored()
    start.resolve('t')
    await settle()
    reads[0]?.resolve({ id: 't', status: 'completed' })
    expect((await run.result).status).toBe('completed')
  })

  it('settles by the deadline of its start when its request never ends', async () => {
    const { run } = new Bench()
    run.connectionLost(GONE)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await run.result).toMatchObject({ failure: { kind: 'backend-timeout', phase: 'turn-start' } })
  })
})

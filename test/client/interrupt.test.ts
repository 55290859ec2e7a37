import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Codex, type CodexOptions, InterruptIgnoredError } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import { type AppServerDouble, connectDouble, readAll, SILENCE, settle, THREAD, typesOf } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

async function connect(options?: CodexOptions, prepare?: (server: AppServerDouble) => void) {
  const connected = await connectDouble(options, prepare)
  codex = connected.codex
  return connected
}

const noActiveTurn = () => {
  throw new RpcError(-32600, 'no active turn to interrupt')
}

describe('a signal', () => {
  it('that has aborted before keeps the turn from being sent', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi', { signal: AbortSignal.abort(new Error('changed my mind')) })
    expect(typesOf(await readAll(turn))).toEqual(['turn.completed'])
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      turnId: '',
      failure: { kind: 'turn-interrupted', retrySafety: 'not-sent' },
    })
    await settle()
    expect(server.calls('turn/start')).toHaveLength(0)
  })

  it('that aborts before the answer interrupts the turn when the answer has come', async () => {
    const { server, thread } = await connect({}, (double) => double.handle('turn/start', () => SILENCE))
    const controller = new AbortController()
    const turn = thread.stream('hi', { signal: controller.signal })
    const start = await server.call('turn/start')
    controller.abort()
    await settle()
    expect(server.calls('turn/interrupt')).toHaveLength(0)
    server.send({ id: start.id, result: { turn: { id: 'late' } } })
    expect((await server.call('turn/interrupt')).params).toEqual({ threadId: THREAD, turnId: 'late' })
    server.complete('late', 'interrupted')
    expect(await turn.result).toMatchObject({ status: 'interrupted', turnId: 'late' })
  })

  it('that aborts before the turn has begun interrupts it again when it has: Codex refuses the first', async () => {
    const { server, thread } = await connect({}, (double) => double.handle('turn/interrupt', noActiveTurn))
    const controller = new AbortController()
    const turn = thread.stream('hi', { signal: controller.signal })
    await server.call('turn/start')
    await settle()
    controller.abort()
    await server.call('turn/interrupt')
    await settle()
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.handle('turn/interrupt', () => ({}))
    server.tell('turn/started', 'turn-1')
    await server.call('turn/interrupt', 2)
    server.complete('turn-1', 'interrupted')
    expect((await turn.result).status).toBe('interrupted')
  })

  it('that aborts after the end changes nothing, and keeps no listener', async () => {
    const { server, thread } = await connect()
    const controller = new AbortController()
    const turn = thread.stream('hi', { signal: controller.signal })
    await server.call('turn/start')
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    controller.abort()
    await settle()
    expect(server.calls('turn/interrupt')).toHaveLength(0)
  })

  it('of a deadline makes the failure a timeout', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi', { signal: AbortSignal.timeout(1) })
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await server.call('turn/interrupt')
    server.complete('turn-1', 'interrupted')
    expect(await turn.result).toMatchObject({ status: 'interrupted', failure: { kind: 'backend-timeout' } })
  })
})

describe('a server that ignores the interrupt', () => {
  it('does not keep the turn from settling within the deadline', async () => {
    vi.useFakeTimers()
    const { server, thread } = await connect({ interruptTimeoutMs: 3000 }, (double) =>
      double.handle('turn/interrupt', () => SILENCE),
    )
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    server.say('turn-1', 'so far')
    await settle()
    const interrupted = turn.interrupt()
    await vi.advanceTimersByTimeAsync(2999)
    expect(turn.isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await interrupted
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      text: 'so far',
      failure: { kind: 'turn-interrupted' },
    })
    expect((await readAll(turn)).at(-1)?.type).toBe('turn.completed')
  })

  it('keeps it for as long as it takes when the deadline is Infinity', async () => {
    vi.useFakeTimers()
    const { server, thread } = await connect({ interruptTimeoutMs: Infinity })
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    void turn.interrupt()
    await vi.advanceTimersByTimeAsync(10 ** 9)
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1', 'interrupted')
    expect((await turn.result).status).toBe('interrupted')
  })

  it('settles a turn whose start it never answers, and the turn that begins later is interrupted', async () => {
    vi.useFakeTimers()
    const { server, thread } = await connect({ interruptTimeoutMs: 1000 }, (double) =>
      double.handle('turn/start', () => SILENCE).handle('turn/interrupt', noActiveTurn),
    )
    const turn = thread.stream('hi')
    const start = await server.call('turn/start')
    const interrupted = turn.interrupt()
    await vi.advanceTimersByTimeAsync(1000)
    await interrupted
    expect(await turn.result).toMatchObject({ status: 'interrupted', turnId: '' })
    expect(server.calls('turn/interrupt')).toHaveLength(0)
    server.send({ id: start.id, result: { turn: { id: 'stray' } } })
    await server.call('turn/interrupt')
    await settle()
    server.handle('turn/interrupt', () => ({}))
    server.tell('turn/started', 'stray')
    expect((await server.call('turn/interrupt', 2)).params).toEqual({ threadId: THREAD, turnId: 'stray' })
  })

  it('interrupts a turn that was seen to run although its start was never answered', async () => {
    vi.useFakeTimers()
    const { server, thread } = await connect({ interruptTimeoutMs: 1000 }, (double) =>
      double.handle('turn/start', () => SILENCE),
    )
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'seen')
    await settle()
    void turn.interrupt()
    await vi.advanceTimersByTimeAsync(1000)
    expect((await turn.result).status).toBe('interrupted')
    expect((await server.call('turn/interrupt')).params).toEqual({ threadId: THREAD, turnId: 'seen' })
  })

  it('is asked again at half of the deadline, and at the deadline a diagnostic tells', async () => {
    vi.useFakeTimers()
    const { server, thread, codex } = await connect({ interruptTimeoutMs: 3000 }, (double) =>
      double.handle('turn/interrupt', () => SILENCE),
    )
    const diagnostics: Error[] = []
    codex.on('diagnostic', (error) => diagnostics.push(error))
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    void turn.interrupt()
    await vi.advanceTimersByTimeAsync(1499)
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(server.calls('turn/interrupt')).toHaveLength(2)
    expect(diagnostics).toEqual([])
    await vi.advanceTimersByTimeAsync(1500)
    expect((await turn.result).status).toBe('interrupted')
    expect(server.calls('turn/interrupt')).toHaveLength(2)
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toBeInstanceOf(InterruptIgnoredError)
    expect(diagnostics[0]).toMatchObject({
      code: 'INTERRUPT_IGNORED',
      threadId: THREAD,
      turnId: 'turn-1',
      timeoutMs: 3000,
    })
  })

  it('is asked again at the next event of the turn when it refused', async () => {
    const { server, thread } = await connect({}, (double) => double.handle('turn/interrupt', noActiveTurn))
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    void turn.interrupt()
    await server.call('turn/interrupt')
    await settle()
    server.tell('thread/status/changed', undefined, { status: { type: 'active', activeFlags: [] } })
    await settle()
    expect(server.calls('turn/interrupt')).toHaveLength(1)
    server.say('turn-1', 'going on')
    server.say('turn-1', 'and on', 'item-2')
    await server.call('turn/interrupt', 2)
    await settle()
    expect(server.calls('turn/interrupt')).toHaveLength(2)
    server.complete('turn-1', 'interrupted')
    expect((await turn.result).status).toBe('interrupted')
  })

  it('leaves nobody waiting for a turn that never began when the connection ends', async () => {
    const { server, thread, codex } = await connect({}, (double) =>
      double.handle('turn/interrupt', noActiveTurn),
    )
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    const interrupted = turn.interrupt()
    await server.call('turn/interrupt')
    await codex.close()
    await interrupted
    expect((await turn.result).status).toBe('interrupted')
  })
})

it('interrupts once its own deadline has passed, and says so', async () => {
  vi.useFakeTimers()
  const { server, thread } = await connect()
  const turn = thread.stream('hi', { timeoutMs: 5000 })
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  await vi.advanceTimersByTimeAsync(4999)
  expect(server.calls('turn/interrupt')).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(server.calls('turn/interrupt')).toHaveLength(1)
  server.complete('turn-1', 'interrupted')
  expect(await turn.result).toMatchObject({
    status: 'interrupted',
    failure: { kind: 'backend-timeout', details: { timeoutMs: 5000 } },
  })
})

it('interrupts when the reader leaves the loop, by break or by a throw', async () => {
  const { server, thread } = await connect()
  for (const [index, leave] of ['break', 'throw'].entries()) {
    const turnId = `turn-${index + 1}`
    const turn = thread.stream('hi')
    await server.call('turn/start', index + 1)
    server.tell('turn/started', turnId)
    const read = async () => {
      for await (const _event of turn) {
        if (leave === 'throw') throw new Error('enough')
        break
      }
    }
    await (leave === 'throw' ? expect(read()).rejects.toThrow('enough') : read())
    await server.call('turn/interrupt', index + 1)
    server.complete(turnId, 'interrupted')
    expect((await turn.result).status).toBe('interrupted')
  }
})

it('interrupts at the end of an `await using` block, and not again when the turn has ended', async () => {
  const { server, thread } = await connect({}, (double) =>
    double.handle('turn/interrupt', ({ turnId }) => {
      double.complete(String(turnId), 'interrupted')
      return {}
    }),
  )
  let result: Promise<unknown>
  {
    await using turn = thread.stream('hi')
    result = turn.result
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
  }
  expect(await result).toMatchObject({ status: 'interrupted' })
  const next = thread.stream('hi')
  await server.call('turn/start', 2)
  server.complete('turn-2')
  await next.result
  await next.interrupt()
  expect(server.calls('turn/interrupt')).toHaveLength(1)
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Codex, CodexOptions } from '../../../src/client/index.js'
import { RpcError } from '../../../src/rpc/errors.js'
import { connectDouble, SILENCE, settle } from '../support.js'
import { failureOf } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

/** A client whose one place is taken by a request that the test can let end. */
async function busyClient(options: CodexOptions = {}) {
  const connected = await connectDouble({ maxInFlightRequests: 1, ...options }, (server) =>
    server.handle('model/list', () => SILENCE),
  )
  codex = connected.codex
  const occupant = new AbortController()
  const { signal } = occupant
  const occupied = failureOf(connected.codex.request('model/list', {}, { signal }))
  const letGo = async () => {
    occupant.abort()
    await occupied
    await settle()
  }
  return { ...connected, letGo }
}

const NOT_SENT = { retrySafety: 'not-sent' }

/** A server that has no room for a start, and asks to be left alone for a time that no test waits for. */
async function fullServer(options: CodexOptions = {}) {
  const connected = await connectDouble(options, (server) =>
    server.handle('turn/start', () => {
      throw new RpcError(-32001, 'Server overloaded; try again in 1.9s')
    }),
  )
  codex = connected.codex
  return connected
}

describe('a turn whose start waits for its turn among the requests', () => {
  it('runs when it is sent', async () => {
    const { thread, server, letGo } = await busyClient()
    const turn = thread.stream('hi')
    await settle()
    expect(server.calls('turn/start')).toHaveLength(0)
    await letGo()
    expect(server.calls('turn/start')).toHaveLength(1)
    server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
  })

  it.each(['is aborted', 'is interrupted', 'is too late', 'is not read further'])(
    'settles at once when it %s, and is never sent',
    async (how) => {
      const { thread, server, letGo } = await busyClient({ interruptTimeoutMs: Infinity })
      const controller = new AbortController()
      if (how === 'is too late') vi.useFakeTimers()
      const timeoutMs = how === 'is too late' ? 50 : undefined
      const turn = thread.stream('hi', { signal: controller.signal, timeoutMs })
      if (how === 'is aborted') controller.abort()
      if (how === 'is interrupted') void turn.interrupt()
      if (how === 'is too late') vi.advanceTimersByTime(50)
      if (how === 'is not read further') await turn[Symbol.asyncIterator]().return?.()
      const result = await turn.result
      expect(result).toMatchObject({ status: 'interrupted', failure: NOT_SENT })
      await letGo()
      expect(server.calls('turn/start')).toHaveLength(0)
      expect(server.calls('turn/interrupt')).toHaveLength(0)
    },
  )

  it('fails when it could not be sent before the deadline of its start, and is never sent', async () => {
    vi.useFakeTimers()
    const { thread, server, letGo } = await busyClient({ requestTimeoutMs: 80 })
    vi.advanceTimersByTime(40)
    // The occupant ends at its own deadline, this one 40 ms after it: the flow is kept busy by another.
    const busy = failureOf((codex as Codex).request('model/list', {}, { timeoutMs: 1000 }))
    const turn = thread.stream('hi')
    vi.advanceTimersByTime(80)
    expect(await turn.result).toMatchObject({
      status: 'failed',
      failure: {
        kind: 'backend-timeout',
        message: 'turn/start: could not be sent within 80 ms',
        ...NOT_SENT,
      },
    })
    await letGo()
    vi.advanceTimersByTime(1000)
    await busy
    await settle()
    expect(server.calls('turn/start')).toHaveLength(0)
  })

  it.each(['this side', 'the other side'])('settles as not sent when %s closes', async (side) => {
    const { thread, server, codex } = await busyClient()
    const turn = thread.stream('hi')
    if (side === 'this side') await codex.close()
    else await server.close()
    expect(await turn.result).toMatchObject({
      status: side === 'this side' ? 'interrupted' : 'failed',
      failure: { kind: 'transport-closed-before-turn-completed', ...NOT_SENT },
    })
  })
})

describe('a turn whose start was refused for overload, and waits to be sent again', () => {
  it.each(['is aborted', 'is interrupted', 'is too late', 'is not read further'])(
    'settles at once when it %s, and is not sent again',
    async (how) => {
      vi.useFakeTimers()
      const { thread, server } = await fullServer({ interruptTimeoutMs: Infinity })
      const controller = new AbortController()
      const timeoutMs = how === 'is too late' ? 50 : undefined
      const turn = thread.stream('hi', { signal: controller.signal, timeoutMs })
      await server.call('turn/start')
      await settle()
      if (how === 'is aborted') controller.abort()
      if (how === 'is interrupted') void turn.interrupt()
      if (how === 'is too late') vi.advanceTimersByTime(50)
      if (how === 'is not read further') await turn[Symbol.asyncIterator]().return?.()
      expect(await turn.result).toMatchObject({ status: 'interrupted', failure: NOT_SENT })
      await vi.advanceTimersByTimeAsync(10_000)
      expect(server.calls('turn/start')).toHaveLength(1)
      expect(server.calls('turn/interrupt')).toHaveLength(0)
    },
  )

  it('settles when it is refused after it was aborted, and is not sent again', async () => {
    vi.useFakeTimers()
    const {
      thread,
      server,
      codex: client,
    } = await connectDouble({ interruptTimeoutMs: Infinity }, (double) =>
      double.handle('turn/start', () => SILENCE),
    )
    codex = client
    const controller = new AbortController()
    const turn = thread.stream('hi', { signal: controller.signal })
    const { id } = await server.call('turn/start')
    controller.abort()
    await settle()
    server.send({ id: id as number, error: { code: -32001, message: 'Server overloaded' } })
    expect(await turn.result).toMatchObject({ status: 'interrupted', failure: NOT_SENT })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.calls('turn/start')).toHaveLength(1)
  })

  it('fails with the refusal at the deadline of its start', async () => {
    vi.useFakeTimers()
    const { thread, server } = await fullServer({ requestTimeoutMs: 1_000 })
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await turn.result).toMatchObject({
      status: 'failed',
      failure: { kind: 'server-overloaded', retrySafety: 'rejected', retryable: true },
    })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.calls('turn/start')).toHaveLength(1)
  })

  it.each(['this side', 'the other side'])('settles as not sent when %s closes', async (side) => {
    const { thread, server, codex: client } = await fullServer()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    if (side === 'this side') await client.close()
    else await server.close()
    expect(await turn.result).toMatchObject({
      status: side === 'this side' ? 'interrupted' : 'failed',
      failure: { kind: 'transport-closed-before-turn-completed', ...NOT_SENT },
    })
  })
})

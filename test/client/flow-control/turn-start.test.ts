import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Codex, CodexOptions } from '../../../src/client/index.js'
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

import { afterEach, describe, expect, it, vi } from 'vitest'
import { Codex, type CodexOptions } from '../../../src/client/index.js'
import { classifyFailure } from '../../../src/failures/index.js'
import { RpcError } from '../../../src/rpc/errors.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { AppServerDouble, connectDouble, SILENCE, settle } from '../support.js'
import { failureOf } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

async function connect(options: CodexOptions, script: (server: AppServerDouble) => void = () => {}) {
  const connected = await connectDouble(options, script)
  codex = connected.codex
  return { codex: connected.codex, server: connected.server, thread: connected.thread }
}

describe('a client', () => {
  it('asks 64 things at once, and one more when a request that is never answered has ended by its deadline', async () => {
    vi.useFakeTimers()
    const { codex, server } = await connect({}, (double) =>
      double.handle('model/list', () => SILENCE).handle('config/read', () => ({ late: true })),
    )
    const lost = Array.from({ length: 64 }, (_, index) =>
      failureOf(codex.request('model/list', {}, { timeoutMs: 100 + index })),
    )
    const last = codex.requestUntyped('config/read', {})
    await settle()
    expect(server.calls('model/list')).toHaveLength(64)
    expect(server.calls('config/read')).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(100)
    expect(await lost[0]).toMatchObject({ code: 'REQUEST_TIMEOUT', requestWritten: undefined })
    expect(await last).toEqual({ late: true })
    await vi.advanceTimersByTimeAsync(64)
    await Promise.all(lost)
  })

  it('starts as many threads at once as its option says', async () => {
    const { codex, server } = await connect({ maxThreadRequests: 2 })
    server.handle('thread/start', () => SILENCE)
    const started = server.calls('thread/start').length
    const failed = [1, 2, 3].map(() => failureOf(codex.startThread()))
    await settle()
    expect(server.calls('thread/start').length - started).toBe(2)
    await codex.close()
    for (const error of await Promise.all(failed)) expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(classifyFailure(await failed[2])).toMatchObject({ retrySafety: 'not-sent' })
  })

  it('interrupts a turn while a queue of others waits', async () => {
    const { codex, server, thread } = await connect({ maxInFlightRequests: 1 }, (double) =>
      double.handle('model/list', () => SILENCE),
    )
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await settle()
    const failed = [1, 2].map(() => failureOf(codex.request('model/list', {})))
    void turn.interrupt()
    await server.call('turn/interrupt')
    server.complete('turn-1', 'interrupted')
    expect((await turn.result).status).toBe('interrupted')
    await codex.close()
    await Promise.all(failed)
  })

  it('repeats what an overloaded server refused, the handshake and the list of methods too', async () => {
    const refused = new Set<string>()
    const overloadOnce = (method: string, result: unknown) => () => {
      if (refused.has(method)) return result
      refused.add(method)
      throw new RpcError(-32001, 'Server overloaded; retry later.')
    }
    const [near, far] = memoryPair()
    const server = new AppServerDouble(far)
    server
      .handle('initialize', overloadOnce('initialize', { userAgent: 'double/1' }))
      .handle('model/list', overloadOnce('model/list', { data: [] }))
    server.handle('codex-conduit/probe', () => {
      overloadOnce('probe', undefined)()
      throw new RpcError(-32600, 'unknown variant `x`, expected one of `model/list`')
    })
    await server.start()
    codex = await Codex.connect(near)
    expect(await codex.request('model/list', {})).toEqual({ data: [] })
    expect(await codex.supports('model/list')).toBe(true)
    expect(refused).toEqual(new Set(['initialize', 'model/list', 'probe']))
  })

  it('rejects with the refusal of an overload that stays, without secrets', async () => {
    const { codex } = await connect({ overloadRetries: 0 }, (double) =>
      double.handle('model/list', () => {
        throw new RpcError(-32001, 'overloaded by sk-proj-abcdefghijklmnopqrstuvwxyz0123456789')
      }),
    )
    const error = await failureOf(codex.request('model/list', {}))
    expect(error).toMatchObject({ code: 'RPC_ERROR', rpcCode: -32001 })
    expect(String(error)).not.toContain('abcdefghij')
    expect(classifyFailure(error)).toMatchObject({ kind: 'server-overloaded', retrySafety: 'rejected' })
  })

  it('sends no request into a transport that does not drain, and the rest when it does', async () => {
    const [near, far] = memoryPair()
    const server = new AppServerDouble(far)
    server.handle('model/list', () => ({ data: [] }))
    await server.start()
    codex = await Codex.connect(near)
    const send = near.send.bind(near)
    let drain = () => {}
    let isFull = true
    near.send = (message) => {
      send(message)
      if (isFull) {
        return new Promise<void>((resolve) => {
          drain = resolve
        })
      }
    }
    const answers = [1, 2, 3].map(() => codex?.request('model/list', {}))
    await settle()
    expect(server.calls('model/list')).toHaveLength(1)
    isFull = false
    drain()
    await Promise.all(answers)
    expect(server.calls('model/list')).toHaveLength(3)
  })
})

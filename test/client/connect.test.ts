import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { Codex, HandshakeError, UnsupportedMethodError } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import type { Transport } from '../../src/rpc/transport.js'
import { memoryPair } from '../../src/transports/memory.js'
import { AppServerDouble, connectDouble, SILENCE, settle } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

/** A pair whose far end is a double, and whose near end notes what becomes of it. */
async function prepare(script: (server: AppServerDouble) => void) {
  const [near, far] = memoryPair()
  const server = new AppServerDouble(far)
  script(server)
  await server.start()
  let closes = 0
  const close = near.close.bind(near)
  near.close = async () => {
    closes += 1
    await close()
  }
  return { near, server, closes: () => closes }
}

/** A transport that is scripted by the test. */
function transport(members: Partial<Transport>): Transport {
  return { start: async () => {}, send: () => {}, close: async () => {}, ...members }
}

describe('the handshake', () => {
  it('introduces the program and tells what the server said of itself', async () => {
    const { server, codex: connected } = await connectDouble({
      clientInfo: { name: 'bot', version: '2' },
      experimentalApi: false,
      optOutNotifications: ['thread/started'],
    })
    codex = connected
    expect(server.calls('initialize')[0]?.params).toEqual({
      clientInfo: { name: 'bot', version: '2' },
      capabilities: { experimentalApi: false, optOutNotificationMethods: ['thread/started'] },
    })
    expect(codex.server.userAgent).toBe('double/1')
    await server.call('initialized')
  })

  it.each([
    ['refuses', { code: 'HANDSHAKE_FAILED', message: expect.stringContaining('go away') }],
    ['answers nonsense', { code: 'HANDSHAKE_FAILED', message: expect.stringContaining('user agent') }],
    ['answers nothing', { code: 'HANDSHAKE_FAILED' }],
    ['never answers', { code: 'HANDSHAKE_FAILED', message: expect.stringContaining('20 ms') }],
    ['goes away', { code: 'HANDSHAKE_FAILED' }],
  ])('that the server %s fails, and the transport is closed', async (what, error) => {
    const { near, closes } = await prepare((server) =>
      server.handle('initialize', () => {
        if (what === 'refuses') throw new RpcError(-32600, 'go away')
        if (what === 'goes away') void server.close()
        if (what === 'answers nonsense') return { userAgent: 7 }
        return what === 'answers nothing' ? null : SILENCE
      }),
    )
    await expect(Codex.connect(near, { handshakeTimeoutMs: 20 })).rejects.toMatchObject(error)
    expect(closes()).toBe(1)
  })

  it('keeps secrets of a refusal out of its message', async () => {
    const { near } = await prepare((server) =>
      server.handle('initialize', () => {
        throw new RpcError(-32600, 'bad key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789')
      }),
    )
    const error = await Codex.connect(near).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(HandshakeError)
    expect(String(error)).not.toContain('abcdefghij')
  })

  it('covers the opening of a transport that never opens', async () => {
    let closed = false
    const stuck = transport({
      start: () => new Promise(() => {}),
      close: async () => {
        closed = true
      },
    })
    await expect(Codex.connect(stuck, { handshakeTimeoutMs: 20 })).rejects.toMatchObject({
      code: 'HANDSHAKE_FAILED',
    })
    expect(closed).toBe(true)
  })

  it('rejects with what the transport rejects with, whatever its close() does', async () => {
    const cause = new Error('no route')
    const broken = transport({
      start: () => Promise.reject(cause),
      close: () => Promise.reject(new Error('and this')),
    })
    await expect(Codex.connect(broken)).rejects.toBe(cause)
    const throwing = transport({
      start: () => {
        throw cause
      },
    })
    await expect(Codex.connect(throwing)).rejects.toBe(cause)
  })

  it.each(['before', 'while the transport opens', 'while the answer is awaited'])(
    'is given up when the signal aborts %s, and keeps no listener',
    async (when) => {
      const controller = new AbortController()
      const { near, server, closes } = await prepare((double) => double.handle('initialize', () => SILENCE))
      if (when === 'before') controller.abort('why')
      if (when === 'while the transport opens') near.start = () => new Promise(() => {})
      const connecting = Codex.connect(near, { signal: controller.signal })
      const rejected = expect(connecting).rejects.toMatchObject({ code: 'ABORTED', cause: 'why' })
      if (when === 'while the answer is awaited') await server.call('initialize')
      await settle()
      controller.abort('why')
      await rejected
      expect(closes()).toBe(1)
      expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    },
  )
})

describe('requests', () => {
  it('resolve and reject with what the server says', async () => {
    const connected = await connectDouble({}, (server) =>
      server
        .handle('model/list', (params) => ({ data: [], got: params }))
        .handle('memory/reset', () => null)
        .handle('thread/list', () => {
          throw new RpcError(-32603, 'disk', { data: { errno: 28 } })
        }),
    )
    codex = connected.codex
    expect(await codex.request('model/list', { limit: 3 })).toEqual({ data: [], got: { limit: 3 } })
    expect(await codex.request('memory/reset')).toBeNull()
    expect(connected.server.calls('memory/reset')[0]).not.toHaveProperty('params')
    await expect(codex.request('thread/list', {})).rejects.toMatchObject({ rpcCode: -32603 })
    const unknown = await codex.requestUntyped('no/such').catch((error: unknown) => error)
    expect(unknown).toBeInstanceOf(UnsupportedMethodError)
    expect(unknown).toMatchObject({ method: 'no/such', userAgent: 'double/1', cause: { rpcCode: -32600 } })
  })

  it('ask the server once for its methods, and again after a failure', async () => {
    const connected = await connectDouble({}, (server) =>
      server.handle('codex-conduit/probe', () => ({ surprising: true })),
    )
    codex = connected.codex
    await expect(codex.supports('turn/start')).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    connected.server.handle('codex-conduit/probe', () => {
      throw new RpcError(-32600, 'unknown variant `codex-conduit/probe`, expected one of `a/b`, `turn/start`')
    })
    expect(await Promise.all([codex.supports('turn/start'), codex.supports('a/b')])).toEqual([true, true])
    expect(await codex.supports('turn/stop')).toBe(false)
    expect(connected.server.calls('codex-conduit/probe')).toHaveLength(2)
  })

  it.each([null, {}, { thread: null }, { thread: { id: 1 } }])(
    'to start or resume a thread fail on an answer without one (%j)',
    async (answer) => {
      const connected = await connectDouble()
      codex = connected.codex
      connected.server.handle('thread/start', () => answer).handle('thread/resume', () => answer)
      await expect(codex.startThread()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
      await expect(codex.resumeThread('t')).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    },
  )

  it('for a thread pass its options on, and keep their own', async () => {
    const connected = await connectDouble()
    codex = connected.codex
    const thread = await codex.startThread({ cwd: '/w', sandbox: 'read-only', timeoutMs: 5000 })
    expect(thread.id).toBe('thread-1')
    expect(connected.server.calls('thread/start')[1]?.params).toEqual({ cwd: '/w', sandbox: 'read-only' })
    await codex.resumeThread('old', { excludeTurns: false, timeoutMs: 5000 })
    expect(connected.server.calls('thread/resume')[0]?.params).toEqual({
      threadId: 'old',
      excludeTurns: false,
    })
  })
})

describe('a listener that throws', () => {
  it('changes nothing for the turn, nor for the other listeners', async () => {
    const connected = await connectDouble()
    codex = connected.codex
    const seen: string[] = []
    for (const event of ['notification', 'diagnostic', 'closed'] as const) {
      codex.on(event, () => {
        throw new Error('observer')
      })
    }
    const off = codex.on('notification', (message) => seen.push(message.method))
    const turn = connected.thread.stream('hi')
    await connected.server.call('turn/start')
    connected.server.tell('turn/started', 'turn-1')
    connected.server.send({ id: 'nobody', result: {} })
    connected.server.complete('turn-1')
    expect((await turn.result).status).toBe('completed')
    off()
    connected.server.notify('late', {})
    await codex.close()
    expect(seen).toEqual(['turn/started', 'turn/completed'])
  })
})

it('tells the reason of its end once, and closes twice in peace', async () => {
  const connected = await connectDouble()
  codex = connected.codex
  const reasons: string[] = []
  codex.on('closed', (reason) => reasons.push(reason.kind))
  await Promise.all([codex.close(), codex.close()])
  await codex.close()
  expect((await codex.closed).kind).toBe('local')
  expect(reasons).toEqual(['local'])
  await expect(codex.request('model/list', {})).rejects.toMatchObject({ code: 'TRANSPORT_CLOSED' })
})

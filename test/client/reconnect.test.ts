import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Codex, type ReconnectOptions } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import type { Transport } from '../../src/rpc/transport.js'
import { memoryPair } from '../../src/transports/memory.js'
import { WebSocketRefusedError } from '../../src/transports/websocket.js'
import { deferred } from '../../src/util/deferred.js'
import { APPROVAL, active, approvalParams, lasting, running } from './reconnect-support.js'
import { type AppServerDouble, readAll, SILENCE, settle, THREAD, typesOf } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the option reconnect', () => {
  it('needs a function that makes transports', async () => {
    const [near] = memoryPair()
    await expect(Codex.connect(near, { reconnect: true })).rejects.toMatchObject({ option: 'transport' })
  })

  it.each<[string, unknown, string]>([
    ['a word', 'yes', 'reconnect'],
    ['null', null, 'reconnect'],
    ['an unknown member', { retries: 1 }, 'retries'],
    ['a negative wait', { minDelayMs: -1 }, 'reconnect.minDelayMs'],
    ['an endless wait', { maxDelayMs: Infinity }, 'reconnect.maxDelayMs'],
    ['text for a time', { giveUpAfterMs: '1' }, 'reconnect.giveUpAfterMs'],
  ])('refuses %s before a transport is made', async (_what, reconnect, option) => {
    const connect = vi.fn()
    const options = { reconnect: reconnect as ReconnectOptions }
    await expect(Codex.connect(connect, options)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
    expect(connect).not.toHaveBeenCalled()
  })

  it('refuses what the function makes unless it is a transport', async () => {
    const connect = () => ({}) as Transport
    await expect(Codex.connect(connect, { reconnect: true })).rejects.toMatchObject({ option: 'transport' })
    await expect(Codex.connect(connect)).rejects.toMatchObject({ option: 'transport' })
  })

  it('is off by default: a function is called once, and a lost connection is the end', async () => {
    const { codex, breakOff, connect } = await lasting({ reconnect: false })
    await breakOff()
    expect(await codex.closed).toMatchObject({ kind: 'remote' })
    expect(connect).toHaveBeenCalledTimes(1)
  })

  it('does not hide that the first connection cannot be made', async () => {
    const connect = vi.fn(() => {
      throw new Error('nobody listens')
    })
    await expect(Codex.connect(connect, { reconnect: true })).rejects.toThrow('nobody listens')
    expect(connect).toHaveBeenCalledTimes(1)
  })
})

describe('a connection that is lost', () => {
  it('is made anew at once, introduced, and told of', async () => {
    const { codex, at, breakOff, lost, restored } = await lasting({}, (server, which) =>
      server.handle('initialize', () => ({ userAgent: `double/${which + 1}` })),
    )
    await breakOff()
    expect(at(1).calls('initialize')).toHaveLength(1)
    expect(at(1).calls('initialized')).toHaveLength(1)
    expect(lost).toMatchObject([{ kind: 'remote' }])
    expect(restored).toMatchObject([
      { attempts: 1, reason: { kind: 'remote' }, resumedThreads: [], lostThreads: [] },
    ])
    expect(codex.server.userAgent).toBe('double/2')
    await expect(codex.request('thread/list', {})).rejects.toMatchObject({ code: 'UNSUPPORTED_METHOD' })
    await codex.close()
  })

  it('has its threads resumed as they were, without their turns', async () => {
    const { codex, at, breakOff, restored } = await lasting({}, (server) =>
      server.handle('thread/start', () => ({
        thread: { id: THREAD },
        cwd: '/w',
        model: 'm1',
        approvalPolicy: 'on-request',
        sandbox: { type: 'readOnly' },
      })),
    )
    await codex.startThread({ config: { a: 1 }, developerInstructions: 'be brief', ephemeral: false })
    const threadSettings = { model: 'm2', approvalPolicy: 'never', sandboxPolicy: { type: 'workspaceWrite' } }
    at(0).notify('thread/settings/updated', { threadId: THREAD, threadSettings })
    await settle()
    await breakOff()
    expect(
      at(1)
        .calls('thread/resume')
        .map(({ params }) => params),
    ).toEqual([
      {
        threadId: THREAD,
        excludeTurns: true,
        cwd: '/w',
        model: 'm2',
        approvalPolicy: 'never',
        sandbox: 'workspace-write',
        config: { a: 1 },
        developerInstructions: 'be brief',
      },
    ])
    expect(restored).toMatchObject([{ resumedThreads: [THREAD], lostThreads: [] }])
    await codex.close()
  })

  it('has only those threads resumed that are still subscribed to', async () => {
    const { codex, at, breakOff } = await lasting({}, (server) =>
      server
        .handle('thread/unsubscribe', () => ({}))
        .handle('thread/fork', () => ({ thread: { id: 'fork' } })),
    )
    await codex.resumeThread('a')
    await codex.resumeThread('b')
    await codex.resumeThread('c')
    await codex.request('thread/fork', { threadId: 'c' })
    await codex.request('thread/unsubscribe', { threadId: 'a' })
    at(0).notify('thread/closed', { threadId: 'b' })
    await settle()
    await breakOff()
    expect(
      at(1)
        .calls('thread/resume')
        .map(({ params }) => params?.threadId),
    ).toEqual(['c', 'fork'])
    await codex.close()
  })

  it('rejects what waits for an answer: Codex may have acted on it', async () => {
    const { codex, at, breakOff } = await lasting({}, (server) => server.handle('thread/list', () => SILENCE))
    const request = codex.request('thread/list', {})
    request.catch(() => {})
    await at(0).call('thread/list')
    await breakOff()
    await expect(request).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(at(1).calls('thread/list')).toHaveLength(0)
    await codex.close()
  })

  it('keeps what is asked meanwhile until it is back', async () => {
    const gate = deferred<void>()
    const { codex, at, breakOff, connect } = await lasting({}, (server) =>
      server.handle('thread/list', () => ({ data: [] })),
    )
    const make = connect.getMockImplementation() as () => Promise<Transport>
    connect.mockImplementation(() => gate.promise.then(make))
    await breakOff()
    const request = codex.request('thread/list', {})
    const given = new AbortController()
    const givenUp = codex.request('thread/list', {}, { signal: given.signal })
    const late = codex.request('thread/list', {}, { timeoutMs: 50 })
    for (const one of [givenUp, late]) one.catch(() => {})
    given.abort()
    await expect(givenUp).rejects.toMatchObject({ code: 'ABORTED' })
    await vi.advanceTimersByTimeAsync(50)
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
    gate.resolve()
    expect(await request).toEqual({ data: [] })
    expect(at(1).calls('thread/list')).toHaveLength(1)
    await codex.close()
  })

  it('is tried again with growing waits, and given up after its time', async () => {
    const { codex, connect, breakOff, lost, restored } = await lasting({
      reconnect: { minDelayMs: 100, maxDelayMs: 400, giveUpAfterMs: 2_000 },
    })
    const thread = await codex.startThread()
    const { result } = thread.stream('hi')
    connect.mockImplementation(() => Promise.reject(new Error('refused')))
    await breakOff()
    const times: number[] = []
    connect.mockImplementation(() => {
      times.push(Date.now())
      return Promise.reject(new Error('refused'))
    })
    await vi.advanceTimersByTimeAsync(5_000)
    const reason = await codex.closed
    expect(reason).toMatchObject({ kind: 'error' })
    expect(reason.message).toContain('refused')
    expect(times.length).toBeGreaterThan(3)
    const waits = times.slice(1).map((time, index) => time - (times[index] as number))
    for (const ms of waits) expect(ms).toBeLessThanOrEqual(400)
    expect(await result).toMatchObject({ failure: { kind: 'transport-closed-before-turn-completed' } })
    expect(lost).toHaveLength(1)
    expect(restored).toHaveLength(0)
    await expect(codex.request('thread/list', {})).rejects.toMatchObject({ code: 'TRANSPORT_CLOSED' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up at once when the other side does not accept who we are', async () => {
    const { codex, connect, breakOff } = await lasting()
    const calls = connect.mock.calls.length
    connect.mockImplementation(() =>
      Promise.reject(
        new WebSocketRefusedError({ url: 'ws://h', statusCode: 401, statusText: 'Unauthorized', body: '' }),
      ),
    )
    await breakOff()
    expect(await codex.closed).toMatchObject({ kind: 'error' })
    expect(connect).toHaveBeenCalledTimes(calls + 1)
  })

  it('is tried again when it breaks while its threads are being resumed', async () => {
    const { codex, at, breakOff, restored, servers } = await lasting({}, (server, which) => {
      if (which === 1) {
        server.handle('thread/resume', () => {
          void server.close()
          return SILENCE
        })
      }
    })
    await codex.startThread()
    await breakOff()
    await vi.advanceTimersByTimeAsync(200)
    expect(servers).toHaveLength(3)
    expect(at(2).calls('thread/resume')).toHaveLength(1)
    expect(restored).toMatchObject([{ attempts: 2, resumedThreads: [THREAD] }])
    await codex.close()
  })

  it('is not made anew without a pause when it breaks again and again', async () => {
    const { codex, connect, breakOff } = await lasting({ reconnect: { minDelayMs: 1_000 } })
    await breakOff()
    expect(connect).toHaveBeenCalledTimes(2)
    await breakOff()
    expect(connect).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1_250)
    expect(connect).toHaveBeenCalledTimes(3)
    await codex.close()
  })

  it('ends the client when that is closed meanwhile, and leaves nothing behind', async () => {
    const { codex, connect, breakOff } = await lasting()
    const thread = await codex.startThread()
    const { result } = thread.stream('hi')
    const late = deferred<Transport>()
    connect.mockImplementation(() => late.promise)
    await breakOff()
    await codex.close()
    expect(await codex.closed).toMatchObject({ kind: 'local' })
    expect(await result).toMatchObject({ failure: { kind: 'transport-closed-before-turn-completed' } })
    const [near] = memoryPair()
    const close = vi.spyOn(near, 'close')
    late.resolve(near)
    await settle()
    expect(close).toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a turn over a lost connection', () => {
  it('goes on where it was', async () => {
    const { codex, at, breakOff, turn, events } = await running()
    await breakOff()
    expect(turn.isSettled).toBe(false)
    at(1).say('turn-1', ' world', 'item-2')
    at(1).complete('turn-1')
    expect(await turn.result).toMatchObject({ status: 'completed', text: ' world' })
    expect(typesOf(await events).filter((type) => type === 'turn.completed')).toHaveLength(1)
    await codex.close()
  })

  it('settles as it ended meanwhile', async () => {
    const error = { message: 'quota', codexErrorInfo: 'usageLimitExceeded' }
    const { codex, turn, breakOff } = await running({}, (server, which) => {
      if (which === 1) {
        server.handle('thread/turns/list', () => ({
          data: [{ id: 'turn-1', status: 'failed', error, items: [] }],
        }))
      }
    })
    await breakOff()
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { kind: 'provider-usage-limited' } })
    await codex.close()
  })

  it('settles as lost when its thread cannot be resumed, which then takes no further turn', async () => {
    const { codex, at, breakOff, thread, turn, restored } = await running({}, (server, which) => {
      if (which === 1) {
        server.handle('thread/resume', () => {
          throw new RpcError(-32600, `no rollout found for thread id ${THREAD}`)
        })
      }
    })
    await breakOff()
    expect(await turn.result).toMatchObject({
      status: 'failed',
      text: 'hello',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
    expect(restored).toMatchObject([{ resumedThreads: [], lostThreads: [{ threadId: THREAD }] }])
    const { failure } = await thread.stream('again').result
    expect(failure).toMatchObject({ retrySafety: 'not-sent' })
    expect(failure?.message).toContain('lost')
    expect(at(1).calls('turn/start')).toHaveLength(0)
    await codex.close()
  })

  it('settles as lost when it was being started, since nobody knows whether it was', async () => {
    const { codex, at, breakOff } = await lasting({}, (server) => server.handle('turn/start', () => SILENCE))
    const thread = await codex.startThread()
    const turn = thread.stream('hi')
    await at(0).call('turn/start')
    await breakOff()
    expect(await turn.result).toMatchObject({
      failure: { kind: 'transport-closed-before-turn-completed', retrySafety: 'indeterminate' },
    })
    await codex.close()
  })

  it('is interrupted within the deadline while there is no connection', async () => {
    const { codex, breakOff, connect, turn } = await running({ interruptTimeoutMs: 1_000 })
    connect.mockImplementation(() => Promise.reject(new Error('refused')))
    await breakOff()
    const interrupted = turn.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    await interrupted
    expect(await turn.result).toMatchObject({ status: 'interrupted' })
    await codex.close()
  })
})

describe('a thread over a lost connection', () => {
  const refuse = (code: number, message: string) => () => {
    throw new RpcError(code, message)
  }

  it('takes the threads of its sub-agents with it', async () => {
    const { codex, at, breakOff } = await lasting()
    await codex.startThread()
    const agent = { type: 'subAgentActivity', id: 'a', kind: 'started', agentThreadId: 'agent' }
    at(0).notify('item/started', { threadId: THREAD, turnId: 'turn-1', item: agent })
    at(0).notify('turn/started', { threadId: 'agent', turn: { id: 'u' } })
    at(0).notify('turn/started', { threadId: 'agent-of-agent', turn: { id: 'v' } })
    at(0).notify('turn/started', { threadId: 'done', turn: { id: 'w' } })
    at(0).notify('turn/completed', { threadId: 'done', turn: { id: 'w', status: 'completed' } })
    at(0).notify('thread/started', { thread: { id: 'of-another-client' } })
    await settle()
    await breakOff()
    expect(
      at(1)
        .calls('thread/resume')
        .map(({ params }) => params?.threadId),
    ).toEqual([THREAD, 'agent', 'agent-of-agent'])
    await codex.close()
  })

  it('keeps what it was started with when it is resumed while it is loaded', async () => {
    const { codex, at, breakOff } = await lasting()
    await codex.startThread({ config: { a: 1 } })
    await codex.resumeThread(THREAD, { config: { a: 2 } })
    await breakOff()
    expect(at(1).calls('thread/resume')).toMatchObject([{ params: { config: { a: 1 } } }])
    await codex.close()
  })

  const narrow = {
    type: 'workspaceWrite',
    networkAccess: false,
    writableRoots: ['/w'],
    excludeSlashTmp: true,
  }
  const started = (server: AppServerDouble) =>
    server.handle('thread/start', () => ({ thread: { id: THREAD }, sandbox: narrow }))

  it.each<[string, object]>([
    ['network access', { ...narrow, networkAccess: true }],
    ['a root', { ...narrow, writableRoots: ['/w', '/etc'] }],
    ['the temporary folder', { ...narrow, excludeSlashTmp: false }],
    ['everything', { type: 'dangerFullAccess' }],
    ['who knows what', { type: 'cosmic' }],
  ])('has its sandbox narrowed again by its next turn when it came back with %s', async (_what, sandbox) => {
    const { codex, at, breakOff } = await lasting({}, (server, which) => {
      started(server)
      if (which === 1) server.handle('thread/resume', () => ({ ...active(), sandbox }))
    })
    const thread = await codex.startThread()
    await breakOff()
    void thread.stream('hi')
    const { params } = await at(1).call('turn/start')
    expect(params?.sandboxPolicy).toEqual(narrow)
    await codex.close()
  })

  it('is left alone when its sandbox came back as it was, narrower, or is given with the turn', async () => {
    const readOnly = { type: 'readOnly' as const }
    const { codex, at, breakOff } = await lasting({}, (server, which) => {
      started(server)
      if (which === 1) server.handle('thread/resume', () => ({ ...active(), sandbox: readOnly }))
      if (which === 2)
        server.handle('thread/resume', () => ({ ...active(), sandbox: { type: 'dangerFullAccess' } }))
    })
    const thread = await codex.startThread()
    await breakOff()
    void thread.stream('hi')
    const { params } = await at(1).call('turn/start')
    expect(params).not.toHaveProperty('sandboxPolicy')
    at(1).complete('turn-1')
    await settle()
    await breakOff()
    await vi.advanceTimersByTimeAsync(200)
    void thread.stream('hi', { sandboxPolicy: readOnly })
    expect((await at(2).call('turn/start')).params?.sandboxPolicy).toEqual(readOnly)
    await codex.close()
  })

  it('does not decide for others: one that is not resumed in time is lost alone', async () => {
    const { codex, breakOff, restored, lost } = await lasting({}, (server, which) => {
      if (which > 0) {
        server.handle('thread/resume', ({ threadId }) =>
          threadId === 'bad' ? SILENCE : { thread: { id: threadId } },
        )
      }
    })
    await codex.resumeThread('bad')
    await codex.resumeThread('good')
    await breakOff()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(restored).toMatchObject([{ resumedThreads: ['good'], lostThreads: [{ threadId: 'bad' }] }])
    expect(lost).toHaveLength(1)
    await codex.close()
  })

  it.each([
    [-32001, 'Server overloaded; retry later.'],
    [-32603, 'database is locked'],
  ])('is tried again when the refusal (%i) is about the moment', async (code, message) => {
    let refusals = 0
    const { codex, breakOff, restored } = await lasting({}, (server, which) => {
      if (which > 0) {
        server.handle('thread/resume', ({ threadId }) => {
          refusals += 1
          return refusals < 3 ? refuse(code, message)() : { thread: { id: threadId } }
        })
      }
    })
    await codex.startThread()
    await breakOff()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(restored).toMatchObject([{ resumedThreads: [THREAD] }])
    await codex.close()
  })

  it('that comes back is sent a turn once more that Codex had no room for', async () => {
    const { codex, at, breakOff } = await lasting({}, (server, which) => {
      if (which === 0) server.handle('turn/start', refuse(-32001, 'Server overloaded; try again in 1.9s'))
    })
    const thread = await codex.startThread()
    const turn = thread.stream('go')
    const events = readAll(turn)
    await at(0).call('turn/start')
    await settle()
    await breakOff()
    await vi.advanceTimersByTimeAsync(2_000)
    await at(1).call('turn/start')
    await settle()
    // It knows nothing of the lost connection: nobody asks the thread how it stands.
    expect(at(1).calls('thread/turns/list')).toHaveLength(0)
    at(1).complete('turn-1')
    expect((await turn.result).status).toBe('completed')
    await events
    await codex.close()
  })

  it('is not sent a turn that Codex had no room for when no connection comes any more', async () => {
    const { codex, at, connect, breakOff } = await lasting({ reconnect: { giveUpAfterMs: 500 } }, (server) =>
      server.handle('turn/start', refuse(-32001, 'Server overloaded; try again in 1.9s')),
    )
    const thread = await codex.startThread()
    const turn = thread.stream('go')
    await at(0).call('turn/start')
    await settle()
    connect.mockImplementation(() => Promise.reject(new Error('nobody listens')))
    await breakOff()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { retrySafety: 'not-sent' } })
    await codex.close()
  })

  it('that is lost is not sent a turn that waited for the connection', async () => {
    const gate = deferred<void>()
    const { codex, at, breakOff, connect } = await lasting({}, (server, which) => {
      if (which > 0) server.handle('thread/resume', refuse(-32600, 'no rollout found'))
    })
    const thread = await codex.startThread()
    const make = connect.getMockImplementation() as () => Promise<Transport>
    connect.mockImplementation(() => gate.promise.then(make))
    await breakOff()
    const turn = thread.stream('go')
    await settle()
    gate.resolve()
    expect((await turn.result).failure).toMatchObject({ retrySafety: 'not-sent' })
    expect(at(1).calls('turn/start')).toHaveLength(0)
    await codex.close()
  })
})

describe('a turn that was given up without a connection', () => {
  it('is interrupted when there is one, gets nothing approved, and takes no further input', async () => {
    const gate = deferred<void>()
    const asked = vi.fn(() => 'accept' as const)
    const { codex, at, breakOff, connect, thread, turn } = await running(
      { interruptTimeoutMs: 1_000, onApproval: asked },
      (server, which) => {
        if (which === 1) {
          server.handle('turn/start', () => ({ turn: { id: 'turn-2' } }))
          server.handle('thread/resume', () => {
            queueMicrotask(() => server.send({ id: 0, method: APPROVAL, params: approvalParams }))
            return active('waitingOnApproval')
          })
        }
      },
    )
    const make = connect.getMockImplementation() as () => Promise<Transport>
    connect.mockImplementation(() => gate.promise.then(make))
    await breakOff()
    void turn.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await turn.result).status).toBe('interrupted')
    const next = thread.stream('next')
    gate.resolve()
    await settle()
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'decline' } })
    expect(asked).not.toHaveBeenCalled()
    await at(1).call('turn/interrupt')
    await settle()
    expect(at(1).calls('turn/start')).toHaveLength(0)
    at(1).complete('turn-1', 'interrupted')
    await at(1).call('turn/start')
    at(1).tell('turn/started', 'turn-2')
    at(1).complete('turn-2')
    expect((await next.result).status).toBe('completed')
    await codex.close()
  })

  it('and has ended by then holds up no later turn', async () => {
    const gate = deferred<void>()
    const { codex, at, breakOff, connect, thread, turn } = await running(
      { interruptTimeoutMs: 1_000 },
      (server, which) => {
        if (which !== 1) return
        server.handle('turn/start', () => ({ turn: { id: 'turn-2' } }))
        server.handle('turn/interrupt', () => {
          throw new RpcError(-32600, 'no active turn to interrupt')
        })
      },
    )
    const make = connect.getMockImplementation() as () => Promise<Transport>
    connect.mockImplementation(() => gate.promise.then(make))
    await breakOff()
    void turn.interrupt()
    await vi.advanceTimersByTimeAsync(1_000)
    await turn.result
    const next = thread.stream('next')
    gate.resolve()
    await settle()
    await at(1).call('turn/interrupt')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(at(1).calls('turn/start')).toHaveLength(1)
    at(1).tell('turn/started', 'turn-2')
    at(1).complete('turn-2')
    expect((await next.result).status).toBe('completed')
    await codex.close()
  })
})

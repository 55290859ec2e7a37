import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { CodexSdkError } from '../../../src/integrations/openai-codex-sdk/index.js'
import { MAX_IDLE_THREADS } from '../../../src/integrations/openai-codex-sdk/loaded-threads.js'
import { RpcError } from '../../../src/rpc/errors.js'
import { SILENCE, settle } from '../../client/support.js'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { answerTurns, doubledThreads, read } from './support.js'

beforeEach(failOnUnhandled)

/** A thread whose turns a test plays itself: they begin, and then wait. */
function playedThread() {
  const { starts, shared, thread } = doubledThreads()
  const one = thread()
  const started = async () => {
    const iterator = (await one.runStreamed('Hello')).events
    await iterator.next()
    const double = starts[0]?.double
    if (!double) throw new Error('no server was started')
    const tell = (method: string, params: object = {}) =>
      double.notify(method, { threadId: 'thread-1', turnId: 'turn-1', ...params })
    tell('turn/started', { turn: { id: 'turn-1' } })
    await iterator.next()
    return { iterator, double, tell, made: starts[0] }
  }
  return { shared, thread: one, started, starts }
}

describe('a turn', () => {
  it('that Codex refuses rejects with its words, and lets the program end', async () => {
    const { starts, thread } = doubledThreads((double) =>
      double.handle('turn/start', () => {
        throw new RpcError(-32600, 'not now')
      }),
    )
    const { types, error } = await read(thread())
    expect(types).toEqual(['thread.started'])
    expect(error).toBeInstanceOf(CodexSdkError)
    expect(error).toMatchObject({
      code: 'CODEX_EXITED',
      failure: { message: expect.stringContaining('not now') },
    })
    expect(starts[0]?.isReferenced()).toBe(false)
  })

  it.each([
    ['says nonsense', () => ({ thread: 5 })],
    ['breaks off', () => SILENCE],
  ])('rejects when the server %s in place of a thread, and the next one works', async (_, answer) => {
    const { starts, thread } = doubledThreads((double, start) => {
      answerTurns(double)
      if (start > 1) return
      double.handle('thread/start', () => {
        queueMicrotask(() => void double.close())
        return answer()
      })
    })
    const one = thread()
    const { types, error } = await read(one)
    expect(types).toEqual([])
    expect(error).toMatchObject({ code: 'CODEX_EXITED' })
    expect(one.id).toBeNull()
    await starts[0]?.server.ended
    await settle()
    expect((await one.run('Hello')).finalResponse).toBe('answer 1')
  })

  it('whose server ends tells no failed turn, and is as an exit', async () => {
    const { started } = playedThread()
    const { iterator, double } = await started()
    const next = iterator.next()
    await double.close()
    await expect(next).rejects.toMatchObject({
      code: 'CODEX_EXITED',
      message: expect.stringContaining('Codex Exec exited with code 1'),
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
  })

  it('whose signal aborts by a deadline is aborted like any other', async () => {
    const { starts, thread } = doubledThreads((double) =>
      double
        .handle('turn/start', ({ threadId }) => {
          queueMicrotask(() => double.notify('turn/started', { threadId, turn: { id: 'turn-1' } }))
          return { turn: { id: 'turn-1' } }
        })
        .handle('turn/interrupt', ({ threadId }) => {
          const turn = { id: 'turn-1', status: 'interrupted', error: null }
          double.notify('turn/completed', { threadId, turn })
          return {}
        }),
    )
    const late = new AbortController()
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    const { events } = await thread().runStreamed('Hello', { signal: late.signal })
    await events.next()
    await events.next()
    late.abort(reason)
    await expect(events.next()).rejects.toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      cause: reason,
    })
    expect(starts[0]?.double.calls('turn/interrupt')).toHaveLength(1)
  })

  it('that somebody else interrupts is as an exit', async () => {
    const { started } = playedThread()
    const { iterator, tell } = await started()
    tell('turn/completed', { turn: { id: 'turn-1', status: 'interrupted', error: null } })
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'CODEX_EXITED',
      failure: { kind: 'turn-interrupted' },
    })
  })

  it('is over for close() at once, and says so', async () => {
    const { started, shared } = playedThread()
    const { iterator } = await started()
    const next = iterator.next()
    await shared.close()
    await expect(next).rejects.toMatchObject({ code: 'CODEX_CLOSED', message: 'Codex was closed' })
  })

  it('lets the program end when it has ended, even if nobody reads on', async () => {
    const { started } = playedThread()
    const { tell, made } = await started()
    expect(made?.isReferenced()).toBe(true)
    tell('turn/completed', { turn: { id: 'turn-1', status: 'completed', error: null } })
    await settle()
    expect(made?.isReferenced()).toBe(false)
  })

  it('is interrupted when its reader leaves, and the thread is free when that is done', async () => {
    const { started, thread } = playedThread()
    const { iterator, double, tell } = await started()
    double.handle('turn/interrupt', () => {
      tell('turn/completed', { turn: { id: 'turn-1', status: 'interrupted', error: null } })
      return {}
    })
    await iterator.return(undefined)
    expect(double.calls('turn/interrupt')).toHaveLength(1)
    answerTurns(double)
    expect((await thread.run('Again')).finalResponse).toBe('answer 1')
  })

  it('is refused while another one of the thread runs', async () => {
    const { started, thread } = playedThread()
    const { iterator, tell } = await started()
    const { error } = await read(thread)
    expect(error).toMatchObject({ message: expect.stringContaining('running turn') })
    // There is no such method here.
    expect(error).not.toMatchObject({ message: expect.stringContaining('send()') })
    tell('turn/completed', { turn: { id: 'turn-1', status: 'completed', error: null } })
    expect(await iterator.next()).toMatchObject({ value: { type: 'turn.completed' } })
    expect((await iterator.next()).done).toBe(true)
  })

  it('tells the plan as a list that starts, changes and completes', async () => {
    const { started } = playedThread()
    const { iterator, tell } = await started()
    tell('turn/plan/updated', { plan: [{ step: 'look', status: 'inProgress' }] })
    tell('turn/plan/updated', { plan: [{ step: 'look', status: 'completed' }] })
    tell('turn/completed', { turn: { id: 'turn-1', status: 'completed', error: null } })
    const item = { id: 'item_0', type: 'todo_list' }
    const todo = { text: 'look', completed: false }
    const done = { text: 'look', completed: true }
    const rest = []
    for await (const event of iterator) rest.push(event)
    expect(rest).toEqual([
      { type: 'item.started', item: { ...item, items: [todo] } },
      { type: 'item.updated', item: { ...item, items: [done] } },
      { type: 'item.completed', item: { ...item, items: [done] } },
      { type: 'turn.completed', usage: expect.objectContaining({ input_tokens: 0 }) },
    ])
  })

  it('keeps secrets out of what it tells', async () => {
    const { started } = playedThread()
    const { iterator, tell } = await started()
    const message = 'bad key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'
    tell('error', { error: { message }, willRetry: true })
    tell('turn/completed', { turn: { id: 'turn-1', status: 'failed', error: { message } } })
    const told = [await iterator.next(), await iterator.next()]
    expect(told).toMatchObject([{ value: { type: 'error' } }, { value: { type: 'turn.failed' } }])
    expect(JSON.stringify(told)).not.toContain('abcdefghijklmnop')
    await iterator.return(undefined)
  })
})

describe('the threads of a server', () => {
  it('are resumed after a new start of the server, and not before', async () => {
    const { starts, thread } = doubledThreads(answerTurns)
    const one = thread()
    await one.run('One')
    await one.run('Two')
    expect(starts[0]?.double.calls('thread/resume')).toEqual([])
    starts[0]?.exit({ code: null, signal: 'SIGKILL' })
    await settle()
    await one.run('Three')
    expect(starts).toHaveLength(2)
    expect(starts[1]?.double.calls('thread/resume')).toMatchObject([{ params: { threadId: 'thread-1' } }])
  })

  it('are let go and resumed for other settings, which are read at each turn', async () => {
    const { starts, thread } = doubledThreads(answerTurns)
    const options = { model: 'one', workingDirectory: tmpdir() }
    const one = thread(options)
    await one.run('Hello')
    options.model = 'two'
    await one.run('Hello')
    await one.run('Hello')
    const sent = starts[0]?.double.received.map(({ method }) => method)
    expect(sent?.filter((method) => /^thread.(start|resume|unsubscribe)/.test(method ?? ''))).toEqual([
      'thread/start',
      'thread/unsubscribe',
      'thread/resume',
    ])
    expect(starts[0]?.double.calls('thread/resume')).toMatchObject([{ params: { model: 'two' } }])
  })

  it('do not grow without bound: the one that was idle longest is let go, and resumed when needed', async () => {
    const { starts, thread } = doubledThreads(answerTurns)
    const threads = Array.from({ length: MAX_IDLE_THREADS + 2 }, () => thread())
    for (const one of threads) await one.run('Hello')
    const double = starts[0]?.double
    expect(double?.calls('thread/unsubscribe')).toMatchObject([
      { params: { threadId: 'thread-1' } },
      { params: { threadId: 'thread-2' } },
    ])
    await threads[0]?.run('Again')
    await threads.at(-1)?.run('Again')
    expect(double?.calls('thread/resume')).toMatchObject([{ params: { threadId: 'thread-1' } }])
  })

  it('start read-only and get a sandbox that may write with each turn, as the configuration has it', async () => {
    const { starts, thread } = doubledThreads((double) => {
      answerTurns(double)
      double.handle('config/read', () => ({
        config: { sandbox_workspace_write: { writable_roots: ['/more'], network_access: true } },
      }))
    })
    await thread({ sandboxMode: 'workspace-write' }).run('Hello')
    const double = starts[0]?.double
    expect(double?.calls('thread/start')).toMatchObject([{ params: { sandbox: 'read-only' } }])
    expect(double?.calls('turn/start')).toMatchObject([
      {
        params: { sandboxPolicy: { type: 'workspaceWrite', writableRoots: ['/more'], networkAccess: true } },
      },
    ])
  })

  it('start with their sandbox where the server does not tell the configuration', async () => {
    const { starts, thread } = doubledThreads((double) => {
      answerTurns(double)
      double.handle('config/read', () => {
        throw new RpcError(-32600, 'unknown variant `config/read`, expected one of `turn/start`')
      })
    })
    await thread({ sandboxMode: 'workspace-write' }).run('Hello')
    const double = starts[0]?.double
    expect(double?.calls('thread/start')).toMatchObject([{ params: { sandbox: 'workspace-write' } }])
    expect(double?.calls('turn/start')[0]?.params).not.toHaveProperty('sandboxPolicy')
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Codex, type CodexOptions, ThreadBusyError, TurnFailedError } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import { AlreadyIteratedError } from '../../src/util/async-queue.js'
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

describe('the order of what arrives', () => {
  it('gives the events of a plain turn in order, and its result', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    server.say('turn-1', 'hello')
    server.complete('turn-1')
    expect(typesOf(await readAll(turn))).toEqual([
      'turn.started',
      'item.started',
      'message.delta',
      'item.completed',
      'turn.completed',
    ])
    expect(await turn.result).toMatchObject({
      status: 'completed',
      turnId: 'turn-1',
      threadId: THREAD,
      text: 'hello',
      items: [{ id: 'item-1' }],
    })
    expect((await turn.result).failure).toBeUndefined()
  })

  it('holds events that come before the answer to turn/start', async () => {
    const { server, thread } = await connect({}, (double) =>
      double.handle('turn/start', (_params, id) => {
        double.tell('thread/status/changed', undefined, { status: { type: 'active' } })
        double.tell('turn/started', 'early')
        double.say('early', 'first')
        double.send({ id, result: { turn: { id: 'early' } } })
        double.say('early', 'second', 'item-2')
        double.complete('early')
        return SILENCE
      }),
    )
    const turn = thread.stream('hi')
    const events = await readAll(turn)
    expect(typesOf(events).filter((type) => type !== 'message.delta')).toEqual([
      'turn.started',
      'notification',
      'item.started',
      'item.completed',
      'item.started',
      'item.completed',
      'turn.completed',
    ])
    expect(events.every((event) => event.turnId === 'early')).toBe(true)
    expect((await turn.result).text).toBe('second')
    expect(server.calls('turn/start')).toHaveLength(1)
  })

  it('completes a turn whose end came before the answer to turn/start', async () => {
    const { thread } = await connect({}, (double) =>
      double.handle('turn/start', () => {
        double.tell('turn/started', 'fast')
        double.say('fast', 'done already')
        double.complete('fast')
        return { turn: { id: 'fast' } }
      }),
    )
    expect((await thread.run('hi')).text).toBe('done already')
  })

  it('begins with turn.started and ends with turn.completed even when Codex leaves out everything else', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.complete('turn-1')
    expect(typesOf(await readAll(turn))).toEqual(['turn.started', 'turn.completed'])
  })

  it('begins with turn.started when the connection ends before the first event', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    await server.close()
    expect(typesOf(await readAll(turn))).toEqual(['turn.started', 'turn.completed'])
    expect(await turn.result).toMatchObject({
      status: 'failed',
      turnId: 'turn-1',
      failure: { kind: 'transport-closed-before-turn-completed', phase: 'turn' },
    })
  })

  it('ends once when the end comes twice', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    server.complete('turn-1')
    server.complete('turn-1', 'failed', { message: 'again' })
    expect(typesOf(await readAll(turn))).toEqual(['turn.started', 'turn.completed'])
    expect((await turn.result).status).toBe('completed')
  })

  it.each([
    ['another thread', { threadId: 'sub-agent', turn: { id: 'turn-1', status: 'completed' } }],
    ['another turn of the thread', { threadId: THREAD, turn: { id: 'turn-0', status: 'completed' } }],
    ['no thread', { turn: { id: 'turn-1', status: 'completed' } }],
  ])('is not ended by the end of %s', async (_whose, params) => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    server.notify('turn/completed', params)
    server.notify('item/agentMessage/delta', { ...params, turnId: params.turn.id, itemId: 'x', delta: 'y' })
    await settle()
    expect(turn.isSettled).toBe(false)
    server.say('turn-1', 'mine')
    server.complete('turn-1')
    expect((await turn.result).text).toBe('mine')
  })

  it.each([
    ['no turn', { threadId: THREAD }],
    ['a turn that is null', { threadId: THREAD, turn: null }],
    ['a turn that is a text', { threadId: THREAD, turn: 'turn-1' }],
    ['an unknown status', { threadId: THREAD, turn: { id: 'turn-1', status: 'exploded' } }],
    ['no status', { threadId: THREAD, turn: { id: 'turn-1' } }],
  ])('fails with a protocol error when the end has %s', async (_what, params) => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    server.notify('turn/completed', params)
    expect(await turn.result).toMatchObject({ status: 'failed', failure: { kind: 'backend-protocol-error' } })
    expect((await readAll(turn)).at(-1)).toMatchObject({ type: 'turn.completed', raw: { params } })
  })

  it('drops the remains of an attempt that Codex repeated under a new id', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('item/started', 'turn-1', { item: { type: 'agentMessage', id: 'a', text: '' } })
    server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'a', delta: 'half' })
    server.tell('error', 'turn-1', {
      willRetry: true,
      error: { message: 'Reconnecting', additionalDetails: 'why' },
    })
    server.say('turn-1', 'whole', 'b')
    server.complete('turn-1')
    const events = await readAll(turn)
    expect(events.find((event) => event.type === 'turn.retrying')).toMatchObject({ details: 'why' })
    const { items, text } = await turn.result
    expect(items.map((item) => item.id)).toEqual(['b'])
    expect(text).toBe('whole')
  })

  it('starts an item over when Codex repeats it under the same id, and keeps what an interrupted turn streamed', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    for (const delta of ['old', 'new']) {
      server.tell('item/started', 'turn-1', { item: { type: 'agentMessage', id: 'a', text: '' } })
      server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'a', delta })
    }
    server.complete('turn-1', 'interrupted')
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      text: 'new',
      items: [{ id: 'a', text: 'new' }],
      failure: { kind: 'turn-interrupted', retryable: true, details: { interruptedBy: 'server' } },
    })
  })
})

describe('the start', () => {
  it('fails in its own phase when Codex refuses it', async () => {
    const { server, thread } = await connect({}, (double) =>
      double.handle('turn/start', () => {
        throw new RpcError(-32602, 'no such effort')
      }),
    )
    const turn = thread.stream('hi')
    expect(typesOf(await readAll(turn))).toEqual(['turn.completed'])
    expect(await turn.result).toMatchObject({
      status: 'failed',
      turnId: '',
      failure: { phase: 'turn-start', details: { rpcCode: -32602 } },
    })
    server.handle('turn/start', () => ({ turn: { id: 'next' } }))
    const next = thread.stream('again')
    await server.call('turn/start', 2)
    server.complete('next')
    expect((await next.result).status).toBe('completed')
  })

  it.each([
    ['nothing', null],
    ['no turn', {}],
    ['a turn without id', { turn: { id: 7 } }],
  ])('fails with a protocol error when the answer has %s', async (_what, answer) => {
    const { thread } = await connect({}, (double) => double.handle('turn/start', () => answer))
    const failure = await thread.run('hi').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TurnFailedError)
    expect(failure).toMatchObject({ failure: { kind: 'backend-protocol-error', phase: 'turn-start' } })
  })

  it('fails when the answer does not come and no turn was seen', async () => {
    const { thread } = await connect({ requestTimeoutMs: 20 }, (double) =>
      double.handle('turn/start', () => SILENCE),
    )
    expect(await thread.stream('hi').result).toMatchObject({
      status: 'failed',
      failure: { kind: 'backend-timeout', phase: 'turn-start', retrySafety: 'indeterminate' },
    })
  })

  it('goes on when the answer is lost but the turn was seen to run', async () => {
    const { server, thread } = await connect({ requestTimeoutMs: 20 }, (double) =>
      double.handle('turn/start', () => {
        double.tell('turn/started', 'seen')
        return SILENCE
      }),
    )
    const turn = thread.stream('hi')
    const iterator = turn[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ type: 'turn.started', turnId: 'seen' })
    server.say('seen', 'all the same')
    server.complete('seen')
    expect(await turn.result).toMatchObject({ status: 'completed', turnId: 'seen', text: 'all the same' })
  })

  it('reports one busy thread, and frees it when the turn has ended', async () => {
    const { server, thread, codex } = await connect()
    const turn = thread.stream('one')
    expect(() => thread.stream('two')).toThrow(ThreadBusyError)
    await expect(thread.run('two')).rejects.toBeInstanceOf(ThreadBusyError)
    const same = await codex.resumeThread(THREAD)
    expect(() => same.stream('two')).toThrow(ThreadBusyError)
    await server.call('turn/start')
    server.complete('turn-1')
    await turn.result
    const next = same.stream('two')
    await server.call('turn/start', 2)
    server.complete('turn-2')
    expect((await next.result).turnId).toBe('turn-2')
  })

  it('settles as not sent when the connection has ended already', async () => {
    const { thread, codex } = await connect()
    await codex.close()
    expect(await thread.stream('hi').result).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed', phase: 'turn-start' },
    })
  })

  it('settles as interrupted when this side closes before the answer', async () => {
    const { server, thread, codex } = await connect({}, (double) =>
      double.handle('turn/start', () => SILENCE),
    )
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await codex.close()
    expect(await turn.result).toMatchObject({ status: 'interrupted', failure: { phase: 'turn-start' } })
  })
})

it('leaves no timer behind, however the turn ends', async () => {
  vi.useFakeTimers()
  const { server, thread, codex } = await connect()
  const completed = thread.stream('one', { timeoutMs: 5000 })
  await server.call('turn/start')
  server.complete('turn-1')
  await completed.result
  const interrupted = thread.stream('two', { timeoutMs: 5000 })
  await server.call('turn/start', 2)
  server.tell('turn/started', 'turn-2')
  await settle()
  const stopping = interrupted.interrupt()
  server.complete('turn-2', 'interrupted')
  await stopping
  thread.stream('three', { timeoutMs: 5000 })
  await server.call('turn/start', 3)
  await codex.close()
  expect(vi.getTimerCount()).toBe(0)
})

describe('reading', () => {
  it('refuses to be iterated twice', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.complete('turn-1')
    await readAll(turn)
    expect(() => turn[Symbol.asyncIterator]()).toThrow(AlreadyIteratedError)
  })

  it('merges the deltas of an item for a reader that comes late, and loses no text', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('item/started', 'turn-1', { item: { type: 'agentMessage', id: 'a', text: '' } })
    const pieces = Array.from({ length: 2000 }, (_, index) => `${index} `)
    for (const delta of pieces) server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'a', delta })
    server.complete('turn-1')
    await turn.result
    const events = await readAll(turn)
    expect(events.length).toBeLessThan(300)
    expect(events.map((event) => (event.type === 'message.delta' ? event.delta : '')).join('')).toBe(
      pieces.join(''),
    )
    expect(events.at(-1)?.type).toBe('turn.completed')
  })

  it('passes unknown notifications and unknown item types on as they are', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('item/hologram/rendered', 'turn-1', { depth: 3 })
    server.tell('item/completed', 'turn-1', { item: { type: 'hologram', id: 'h', depth: 3 } })
    server.complete('turn-1')
    expect(await readAll(turn)).toMatchObject([
      { type: 'turn.started' },
      { type: 'notification', method: 'item/hologram/rendered', raw: { params: { depth: 3 } } },
      { type: 'item.completed', item: { type: 'hologram', depth: 3 } },
      { type: 'turn.completed' },
    ])
    expect((await turn.result).items).toEqual([{ type: 'hologram', id: 'h', depth: 3 }])
  })
})

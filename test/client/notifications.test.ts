import { afterEach, describe, expect, it } from 'vitest'
import type { Codex, TurnEvent } from '../../src/client/index.js'
import { mapNotification } from '../../src/client/map-notification.js'
import {
  isDroppable,
  MAX_WAITING_WEIGHT,
  NotificationStreams,
  type StreamedNotification,
} from '../../src/client/notification-stream.js'
import type { Received, ServerNotification } from '../../src/protocol/index.js'
import type { AsyncQueue } from '../../src/util/async-queue.js'
import { connectDouble, readAll, settle, THREAD } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

async function connect() {
  const connected = await connectDouble()
  codex = connected.codex
  return connected
}

async function methodsOf(
  stream: AsyncIterable<StreamedNotification>,
  into: string[] = [],
): Promise<string[]> {
  for await (const message of stream) into.push(message.method)
  return into
}

describe('a stream of notifications', () => {
  it('brings all of them in order, or those that the filter names', async () => {
    const { server, codex } = await connect()
    const all = methodsOf(codex.notifications())
    const some = methodsOf(codex.notifications({ methods: ['turn/started', 'turn/completed'] }))
    const other = methodsOf(codex.notifications({ threadId: 'other' }))
    server.tell('turn/started', 'x')
    server.notify('brand/new', { threadId: 'other' })
    server.notify('thread/started', null)
    server.complete('x')
    await settle()
    await codex.close()
    expect(await all).toEqual(['turn/started', 'brand/new', 'thread/started', 'turn/completed'])
    expect(await some).toEqual(['turn/started', 'turn/completed'])
    expect(await other).toEqual(['brand/new'])
  })

  it('fails after what came before when the connection ends from the other side', async () => {
    const { server, codex } = await connect()
    const stream = codex.notifications()
    server.notify('one', {})
    await server.close()
    await codex.closed
    const seen: string[] = []
    await expect(methodsOf(stream, seen)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(seen).toEqual(['one'])
    await expect(methodsOf(codex.notifications())).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  it('that is opened after close() ends at once', async () => {
    const { codex } = await connect()
    await codex.close()
    expect(await methodsOf(codex.notifications())).toEqual([])
  })

  it('is closed by leaving its loop, and can be read once', async () => {
    const { server, codex } = await connect()
    const stream = codex.notifications()
    server.notify('one', {})
    server.notify('two', {})
    for await (const message of stream) {
      expect(message.method).toBe('one')
      break
    }
    server.notify('three', {})
    await settle()
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'ALREADY_ITERATED' }),
    )
  })
})

describe('a stream of notifications that nobody reads', () => {
  const delta = (index: number) =>
    ({
      method: 'item/agentMessage/delta',
      params: { threadId: THREAD, turnId: 't', itemId: 'i', delta: `${index}`.padStart(100) },
    }) as const
  const told = (method: string) => ({ method, params: { threadId: THREAD } }) as never as ServerNotification

  it('drops the oldest of what is streamed, in one gap that says how many, and nothing else', async () => {
    const streams = new NotificationStreams()
    const stream = streams.open({ threadId: THREAD })
    const other = streams.open({ methods: ['turn/started'] })
    const queue = stream as AsyncQueue<StreamedNotification>
    streams.receive(told('turn/started'))
    streams.receive(told('item/started'))
    let maxWeight = 0
    for (let index = 0; index < 200_000; index += 1) {
      streams.receive(delta(index))
      maxWeight = Math.max(maxWeight, queue.weight)
    }
    streams.receive(told('item/completed'))
    streams.receive(told('turn/completed'))
    expect(maxWeight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    streams.connectionClosed({ kind: 'local', message: 'closed' })

    const methods: string[] = []
    const indexes: number[] = []
    let skipped = 0
    for await (const message of stream) {
      // The union narrows by the method, the marker included.
      if (message.method === 'codex-conduit/lagged') skipped += message.params.skipped
      if (message.method === 'item/agentMessage/delta') {
        const params: Received.AgentMessageDeltaNotification = message.params
        indexes.push(Number(params.delta))
      }
      if (methods.at(-1) !== message.method) methods.push(message.method)
    }
    expect(methods).toEqual([
      'turn/started',
      'item/started',
      'codex-conduit/lagged',
      'item/agentMessage/delta',
      'item/completed',
      'turn/completed',
    ])
    expect(indexes).toEqual(Array.from({ length: 200_000 - skipped }, (_, i) => skipped + i))
    expect(indexes.length).toBeGreaterThan(10_000)
    expect(await methodsOf(other)).toEqual(['turn/started'])
  })

  it('is bounded by the weight of what it does not know, and never throws at nonsense', async () => {
    const streams = new NotificationStreams()
    const stream = streams.open({ methods: undefined, threadId: undefined })
    const queue = stream as AsyncQueue<StreamedNotification>
    const text = 'x'.repeat(1_000_000)
    for (let i = 0; i < 20; i += 1) {
      streams.receive({ method: 'brand/new', params: { a: [{ b: text }] } } as never)
      expect(queue.weight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    }
    const nonsense = [undefined, null, 7, 'x', [], { delta: 7 }]
    for (const params of nonsense) streams.receive({ method: 'brand/new', params } as never)
    streams.connectionClosed({ kind: 'local', message: 'closed' })
    let count = 0
    for await (const message of stream as AsyncIterable<StreamedNotification>) {
      count += message.method === 'codex-conduit/lagged' ? message.params.skipped : 1
    }
    expect(count).toBe(20 + nonsense.length)
  })

  it.each([
    'turn/started',
    'turn/completed',
    'item/started',
    'item/completed',
    'error',
    'warning',
    'guardianWarning',
    'serverRequest/resolved',
    'thread/started',
    'thread/closed',
    'process/exited',
    'windowsSandbox/setupCompleted',
    'brand/new/completed',
    'codex/event/task_started',
    'codex/event/task_complete',
    'codex/event/turn_aborted',
    'codex/event/exec_command_begin',
    'codex/event/exec_command_end',
    'codex/event/exec_approval_request',
    'codex/event/stream_error',
  ])('never drops %s', (method) => {
    expect(isDroppable({ method })).toBe(false)
  })

  it.each([
    'item/agentMessage/delta',
    'item/commandExecution/outputDelta',
    'item/reasoning/summaryTextDelta',
    'item/mcpToolCall/progress',
    'thread/status/changed',
    'account/rateLimits/updated',
    'turn/diff/updated',
    'brand/new',
    'brand/append',
    'codex/event/agent_message_delta',
  ])('may drop %s', (method) => {
    expect(isDroppable({ method })).toBe(true)
  })
})

const item = { type: 'agentMessage', id: 'i', text: '' }
/** Each mapped notification: its params, and the event that they become. */
const MAPPED: readonly (readonly [string, Record<string, unknown>, TurnEvent['type']])[] = [
  ['item/agentMessage/delta', { itemId: 'i', delta: 'd' }, 'message.delta'],
  ['item/commandExecution/outputDelta', { itemId: 'i', delta: 'd' }, 'command.output'],
  ['item/plan/delta', { itemId: 'i', delta: 'd' }, 'plan.delta'],
  ['item/reasoning/summaryTextDelta', { itemId: 'i', delta: 'd', summaryIndex: 0 }, 'reasoning.delta'],
  ['item/reasoning/textDelta', { itemId: 'i', delta: 'd', contentIndex: 0 }, 'reasoning.delta'],
  ['item/started', { item }, 'item.started'],
  ['item/completed', { item }, 'item.completed'],
  ['item/fileChange/patchUpdated', { itemId: 'i', changes: [] }, 'file.patch'],
  ['item/mcpToolCall/progress', { itemId: 'i', message: 'm' }, 'tool.progress'],
  ['turn/plan/updated', { plan: [] }, 'turn.plan.updated'],
  ['turn/diff/updated', { diff: 'd' }, 'turn.diff.updated'],
  ['error', { error: { message: 'm' }, willRetry: true }, 'turn.retrying'],
  ['warning', { message: 'm' }, 'warning'],
  ['guardianWarning', { message: 'm' }, 'warning'],
]

describe('the mapping to events', () => {
  it.each(MAPPED)(
    '%s, with every member broken in turn, is never lost and never throws',
    (method, params, type) => {
      const map = (broken: object) =>
        mapNotification({ method, params: broken } as ServerNotification, THREAD, 'turn-1')
      expect(map(params)).toMatchObject({ type, threadId: THREAD, turnId: 'turn-1', raw: { method, params } })
      for (const member of Object.keys(params)) {
        for (const nonsense of [undefined, null, Symbol('x'), {}, [[]], true, -1.5, '']) {
          const event = map({ ...params, [member]: nonsense })
          expect([type, 'notification']).toContain(event.type)
          expect(event.raw).toBeDefined()
          if (event.type === type) expect(typeof params[member]).toBe(typeof nonsense)
        }
      }
      expect(map({})).toMatchObject({ type: 'notification', method })
    },
  )

  it('passes a final error on as it is: the end of the turn tells it', () => {
    const raw = { method: 'error', params: { willRetry: false, error: { message: 'm' } } }
    expect(mapNotification(raw as never, THREAD, 't').type).toBe('notification')
  })

  it.each(MAPPED)('a turn survives %s with nonsense for params', async (method) => {
    const { server, thread, codex } = await connect()
    const problems: Error[] = []
    const seen: unknown[] = []
    codex.on('diagnostic', (error) => problems.push(error))
    codex.on('notification', (message) => seen.push(message.params))
    const turn = thread.stream('hi')
    await server.call('turn/start')
    await settle()
    const nonsense = [null, 7, 'x', [], { threadId: 7 }, { threadId: THREAD, turnId: 'turn-1' }]
    for (const params of nonsense) server.notify(method, params)
    server.notify('thread/tokenUsage/updated', { threadId: THREAD, turnId: 'turn-1', tokenUsage: 'x' })
    server.notify('item/started', { threadId: THREAD, turnId: 'turn-1', item: { type: 'fileChange' } })
    server.complete('turn-1')
    const events = await readAll(turn)
    expect(events.map((event) => event.type)).toEqual([
      'turn.started',
      'notification',
      'notification',
      'notification',
      'turn.completed',
    ])
    expect(problems).toEqual([])
    expect(seen).toHaveLength(nonsense.length + 3)
  })
})

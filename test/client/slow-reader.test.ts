import { afterEach, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import type { Codex, LaggedEvent, TurnEvent } from '../../src/client/index.js'
import { MAX_MERGED_CHARACTERS } from '../../src/client/merge-deltas.js'
import { EVENT_WEIGHT, MAX_WAITING_WEIGHT } from '../../src/client/notification-stream.js'
import { TurnOutput } from '../../src/client/turn-output.js'
import type { ServerNotification } from '../../src/protocol/index.js'
import { connectDouble, readAll, settle, THREAD } from './support.js'

const TURN = 'turn-1'
const MESSAGE = { type: 'agentMessage', id: 'm', text: '' }

/** What a turn brings when nobody reads while it runs. */
class UnreadTurn {
  readonly output = new TurnOutput({
    threadId: THREAD,
    isStreamed: true,
    usageBefore: undefined,
    onAbandon: () => {},
  })
  maxWeight = 0
  maxSize = 0

  tell(method: string, params: object, isOfTurn = true): void {
    const message = { method, params: { threadId: THREAD, turnId: TURN, ...params } } as ServerNotification
    this.output.take(message, TURN, isOfTurn)
    this.maxWeight = Math.max(this.maxWeight, this.output.events.weight)
    this.maxSize = Math.max(this.maxSize, this.output.events.size)
  }

  begin(): this {
    this.tell('turn/started', { turn: { id: TURN } })
    this.tell('item/started', { item: MESSAGE })
    return this
  }

  say(delta: string, times = 1, itemId = 'm'): void {
    for (let i = 0; i < times; i += 1) this.tell('item/agentMessage/delta', { itemId, delta })
  }

  /** Ends the turn, and then reads it. */
  async read(): Promise<TurnEvent[]> {
    this.output.end({ type: 'turn.completed', threadId: THREAD, turnId: TURN, status: 'completed' })
    const events: TurnEvent[] = []
    for await (const event of this.output.events) events.push(event)
    return events
  }
}

/** The types of events, with each run of one type told once. */
function runsOf(events: readonly TurnEvent[]): string[] {
  const types = events.map((event) => event.type)
  return types.filter((type, i) => type !== types[i - 1])
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.type === 'message.delta' ? event.delta : '')).join('')
}

function laggedOf(events: readonly TurnEvent[]): LaggedEvent[] {
  return events.filter((event) => event.type === 'lagged')
}

describe('a turn that nobody reads', () => {
  it('merges a million deltas of one character without losing any', async () => {
    const turn = new UnreadTurn().begin()
    for (let i = 0; i < 1_000_000; i += 1) turn.say(String(i % 10))
    expect(turn.maxSize).toBeLessThan(300)
    expect(turn.maxWeight).toBeLessThan(1_000_000 + 300 * EVENT_WEIGHT)
    const whole = '0123456789'.repeat(100_000)
    expect(turn.output.snapshot(false).text).toBe(whole)
    const events = await turn.read()
    expect(runsOf(events)).toEqual([
      'turn.started',
      'item.started',
      'message.delta',
      'item.abandoned',
      'turn.completed',
    ])
    expect(textOf(events)).toBe(whole)
    const lengths = events.map((event) => ('delta' in event ? event.delta.length : 0))
    expect(Math.max(...lengths)).toBe(MAX_MERGED_CHARACTERS)
  })

  it('merges deltas that cut a character in two', async () => {
    const turn = new UnreadTurn().begin()
    for (const half of '\u{1f600}'.repeat(20_000).split('')) turn.say(half)
    expect(textOf(await turn.read())).toBe('\u{1f600}'.repeat(20_000))
  })

  it('drops the oldest of a million deltas that are too much, and says how many', async () => {
    const turn = new UnreadTurn().begin()
    for (let i = 0; i < 1_000_000; i += 1) turn.say(`${i}`.padStart(16))
    expect(turn.maxSize).toBeLessThan(500)
    expect(turn.maxWeight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    expect(turn.output.snapshot(false).text).toHaveLength(16_000_000)
    const events = await turn.read()
    expect(runsOf(events)).toEqual([
      'turn.started',
      'item.started',
      'lagged',
      'message.delta',
      'item.abandoned',
      'turn.completed',
    ])
    const [lagged, ...others] = laggedOf(events)
    expect(others).toEqual([])
    expect(lagged).toEqual({ type: 'lagged', threadId: THREAD, turnId: TURN, skipped: expect.any(Number) })
    const text = textOf(events)
    expect(Number(text.slice(0, 16))).toBe(lagged?.skipped)
    expect(text.length / 16 + (lagged?.skipped ?? 0)).toBe(1_000_000)
    expect(text.length).toBeGreaterThan(MAX_WAITING_WEIGHT / 4)
  })

  it('is bounded when the deltas of several items take turns and cannot be merged', async () => {
    const turn = new UnreadTurn().begin()
    for (let i = 0; i < 100_000; i += 1) turn.say('x', 1, `m${i % 2}`)
    expect(turn.maxWeight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    const events = await turn.read()
    const [lagged] = laggedOf(events)
    expect(laggedOf(events)).toHaveLength(1)
    expect(textOf(events).length + (lagged?.skipped ?? 0)).toBe(100_000)
  })

  it('keeps every beginning, end, approval, retry, warning and error, and marks each gap', async () => {
    const turn = new UnreadTurn().begin()
    const request = { threadId: THREAD, turnId: TURN } as ApprovalRequest
    const base = { threadId: THREAD, turnId: TURN }
    const flood = () => turn.say('x'.repeat(1_024), 20_000)
    flood()
    turn.output.emit({ type: 'approval.requested', ...base, request })
    flood()
    turn.output.emit({
      type: 'approval.resolved',
      ...base,
      request,
      outcome: { decision: 'decline', decidedBy: 'default' } as never,
    })
    turn.tell('error', { error: { message: 'again' }, willRetry: true })
    turn.tell('error', { error: { message: 'final' }, willRetry: false })
    turn.tell('warning', { message: 'careful' })
    flood()
    turn.tell('item/completed', { item: { ...MESSAGE, text: 'said' } })
    flood()
    const events = await turn.read()
    expect(runsOf(events)).toEqual([
      'turn.started',
      'item.started',
      'lagged',
      'approval.requested',
      'lagged',
      'approval.resolved',
      'turn.retrying',
      'notification',
      'warning',
      'lagged',
      'item.completed',
      'lagged',
      'message.delta',
      'turn.completed',
    ])
    const skipped = laggedOf(events).map((event) => event.skipped)
    expect(skipped.slice(0, 3)).toEqual([20_000, 20_000, 20_000])
    expect(textOf(events).length / 1_024 + (skipped[3] ?? 0)).toBe(20_000)
  })

  it('keeps the last diff, plan and patch of each item, and drops those that they replace', async () => {
    const turn = new UnreadTurn().begin()
    const long = 'x'.repeat(100_000)
    for (let i = 0; i < 500; i += 1) {
      turn.tell('turn/diff/updated', { diff: `${i} ${long}` })
      turn.tell('turn/plan/updated', { plan: [{ step: `${i} ${long}`, status: 'pending' }] })
      turn.tell('item/fileChange/patchUpdated', {
        itemId: `p${i % 2}`,
        changes: [{ path: `${i}`, diff: long }],
      })
    }
    turn.say('x'.repeat(1_024), 20_000)
    expect(turn.maxWeight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    const events = await turn.read()
    const states = events.flatMap((event) => {
      if (event.type === 'turn.diff.updated') return [event.diff.split(' ')[0]]
      if (event.type === 'turn.plan.updated') return [event.plan[0]?.step.split(' ')[0]]
      return event.type === 'file.patch' ? [event.changes[0]?.path] : []
    })
    expect(states).toEqual(['498', '499', '499', '499'])
  })

  it('weighs what notifications that this version does not know carry', async () => {
    const turn = new UnreadTurn().begin()
    for (let i = 0; i < 500; i += 1) turn.tell('brand/new', { deep: [{ text: 'x'.repeat(100_000) }] })
    const cycle: { self?: object } = {}
    cycle.self = cycle
    turn.tell('brand/new', cycle)
    turn.tell('brand/new', { holes: new Array(1_000_000) })
    turn.tell('brand/thing/completed', {})
    expect(turn.maxWeight).toBeLessThanOrEqual(MAX_WAITING_WEIGHT)
    const events = await turn.read()
    const seen = events.filter((event) => event.type === 'notification')
    expect(laggedOf(events).map((event) => event.skipped + seen.length)).toEqual([503])
    expect(seen.at(-1)).toMatchObject({ method: 'brand/thing/completed' })
  })

  it('is bounded before it begins too', async () => {
    const turn = new UnreadTurn()
    for (let i = 0; i < 10_000; i += 1) turn.tell('thread/status/changed', { status: i }, false)
    turn.tell('warning', { message: 'careful' }, false)
    turn.begin()
    const events = await turn.read()
    expect(runsOf(events)).toEqual([
      'turn.started',
      'notification',
      'warning',
      'lagged',
      'item.started',
      'item.abandoned',
      'turn.completed',
    ])
    const kept = events.filter((event) => event.type === 'notification').length
    expect(laggedOf(events)[0]?.skipped).toBe(10_000 - kept)
  })
})

let codex: Codex | undefined
afterEach(() => codex?.close())

describe('over a connection', () => {
  it('a turn that is read only after its end brings its result whole and its events in order', async () => {
    const connected = await connectDouble()
    codex = connected.codex
    const { server, thread } = connected
    const turn = thread.stream('hi')
    await server.call('turn/start')
    server.tell('turn/started', TURN)
    server.tell('item/started', TURN, { item: MESSAGE })
    const delta = 'x'.repeat(10_000)
    for (let i = 0; i < 2_000; i += 1) server.tell('item/agentMessage/delta', TURN, { itemId: 'm', delta })
    server.complete(TURN, 'interrupted')
    const result = await turn.result
    expect(result.text).toHaveLength(20_000_000)
    const events = await readAll(turn)
    expect(runsOf(events)).toEqual([
      'turn.started',
      'item.started',
      'lagged',
      'message.delta',
      'item.abandoned',
      'turn.completed',
    ])
    const [lagged] = laggedOf(events)
    expect(textOf(events).length / 10_000 + (lagged?.skipped ?? 0)).toBe(2_000)
  })

  it('a reader that keeps up sees each delta as it came', async () => {
    const connected = await connectDouble()
    codex = connected.codex
    const { server, thread } = connected
    const turn = thread.stream('hi')
    await server.call('turn/start')
    const reading = readAll(turn)
    server.tell('turn/started', TURN)
    const delta = 'x'.repeat(100_000)
    for (let i = 0; i < 200; i += 1) {
      server.tell('item/agentMessage/delta', TURN, { itemId: 'm', delta })
      await settle()
    }
    server.complete(TURN)
    const events = await reading
    expect(events).toHaveLength(202)
    expect(laggedOf(events)).toEqual([])
  })
})

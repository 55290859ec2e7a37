import { afterEach, describe, expect, it } from 'vitest'
import type { Codex, TurnEvent } from '../../src/client/index.js'
import { type AppServerDouble, connectDouble, readAll } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

/** A turn whose events a test tells. */
async function told(tell: (server: AppServerDouble) => void) {
  const connected = await connectDouble()
  codex = connected.codex
  const turn = connected.thread.stream('hi')
  await connected.server.call('turn/start')
  tell(connected.server)
  return { events: await readAll(turn), result: await turn.result }
}

const begin = (server: AppServerDouble, id: string, type = 'agentMessage') =>
  server.tell('item/started', 'turn-1', { item: { type, id, text: '' } })

const say = (server: AppServerDouble, itemId: string, delta: string) =>
  server.tell('item/agentMessage/delta', 'turn-1', { itemId, delta })

/** The beginnings and ends of items, in order, with what they say. */
function itemsOf(events: readonly TurnEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.type === 'item.abandoned') return [[event.type, event.itemId, event.reason, textOf(event.item)]]
    if (event.type === 'item.started' || event.type === 'item.completed') return [[event.type, event.itemId]]
    return event.type === 'turn.completed' ? [event.type] : []
  })
}

const textOf = (item: { readonly type: string; readonly text?: unknown }) => item.text

describe('an item that is never completed', () => {
  it('is abandoned before the turn ends, with what it said', async () => {
    const { events, result } = await told((server) => {
      begin(server, 'a')
      say(server, 'a', 'half')
      server.complete('turn-1', 'interrupted')
    })
    expect(itemsOf(events)).toEqual([
      ['item.started', 'a'],
      ['item.abandoned', 'a', 'turn-ended', 'half'],
      'turn.completed',
    ])
    expect(result.items).toMatchObject([{ id: 'a', text: 'half' }])
  })

  it('is abandoned when the connection ends', async () => {
    const { events } = await told((server) => {
      begin(server, 'a')
      void server.close()
    })
    expect(itemsOf(events)).toEqual([
      ['item.started', 'a'],
      ['item.abandoned', 'a', 'turn-ended', ''],
      'turn.completed',
    ])
  })

  it('is abandoned where a retry sends it again, with what the first attempt said', async () => {
    const { events, result } = await told((server) => {
      begin(server, 'a')
      say(server, 'a', 'old')
      server.say('turn-1', 'new', 'a')
      server.complete('turn-1')
    })
    expect(itemsOf(events)).toEqual([
      ['item.started', 'a'],
      ['item.abandoned', 'a', 'repeated', 'old'],
      ['item.started', 'a'],
      ['item.completed', 'a'],
      'turn.completed',
    ])
    expect(result.items).toMatchObject([{ id: 'a', text: 'new' }])
  })

  it('is abandoned at the end and left out of the result when a retry sends it under another id', async () => {
    const { events, result } = await told((server) => {
      begin(server, 'a')
      say(server, 'a', 'old')
      server.say('turn-1', 'new', 'b')
      server.complete('turn-1')
    })
    expect(itemsOf(events)).toEqual([
      ['item.started', 'a'],
      ['item.started', 'b'],
      ['item.completed', 'b'],
      ['item.abandoned', 'a', 'turn-ended', 'old'],
      'turn.completed',
    ])
    expect(result.items.map(({ id }) => id)).toEqual(['b'])
  })

  it('has one end for each beginning, however often it is repeated', async () => {
    const { events } = await told((server) => {
      for (let i = 0; i < 3; i += 1) for (const id of ['a', 'b']) begin(server, id, 'commandExecution')
      server.tell('item/completed', 'turn-1', { item: { type: 'commandExecution', id: 'b' } })
      server.complete('turn-1', 'failed', { message: 'x' })
    })
    const open = new Map<string, number>()
    for (const event of events) {
      if (event.type === 'item.started') open.set(event.itemId, (open.get(event.itemId) ?? 0) + 1)
      if (event.type === 'item.completed' || event.type === 'item.abandoned') {
        open.set(event.itemId, (open.get(event.itemId) ?? 0) - 1)
      }
      expect(Math.max(...open.values(), 0)).toBeLessThanOrEqual(1)
    }
    expect([...open.values()]).toEqual([0, 0])
  })
})

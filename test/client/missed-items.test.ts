import { describe, expect, it } from 'vitest'
import { type ItemProgress, missedItemEvents } from '../../src/client/missed-items.js'
import type { Received } from '../../src/protocol/index.js'

const message = (id: string, completedAtMs: number | null = null) => ({
  type: 'agentMessage',
  id,
  text: `text of ${id}`,
  completedAtMs,
})

function missed(status: string, items: unknown, known: Record<string, ItemProgress> = {}) {
  const turn = { id: 'turn-1', status, items } as unknown as Received.Turn
  return missedItemEvents(turn, 'thread-1', (id) => known[id]).map(({ type, itemId }) => `${type} ${itemId}`)
}

describe('the items that were missed of a turn', () => {
  it('are told from their beginning to their end, in order', () => {
    expect(missed('completed', [message('a', 1), message('b')])).toEqual([
      'item.started a',
      'item.completed a',
      'item.started b',
      'item.completed b',
    ])
  })

  it('are only what was not told', () => {
    const items = [message('a', 1), message('b', 2), message('c', 3)]
    expect(missed('completed', items, { a: 'completed', b: 'open' })).toEqual([
      'item.completed b',
      'item.started c',
      'item.completed c',
    ])
  })

  it('are left open while the turn runs and they are not over', () => {
    expect(missed('inProgress', [message('a', 1), message('b'), message('c')], { c: 'open' })).toEqual([
      'item.started a',
      'item.completed a',
      'item.started b',
    ])
  })

  it('carry the item as the thread tells it', () => {
    const turn = { id: 'turn-1', status: 'completed', items: [message('a', 1)] } as unknown as Received.Turn
    expect(missedItemEvents(turn, 'thread-1', () => 'open')).toEqual([
      { type: 'item.completed', threadId: 'thread-1', turnId: 'turn-1', itemId: 'a', item: message('a', 1) },
    ])
  })

  it.each([[undefined], [null], ['text'], [[null, 7, {}, { id: 1, type: 'x' }, { id: 'a' }]]])(
    'are none when the thread tells %j',
    (items) => {
      expect(missed('completed', items)).toEqual([])
    },
  )
})

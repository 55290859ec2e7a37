import { expect, test } from 'vitest'
import type { ThreadItem, TurnEvent } from '../../../src/client/index.js'
import { EventMapper } from '../../../src/integrations/openai-codex-sdk/event-mapper.js'
import { mapItem } from '../../../src/integrations/openai-codex-sdk/map-item.js'

const place = { threadId: 't', turnId: 'u' }

function itemEvent(type: 'item.started' | 'item.completed', item: object): TurnEvent {
  return { ...place, type, itemId: (item as { id: string }).id, item: item as ThreadItem }
}

test('a patch that becomes known in parts starts once and is updated', () => {
  const mapper = new EventMapper()
  const patch = { type: 'fileChange', id: 'p', changes: [], status: 'inProgress' }
  const change = { path: '/a', kind: { type: 'update', move_path: null }, diff: '' }
  const events: TurnEvent[] = [
    itemEvent('item.started', patch),
    itemEvent('item.started', { ...patch, changes: [change] }),
    { ...place, type: 'file.patch', itemId: 'p', changes: [change] } as TurnEvent,
    itemEvent('item.completed', { ...patch, changes: [change], status: 'declined' }),
  ]
  const item = { id: 'item_0', type: 'file_change', status: 'in_progress' }
  const changes = [{ path: '/a', kind: 'update' }]
  expect(events.flatMap((event) => mapper.map(event))).toEqual([
    { type: 'item.started', item: { ...item, changes: [] } },
    { type: 'item.updated', item: { ...item, changes } },
    { type: 'item.updated', item: { ...item, changes } },
    { type: 'item.completed', item: { ...item, changes, status: 'failed' } },
  ])
})

test('a change of the model by the provider is an error item', () => {
  const raw = {
    method: 'model/rerouted',
    params: { ...place, fromModel: 'a', toModel: 'b', reason: 'highRiskCyberActivity' },
  }
  const event = { ...place, type: 'notification', method: raw.method, raw } as unknown as TurnEvent
  expect(new EventMapper().map(event)).toEqual([
    {
      type: 'item.completed',
      item: { id: 'item_0', type: 'error', message: 'model rerouted: a -> b (HighRiskCyberActivity)' },
    },
  ])
})

test('deltas, approvals and kinds of items that the official package does not show are left out', () => {
  const mapper = new EventMapper()
  const events = [
    { ...place, type: 'message.delta', itemId: 'm', delta: 'x' },
    { ...place, type: 'lagged', skipped: 3 },
    { ...place, type: 'turn.diff.updated', diff: 'x' },
    { ...place, type: 'notification', method: 'new/thing', raw: { method: 'new/thing', params: {} } },
    { ...place, type: 'notification', method: 'error', raw: { method: 'error', params: {} } },
    itemEvent('item.completed', { type: 'contextCompaction', id: 'c' }),
    itemEvent('item.started', { type: 'somethingNew', id: 'n' }),
  ] as unknown as TurnEvent[]
  expect(events.flatMap((event) => mapper.map(event))).toEqual([])
  // What is not shown is not counted either.
  expect(mapper.notice('x')).toMatchObject({ item: { id: 'item_0' } })
})

test('a call of a sub-agent is told as the command line tells it', () => {
  const item = {
    type: 'collabAgentToolCall',
    id: 'call',
    tool: 'spawnAgent',
    status: 'completed',
    senderThreadId: 'a',
    receiverThreadIds: ['b'],
    prompt: 'do it',
    agentsStates: { b: { status: 'pendingInit', message: null } },
  }
  expect(mapItem(item as never, () => 'item_7')).toEqual({
    id: 'item_7',
    type: 'collab_tool_call',
    tool: 'spawn_agent',
    sender_thread_id: 'a',
    receiver_thread_ids: ['b'],
    prompt: 'do it',
    agents_states: { b: { status: 'pending_init', message: null } },
    status: 'completed',
  })
})

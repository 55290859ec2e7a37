import type { Scenario } from './servers.js'

const UNKNOWN = '00000000-0000-7000-8000-000000000000'
const text = (words: string) => [{ type: 'text', text: words }]

/** Requests with params that Codex refuses, or whose thread is not there. */
const refused: readonly (readonly [string, unknown])[] = [
  ['no/such/method', {}],
  ['thread/start', undefined],
  ['thread/start', null],
  ['thread/start', 'x'],
  ['thread/start', { cwd: 5 }],
  ['thread/start', { cwd: true }],
  ['thread/start', { cwd: [] }],
  ['thread/start', { cwd: {} }],
  ['thread/start', { model: 1.5 }],
  ['thread/start', { ephemeral: 'yes' }],
  ['thread/start', { config: 5 }],
  ['thread/start', { approvalPolicy: 'sometimes' }],
  ['thread/start', { approvalPolicy: 5 }],
  ['thread/start', { sandbox: 'open' }],
  ['thread/start', { sandbox: {} }],
  ['thread/list', undefined],
  ['thread/list', { limit: 'x' }],
  ['thread/list', { limit: -1 }],
  ['thread/list', { limit: 1.5 }],
  ['thread/list', { cursor: 'junk' }],
  ['thread/list', { sortKey: 'size' }],
  ['thread/list', { sortDirection: 'up' }],
  ['thread/list', { cwd: 5 }],
  ['thread/list', { sourceKinds: ['x'] }],
  ['thread/read', {}],
  ['thread/read', { threadId: 'x' }],
  ['thread/read', { threadId: UNKNOWN }],
  ['thread/read', { threadId: UNKNOWN, includeTurns: null }],
  ['thread/resume', { threadId: 'x' }],
  ['thread/resume', { threadId: UNKNOWN }],
  ['thread/fork', { threadId: UNKNOWN }],
  ['thread/archive', { threadId: UNKNOWN }],
  ['thread/unarchive', { threadId: UNKNOWN }],
  ['thread/delete', { threadId: UNKNOWN }],
  ['thread/unsubscribe', { threadId: UNKNOWN }],
  ['thread/name/set', { threadId: UNKNOWN, name: 'x' }],
  ['thread/name/set', { threadId: UNKNOWN, name: '' }],
  ['thread/turns/list', { threadId: UNKNOWN }],
  ['thread/turns/list', { threadId: UNKNOWN, itemsView: 'x' }],
  ['thread/items/list', { threadId: UNKNOWN }],
  ['thread/compact/start', { threadId: UNKNOWN }],
  ['turn/start', {}],
  ['turn/start', { threadId: UNKNOWN }],
  ['turn/start', { threadId: UNKNOWN, input: [] }],
  ['turn/start', { threadId: '', input: [] }],
  ['turn/start', { threadId: '0-0', input: [] }],
  ['turn/start', { threadId: `${UNKNOWN}a`, input: [] }],
  ['turn/start', { threadId: null, input: [] }],
  ['turn/start', { threadId: UNKNOWN, input: 'x' }],
  ['turn/start', { threadId: UNKNOWN, input: [5] }],
  ['turn/start', { threadId: UNKNOWN, input: [{}] }],
  ['turn/start', { threadId: UNKNOWN, input: [{ type: 'nope' }] }],
  ['turn/start', { threadId: UNKNOWN, input: [{ type: 'text' }] }],
  ['turn/start', { threadId: UNKNOWN, input: [{ type: 'localImage' }] }],
  ['turn/start', { threadId: UNKNOWN, input: text('x'.repeat(1_048_577)) }],
  ['turn/steer', { threadId: UNKNOWN, input: [], expectedTurnId: '' }],
  ['turn/steer', { threadId: UNKNOWN, input: [] }],
  ['turn/interrupt', { threadId: UNKNOWN, turnId: '' }],
  ['turn/interrupt', { threadId: UNKNOWN }],
  ['account/read', { refreshToken: 5 }],
]

/** Handshakes, refusals, and what is done with threads. */
export const requestScenarios: readonly Scenario[] = [
  {
    title: 'a handshake comes first, once',
    client: async (client) => {
      await client.call('thread/list', {})
      await client.call('no/such/method', {})
      await client.call('thread/start', { cwd: 5 })
      await client.call('initialize')
      await client.call('initialize', {})
      await client.call('initialize', { clientInfo: { name: 'x' } })
      await client.initialize()
      await client.initialize()
      client.send({ method: 'initialized' })
      await client.call('account/read', {})
    },
    refusals: ['Not initialized', 'unknown variant `no/such/method`', 'Already initialized'],
  },
  {
    title: 'a client without the experimental capability is refused what needs it',
    client: async (client, cwd) => {
      await client.initialize(null)
      await client.call('thread/search', { searchTerm: 'x' })
      await client.call('memory/reset')
      await client.call('thread/start', { dynamicTools: [] })
      await client.call('thread/start', { experimentalRawEvents: true })
      const thread = await client.startThread({ cwd, dynamicTools: null, ephemeral: true })
      await client.call('turn/start', {
        threadId: thread,
        input: [],
        collaborationMode: { mode: 'default', settings: { model: 'x' } },
      })
      await client.call('thread/resume', { threadId: thread, history: [] })
    },
    refusals: ['thread/search requires experimentalApi', 'thread/start.dynamicTools requires'],
  },
  {
    title: 'wrong params and unknown threads are refused',
    client: async (client) => {
      await client.initialize()
      for (const [method, params] of refused) await client.call(method, params)
    },
    refusals: ['missing field `threadId`', 'thread not found', 'no rollout found', 'invalid cursor: junk'],
  },
  {
    title: 'messages that are none get no answer',
    client: async (client) => {
      await client.initialize()
      client.send([{ id: 'batch', method: 'thread/loaded/list', params: {} }])
      client.send({ id: null, method: 'thread/loaded/list', params: {} })
      client.send({ id: 1.5, method: 'thread/loaded/list', params: {} })
      client.send({ id: 'no method', params: {} })
      client.send({ id: 'wrong method', method: 5 })
      client.send({ id: 77, result: {} })
      client.send({ jsonrpc: '2.0', id: 'with a header', method: 'thread/loaded/list', params: {} })
      await client.until(({ id }) => id === 'with a header')
    },
  },
  {
    title: 'tools whose names the model cannot call are refused',
    client: async (client, cwd) => {
      await client.initialize()
      const tool = (name: string) => ({
        type: 'function',
        name,
        description: 'd',
        inputSchema: { type: 'object' },
      })
      for (const tools of [['a b'], [''], ['mcp__x'], ['a', 'a']]) {
        await client.call('thread/start', { cwd, dynamicTools: tools.map(tool) })
      }
    },
    refusals: ['must match', 'must not be empty', 'is reserved: mcp__x', 'duplicate dynamic tool name: a'],
  },
  {
    title: 'a thread without a message cannot be resumed, forked or listed',
    client: async (client, cwd) => {
      await client.initialize()
      const fresh = () => client.startThread({ cwd })
      await client.call('thread/read', { threadId: await fresh() })
      await client.call('thread/read', { threadId: await fresh(), includeTurns: true })
      await client.call('thread/turns/list', { threadId: await fresh() })
      await client.call('thread/items/list', { threadId: await fresh() })
      await client.call('thread/resume', { threadId: await fresh() })
      await client.call('thread/fork', { threadId: await fresh() })
      await client.call('thread/list', { cwd })
      const threadId = await fresh()
      await client.call('turn/interrupt', { threadId, turnId: UNKNOWN })
      await client.call('turn/interrupt', { threadId, turnId: '' })
      await client.call('turn/steer', { threadId, expectedTurnId: UNKNOWN, input: text('x') })
      await client.call('thread/unsubscribe', { threadId })
      await client.call('thread/unsubscribe', { threadId })
      await client.call('thread/archive', { threadId: await fresh() })
      await client.call('thread/delete', { threadId: await fresh() })
      await client.until(({ method }) => method === 'thread/deleted')
    },
    refusals: ['is not materialized yet', 'no active turn to steer', 'no active turn to interrupt'],
  },
  {
    title: 'an ephemeral thread is told of and never kept',
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd, ephemeral: true })
      await client.runTurn(threadId, 'hi')
      await client.call('thread/read', { threadId })
      await client.call('thread/read', { threadId, includeTurns: true })
      await client.call('thread/turns/list', { threadId })
      await client.call('thread/items/list', { threadId })
      await client.call('thread/resume', { threadId })
      await client.call('thread/archive', { threadId })
      await client.call('thread/fork', { threadId })
      await client.call('thread/name/set', { threadId, name: 'x' })
    },
    refusals: ['ephemeral threads do not support includeTurns', 'ephemeral thread does not support metadata'],
  },
  {
    title: 'a thread is read, listed, named, forked, archived and brought back',
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'workspace-write', approvalPolicy: 'never' })
      await client.runTurn(threadId, 'first')
      await client.runTurn(threadId, 'second')
      await client.call('thread/read', { threadId })
      await client.call('thread/turns/list', { threadId })
      await client.call('thread/turns/list', { threadId, itemsView: 'full', sortDirection: 'asc' })
      const page = await client.call('thread/turns/list', { threadId, limit: 1, itemsView: 'notLoaded' })
      const { nextCursor } = page.result as { nextCursor: string }
      await client.call('thread/turns/list', { threadId, limit: 1, cursor: nextCursor })
      await client.call('thread/turns/list', { threadId, cursor: 'junk' })
      await client.call('thread/items/list', { threadId })
      await client.call('thread/items/list', { threadId, limit: 1, sortDirection: 'desc' })
      await client.call('thread/loaded/list', {})
      await client.call('thread/name/set', { threadId, name: 'A name' })
      await client.until(({ method }) => method === 'thread/name/updated')
      await client.call('thread/list', { cwd })
      await client.call('thread/list', { cwd, searchTerm: 'nowhere' })
      await client.call('thread/list', { cwd, modelProviders: ['nobody'] })
      await client.call('thread/fork', { threadId, excludeTurns: true })
      await client.call('thread/archive', { threadId })
      await client.until(({ method }) => method === 'thread/archived')
      await client.call('thread/resume', { threadId, excludeTurns: true })
      await client.call('turn/start', { threadId, input: text('x') })
      await client.call('thread/archive', { threadId })
      await client.call('thread/list', { cwd, archived: true })
      await client.call('thread/unarchive', { threadId })
      await client.until(({ method }) => method === 'thread/unarchived')
      await client.call('thread/unarchive', { threadId })
      await client.call('turn/start', { threadId, input: text('x') })
      await client.call('thread/resume', { threadId, excludeTurns: true })
      await client.until(({ method }) => method === 'thread/goal/cleared')
      await client.call('thread/delete', { threadId })
    },
    refusals: ['is archived. Run `codex unarchive', 'forked history still references it'],
  },
]

import { describe, expect, it } from 'vitest'
import { MAX_KEPT_NOTIFICATIONS } from '../../../src/client/dialects/index.js'
import type { ServerNotification } from '../../../src/protocol/index.js'
import { newDialect, notificationsOf, transcript, translated } from './transcripts.js'

const methodsOf = (messages: readonly ServerNotification[]) => messages.map((one) => one.method)

function legacyEvent(type: string, more: object = {}, id = '0', conversationId = 'thread-1') {
  const params = { id, msg: { type, ...more }, conversationId }
  return { method: `codex/event/${type}`, params } as unknown as ServerNotification
}

const turnStarted = (threadId: string, id: string) =>
  ({
    method: 'turn/started',
    params: { threadId, turn: { id, items: [], status: 'inProgress' } },
  }) as unknown as ServerNotification

/** What 0.63 itself says in the current dialect, with the names that it leaves out. */
function ownWords(name: string): unknown[] {
  return notificationsOf(transcript(name))
    .filter((one) => !one.method.startsWith('codex/event/'))
    .map(({ method, params }) => ({ method, params: { threadId: 'thread-1', turnId: '0', ...params } }))
}

/** Only what both can say: the time and the state of the turn are not in 0.63's words. */
function comparable(messages: readonly ServerNotification[]): unknown[] {
  return messages.flatMap(({ method, params }): unknown[] => {
    if (method === 'thread/tokenUsage/updated' || method === 'turn/plan/updated') return []
    if (method === 'turn/diff/updated') return []
    const { startedAtMs, completedAtMs, willRetry, ...rest } = params as Record<string, unknown>
    if (method === 'turn/started' || method === 'turn/completed') {
      const { id, status, error } = rest.turn as { id: string; status: string; error: unknown }
      const turn = { id, items: [], status, ...(error ? { error: withoutDetails(error) } : {}) }
      return [{ method, params: { ...rest, turnId: '0', turn } }]
    }
    if (method === 'error') return [{ method, params: { ...rest, error: withoutDetails(rest.error) } }]
    // 0.63 takes the output of a patch for that of a command, which current versions do not.
    const isOutput = method === 'item/fileChange/outputDelta'
    return [{ method: isOutput ? 'item/commandExecution/outputDelta' : method, params: rest }]
  })
}

function withoutDetails(error: unknown): object {
  const { additionalDetails, ...rest } = error as Record<string, unknown>
  return rest
}

describe('the older dialect in translation', () => {
  it('is what 0.63 says itself, with the names of thread and turn', () => {
    for (const name of ['0.63.0-command-accepted', '0.63.0-patch-accepted', '0.63.0-usage-limit']) {
      expect(comparable(translated(name)), name).toEqual(ownWords(name))
    }
  })

  it('tells reasoning by its parts as 0.63 does', () => {
    const own = ownWords('0.63.0-reasoning-and-plan').filter(
      (one) => (one as { method: string }).method !== 'item/reasoning/summaryPartAdded',
    )
    expect(comparable(translated('0.63.0-reasoning-and-plan'))).toEqual(own)
  })

  it('is the same for a server that numbers summary parts and one that does not', () => {
    const told = (name: string) =>
      comparable(translated(name)).filter((one) => !JSON.stringify(one).includes('userMessage'))
    expect(told('0.57.0-reasoning-and-plan')).toEqual(told('0.63.0-reasoning-and-plan'))
  })

  it('tells the plan and the diff of a turn', () => {
    const plan = translated('0.57.0-reasoning-and-plan').find((one) => one.method === 'turn/plan/updated')
    expect(plan?.params).toEqual({
      threadId: 'thread-1',
      turnId: '0',
      explanation: 'why',
      plan: [
        { step: 's1', status: 'inProgress' },
        { step: 's2', status: 'pending' },
      ],
    })
    const diff = translated('0.57.0-patch-accepted').find((one) => one.method === 'turn/diff/updated')
    expect(diff?.params).toMatchObject({ diff: expect.stringContaining('+beta') })
  })

  it('tells each turn of a thread once, with its own id', () => {
    const turns = translated('0.57.0-two-turns').filter((one) => one.method.startsWith('turn/'))
    expect(turns.map(({ method, params }) => [method, (params as { turn: { id: string } }).turn.id])).toEqual(
      [
        ['turn/started', '0'],
        ['turn/completed', '0'],
        ['turn/started', '1'],
        ['turn/completed', '1'],
      ],
    )
  })

  it('adds up tokens', () => {
    const usage = translated('0.57.0-two-turns').filter((one) => one.method === 'thread/tokenUsage/updated')
    expect(usage.at(-1)?.params).toMatchObject({
      turnId: '1',
      tokenUsage: {
        total: { totalTokens: 240, inputTokens: 200, outputTokens: 40 },
        last: { totalTokens: 120 },
        modelContextWindow: 258_400,
      },
    })
  })

  it('lets a turn whose model failed fail, with the error', () => {
    const told = translated('0.57.0-unauthorized')
    const message = 'exceeded retry limit, last status: 401 Unauthorized'
    expect(told.at(-2)).toMatchObject({ method: 'error', params: { error: { message }, willRetry: false } })
    expect(told.at(-1)).toMatchObject({ params: { turn: { status: 'failed', error: { message } } } })
  })

  it('tells a retry as one, and does not let the turn fail for it', () => {
    const told = translated('0.57.0-retried-stream')
    const retry = told.find((one) => one.method === 'error')
    expect(retry?.params).toMatchObject({ willRetry: true, error: { message: 'Reconnecting... 1/2' } })
    expect(told.at(-1)).toMatchObject({ params: { turn: { status: 'completed', error: null } } })
  })

  it('tells an interrupted turn as one', () => {
    for (const name of ['0.57.0-interrupted', '0.57.0-command-cancelled']) {
      expect(translated(name).at(-1), name).toMatchObject({
        method: 'turn/completed',
        params: { turn: { status: 'interrupted', error: null } },
      })
    }
  })

  it('tells declined commands and patches from failed ones', () => {
    const items = (name: string) =>
      translated(name).flatMap((one) => (one.method === 'item/completed' ? [one.params.item] : []))
    const commands = items('0.57.0-command-declined').filter((item) => item.type === 'commandExecution')
    expect(commands).toMatchObject([{ status: 'declined' }, { status: 'declined' }])
    const patch = items('0.57.0-patch-declined').find((item) => item.type === 'fileChange')
    expect(patch).toMatchObject({ id: 'call_p', status: 'declined' })
  })

  it('tells the output of a patch as that of its item', () => {
    const outputs = translated('0.57.0-patch-accepted').filter((one) => one.method.endsWith('outputDelta'))
    expect(outputs.length).toBeGreaterThan(0)
    expect(outputs.every((one) => one.method === 'item/fileChange/outputDelta')).toBe(true)
  })

  it('puts characters together that were cut across two chunks of output', () => {
    const dialect = newDialect()
    const bytes = Buffer.from('ä')
    const events = [
      legacyEvent('task_started'),
      legacyEvent('exec_command_begin', { call_id: 'c', command: ['x'], cwd: '/' }),
      ...[...bytes].map((byte) =>
        legacyEvent('exec_command_output_delta', {
          call_id: 'c',
          stream: 'stdout',
          chunk: Buffer.from([byte]).toString('base64'),
        }),
      ),
    ]
    const told = events.flatMap((one) => dialect.translate(one))
    expect(told.at(-1)?.params).toMatchObject({ itemId: 'c', delta: 'ä' })
    expect(told.filter((one) => one.method === 'item/commandExecution/outputDelta')).toHaveLength(1)
  })

  it('makes items of texts where a server names none', () => {
    const dialect = newDialect()
    const told = [
      legacyEvent('task_started'),
      legacyEvent('user_message', { message: 'hi' }),
      legacyEvent('agent_reasoning_delta', { delta: 'th' }),
      legacyEvent('agent_reasoning', { text: 'think' }),
      legacyEvent('agent_message_delta', { delta: 'on' }),
      legacyEvent('agent_message_delta', { delta: 'e' }),
      legacyEvent('agent_message', { message: 'one' }),
      legacyEvent('agent_message', { message: 'two' }),
      legacyEvent('task_complete', { last_agent_message: 'two' }),
    ].flatMap((one) => dialect.translate(one))
    expect(methodsOf(told)).toEqual([
      'turn/started',
      'item/started',
      'item/completed',
      'item/started',
      'item/reasoning/summaryTextDelta',
      'item/completed',
      'item/started',
      'item/agentMessage/delta',
      'item/agentMessage/delta',
      'item/completed',
      'item/started',
      'item/completed',
      'turn/completed',
    ])
    const completed = told.flatMap((one) => (one.method === 'item/completed' ? [one.params.item] : []))
    expect(completed.map((item) => item.type)).toEqual([
      'userMessage',
      'reasoning',
      'agentMessage',
      'agentMessage',
    ])
    expect(new Set(completed.map((item) => item.id)).size).toBe(4)
  })

  it('tells tool calls with their outcome', () => {
    const dialect = newDialect()
    const invocation = { server: 'files', tool: 'read', arguments: { path: 'a' } }
    const told = [
      legacyEvent('task_started'),
      legacyEvent('mcp_tool_call_begin', { call_id: 'm1', invocation }),
      legacyEvent('mcp_tool_call_end', { call_id: 'm1', invocation, result: { Ok: { content: [1] } } }),
      legacyEvent('mcp_tool_call_end', { call_id: 'm2', invocation, result: { Err: 'gone' } }),
    ].flatMap((one) => dialect.translate(one))
    const items = told.flatMap((one) => (one.method === 'item/completed' ? [one.params.item] : []))
    expect(items).toMatchObject([
      { type: 'mcpToolCall', id: 'm1', status: 'completed', result: { content: [1] }, error: null },
      { type: 'mcpToolCall', id: 'm2', status: 'failed', result: null, error: { message: 'gone' } },
    ])
  })

  it('passes on what it does not know, under the names by which it is routed', () => {
    const dialect = newDialect()
    dialect.translate(legacyEvent('task_started'))
    dialect.translate(legacyEvent('user_message', { message: 'hi' }))
    const unknown = legacyEvent('brand_new', { a: 1 })
    expect(dialect.translate(unknown)).toEqual([
      { method: unknown.method, params: { ...unknown.params, threadId: 'thread-1', turnId: '0' } },
    ])
  })

  it('keeps threads apart whose turns have the same id', () => {
    const dialect = newDialect()
    const told = [
      legacyEvent('task_started', {}, '0', 'a'),
      legacyEvent('task_started', {}, '0', 'b'),
      legacyEvent('error', { message: 'no' }, '0', 'a'),
      legacyEvent('task_complete', {}, '0', 'b'),
      legacyEvent('task_complete', {}, '0', 'a'),
    ].flatMap((one) => dialect.translate(one))
    expect(told.slice(-2)).toMatchObject([
      { params: { threadId: 'b', turn: { status: 'completed' } } },
      { params: { threadId: 'a', turn: { status: 'failed' } } },
    ])
  })

  it('ends a turn that another one replaces, and tells no end twice', () => {
    const dialect = newDialect()
    const told = [
      legacyEvent('task_started', {}, '0'),
      legacyEvent('user_message', { message: 'hi' }, '0'),
      legacyEvent('task_started', {}, '1'),
      legacyEvent('task_started', {}, '1'),
    ].flatMap((one) => dialect.translate(one))
    const turns = told.filter((one) => one.method.startsWith('turn/'))
    expect(turns).toMatchObject([
      { method: 'turn/started', params: { turn: { id: '0' } } },
      { method: 'turn/completed', params: { turn: { id: '0', status: 'interrupted' } } },
      { method: 'turn/started', params: { turn: { id: '1' } } },
    ])
  })

  it('knows the running turn of a thread', () => {
    const dialect = newDialect()
    dialect.translate(legacyEvent('task_started', {}, '7'))
    dialect.translate(legacyEvent('user_message', { message: 'hi' }, '7'))
    expect(dialect.turnOf('thread-1')).toBe('7')
    dialect.translate(legacyEvent('task_complete', {}, '7'))
    expect(dialect.turnOf('thread-1')).toBeUndefined()
  })

  it('does not throw for junk', () => {
    const values = [
      undefined,
      null,
      1,
      'x',
      [],
      {},
      { type: 1 },
      { call_id: 'c', chunk: 5, item: 3, info: 4 },
    ]
    const types = [
      'item_started',
      'exec_command_output_delta',
      'exec_command_end',
      'token_count',
      'plan_update',
      'error',
      'patch_apply_end',
    ]
    const dialect = newDialect()
    dialect.translate(legacyEvent('task_started'))
    dialect.translate(legacyEvent('user_message', { message: 1 }))
    for (const type of types) {
      for (const value of values) {
        const msg = { ...(typeof value === 'object' ? value : { call_id: value }), type }
        const message = {
          method: `codex/event/${type}`,
          params: { id: '0', msg, conversationId: 'thread-1' },
        }
        expect(() => dialect.translate(message as unknown as ServerNotification)).not.toThrow()
      }
      const bare = { method: `codex/event/${type}` } as unknown as ServerNotification
      expect(dialect.translate(bare)).toEqual([bare])
    }
  })
})

describe('the choice of a dialect', () => {
  it('is the current one for servers that name threads in it, whatever else they send', () => {
    for (const name of [
      '0.80.0-command-accepted',
      '0.104.0-reasoning-and-plan',
      '0.111.0-reasoning-and-plan',
    ]) {
      const dialect = newDialect()
      const messages = notificationsOf(transcript(name))
      const told = messages.flatMap((one) => dialect.translate(one))
      expect(dialect.name, name).toBe('current')
      expect(told, name).toEqual(messages)
    }
  })

  it('is the older one for servers that name no thread in the current one', () => {
    for (const name of ['0.57.0-two-turns', '0.58.0-command-accepted', '0.63.0-command-accepted']) {
      const dialect = newDialect()
      translated(name, dialect)
      expect(dialect.name, name).toBe('legacy')
    }
  })

  it('waits where an older event overtakes the first one of the current dialect', () => {
    const dialect = newDialect()
    const opening = [legacyEvent('task_started'), legacyEvent('item_started', { item: {} })]
    expect(opening.flatMap((one) => dialect.translate(one))).toEqual([])
    const started = turnStarted('thread-1', '0')
    expect(dialect.translate(started)).toEqual([...opening, started])
    expect(dialect.name).toBe('current')
  })

  it('loses nothing of what it waited with', () => {
    const dialect = newDialect()
    const told = [legacyEvent('task_started'), legacyEvent('agent_message', { message: 'x' })].flatMap(
      (one) => dialect.translate(one),
    )
    expect(methodsOf(told)).toEqual(['turn/started', 'item/started', 'item/completed'])
  })

  it('does not wait for ever', () => {
    const dialect = newDialect()
    dialect.translate(legacyEvent('task_started'))
    const told = Array.from({ length: MAX_KEPT_NOTIFICATIONS }, () =>
      dialect.translate(legacyEvent('background_event', { message: 'x' })),
    ).flat()
    expect(dialect.name).toBe('legacy')
    expect(told).toHaveLength(MAX_KEPT_NOTIFICATIONS + 1)
  })

  it('is not made by what belongs to no turn', () => {
    const dialect = newDialect()
    const outside = [
      { method: 'thread/started', params: { thread: { id: 'thread-1' } } } as unknown as ServerNotification,
      legacyEvent('mcp_startup_complete', {}, ''),
    ]
    expect(outside.flatMap((one) => dialect.translate(one))).toEqual(outside)
    expect(dialect.name).toBe('unknown')
  })

  it('is made once: the other dialect is never listened to again', () => {
    const older = newDialect()
    translated('0.57.0-two-turns', older)
    expect(older.translate(turnStarted('thread-1', '9'))).toEqual([])
    const current = newDialect()
    const first = turnStarted('thread-1', '0')
    current.translate(first)
    const event = legacyEvent('task_complete')
    expect(current.translate(event)).toEqual([event])
    expect(current.name).toBe('current')
  })
})

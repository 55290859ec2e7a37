import { afterEach, describe, expect, it } from 'vitest'
import {
  type ApprovalHook,
  type ApprovalRequest,
  allowMcpTools,
  approvalPolicy,
} from '../../src/approvals/index.js'
import type { Codex, CodexOptions } from '../../src/client/index.js'
import { type AppServerDouble, connectDouble, readAll, settle, THREAD } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

async function connect(options?: CodexOptions) {
  const connected = await connectDouble(options)
  codex = connected.codex
  const { server, thread } = connected
  const problems: Error[] = []
  codex.on('diagnostic', (error) => problems.push(error))
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  await settle()
  return { ...connected, turn, problems }
}

const PERMISSIONS = 'item/permissions/requestApproval'
const QUESTIONS = 'item/tool/requestUserInput'
const ELICITATION = 'mcpServer/elicitation/request'

const base = { threadId: THREAD, turnId: 'turn-1', itemId: 'call-1' }
const asked = { network: { enabled: true }, fileSystem: { read: ['/a'], write: ['/b'] } }
const questions = [
  {
    id: 'color',
    header: 'C',
    question: 'Which?',
    options: [{ label: 'Red', description: '' }],
    isOther: true,
  },
]
const toolMeta = {
  codex_approval_kind: 'mcp_tool_call',
  persist: ['session', 'always'],
  tool_name: 'write',
  tool_params: { text: 'x' },
}
const emptyForm = {
  mode: 'form',
  message: 'Allow it?',
  requestedSchema: { type: 'object', properties: {} },
}

/** Asks through a client whose hook gives one answer; resolves with what the hook saw and what was replied. */
async function askOnce(method: string, params: object, answer: unknown) {
  let seen: ApprovalRequest | undefined
  const onApproval = ((request) => {
    seen = request
    return answer
  }) as ApprovalHook
  const connected = await connect({ onApproval })
  const { server, turn } = connected
  server.send({ id: 0, method, params: { ...base, ...params } })
  const { result, error } = await server.answer(0)
  const interrupts = server.calls('turn/interrupt').length
  server.complete('turn-1', interrupts > 0 ? 'interrupted' : 'completed')
  const events = (await readAll(turn)).filter((event) => event.type.startsWith('approval.'))
  return { ...connected, seen, result, error, events, interrupts }
}

describe('permissions', () => {
  it('are granted as far as they were asked for', async () => {
    const grant = { network: { enabled: true }, fileSystem: { read: ['/a', '/etc'], write: ['/'] } }
    const { result, seen } = await askOnce(PERMISSIONS, { permissions: asked }, { grant, scope: 'session' })
    expect(seen).toMatchObject({ kind: 'permissions', permissions: asked })
    expect(result).toEqual({
      permissions: { network: { enabled: true }, fileSystem: { read: ['/a'], write: [] } },
      scope: 'session',
    })
  })

  it('are not granted by nonsense, which is reported', async () => {
    const { result, problems, events } = await askOnce(
      PERMISSIONS,
      { permissions: asked },
      { decision: 'accept' },
    )
    expect(result).toEqual({ permissions: {}, scope: 'turn' })
    expect(problems).toMatchObject([{ code: 'INVALID_DECISION' }])
    expect(events).toMatchObject([
      { type: 'approval.requested', request: { kind: 'permissions' } },
      { type: 'approval.resolved', outcome: { decidedBy: 'invalid-decision' } },
    ])
  })

  it.each([{}, { permissions: null }, { permissions: { fileSystem: { read: [1] } } }])(
    'that cannot be read are refused: %j',
    async (params) => {
      const { result, seen } = await askOnce(PERMISSIONS, params, 'accept')
      expect(result).toEqual({ permissions: {}, scope: 'turn' })
      expect(seen).toBeUndefined()
    },
  )
})

describe('questions', () => {
  it('are answered by their ids', async () => {
    const { result, seen } = await askOnce(QUESTIONS, { questions }, { answers: { color: 'Blue' } })
    expect(seen).toMatchObject({ kind: 'user-input', questions })
    expect(result).toEqual({ answers: { color: { answers: ['Blue'] } } })
  })

  it('are not answered by a word that accepts', async () => {
    const { result, problems } = await askOnce(QUESTIONS, { questions }, 'accept')
    expect(result).toEqual({ answers: {} })
    expect(problems).toHaveLength(1)
  })

  it('stop the turn when they are cancelled', async () => {
    const { result, interrupts } = await askOnce(QUESTIONS, { questions }, 'cancel')
    expect(result).toEqual({ answers: {} })
    expect(interrupts).toBe(1)
  })
})

describe('the call of an MCP tool', () => {
  it('that comes as an empty form is an approval, not a form', async () => {
    const params = { serverName: 'notes', ...emptyForm, _meta: toolMeta }
    const { result, seen } = await askOnce(ELICITATION, params, 'accept')
    expect(seen).toMatchObject({
      kind: 'mcp-tool',
      server: 'notes',
      tool: 'write',
      arguments: { text: 'x' },
      availableDecisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    })
    expect(result).toEqual({ action: 'accept', content: {}, _meta: null })
  })

  it('is not accepted by the content of a form', async () => {
    const params = { serverName: 'notes', ...emptyForm, _meta: toolMeta }
    const { result } = await askOnce(ELICITATION, params, { action: 'accept', content: {} })
    expect(result).toEqual({ action: 'decline', content: null, _meta: null })
  })

  it('is allowed for the session only when Codex offers that', async () => {
    const once = { serverName: 'notes', ...emptyForm, _meta: { ...toolMeta, persist: null } }
    expect((await askOnce(ELICITATION, once, 'acceptForSession')).result).toMatchObject({ action: 'decline' })
    await codex?.close()
    const longer = { ...once, _meta: { ...toolMeta, persist: 'session' } }
    expect((await askOnce(ELICITATION, longer, 'acceptForSession')).result).toMatchObject({
      _meta: { persist: 'session' },
    })
  })

  it('that comes as a question is an approval too', async () => {
    const options = ['Allow', 'Allow for this session', 'Cancel'].map((label) => ({ label, description: '' }))
    const question = { id: 'mcp_tool_call_approval_call-1', question: 'Allow?', options, isOther: false }
    const { server } = await connect({
      approvals: approvalPolicy({ rules: [allowMcpTools([{ server: 'n' }])] }),
    })
    const item = { type: 'mcpToolCall', id: 'call-1', server: 'n', tool: 't', arguments: {} }
    server.tell('item/started', 'turn-1', { item })
    server.send({ id: 1, method: QUESTIONS, params: { ...base, questions: [question] } })
    expect((await server.answer(1)).result).toEqual({ answers: { [question.id]: { answers: ['Allow'] } } })
    server.send({ id: 2, method: QUESTIONS, params: { ...base, questions: [question, ...questions] } })
    expect((await server.answer(2)).result).toEqual({ answers: {} })
    server.tell('item/completed', 'turn-1', { item })
    server.send({ id: 3, method: QUESTIONS, params: { ...base, questions: [question] } })
    expect((await server.answer(3)).result).toEqual({ answers: {} })
  })

  it('is named by its item when the request does not name it, unless several could be meant', async () => {
    const seen: ApprovalRequest[] = []
    const { server } = await connect({
      onApproval: (request) => {
        seen.push(request)
        return 'decline'
      },
    })
    const begin = (id: string, tool: string, name = 'n') =>
      server.tell('item/started', 'turn-1', { item: { type: 'mcpToolCall', id, server: name, tool } })
    const ask = (id: number) => {
      const _meta = { codex_approval_kind: 'mcp_tool_call' }
      server.send({ id, method: ELICITATION, params: { ...base, serverName: 'n', ...emptyForm, _meta } })
      return server.answer(id)
    }
    begin('a', 'one')
    begin('b', 'two', 'other')
    await ask(1)
    begin('c', 'three')
    await ask(2)
    expect(seen).toMatchObject([
      { tool: 'one', itemId: 'a' },
      { tool: undefined, itemId: undefined },
    ])
  })

  it('stops the turn when it is cancelled, which Codex itself does not do', async () => {
    const params = { serverName: 'notes', ...emptyForm, _meta: toolMeta }
    const { result, interrupts } = await askOnce(ELICITATION, params, 'cancel')
    expect(result).toMatchObject({ action: 'cancel' })
    expect(interrupts).toBe(1)
  })
})

describe('an elicitation', () => {
  const form = {
    serverName: 'notes',
    mode: 'form',
    message: 'Name?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    _meta: null,
  }

  it('is answered with content that matches its form', async () => {
    const answer = { action: 'accept', content: { name: 'x' } }
    const { result, seen, events } = await askOnce(ELICITATION, form, answer)
    expect(seen).toMatchObject({ kind: 'elicitation', server: 'notes', mode: 'form', message: 'Name?' })
    expect(result).toEqual({ ...answer, _meta: null })
    expect(events).toHaveLength(2)
  })

  it.each(['accept', { action: 'accept' }, { action: 'accept', content: {} }])(
    'is never accepted empty: %j',
    async (answer) => {
      const { result } = await askOnce(ELICITATION, form, answer)
      expect(result).toEqual({ action: 'decline', content: null, _meta: null })
    },
  )

  it('without a turn is told to the reader of the turn that runs', async () => {
    const answer = { action: 'accept' }
    const url = { ...form, mode: 'url', url: 'https://example.com', turnId: null }
    const { result, events } = await askOnce(ELICITATION, url, answer)
    expect(result).toMatchObject({ action: 'accept', content: null })
    expect(events).toMatchObject([{ turnId: 'turn-1', request: { turnId: undefined } }, {}])
  })

  it('of an approval kind that is not known is refused, not taken for a form', async () => {
    const params = { serverName: 'n', ...emptyForm, _meta: { codex_approval_kind: 'launch' } }
    const { result, seen, problems } = await askOnce(ELICITATION, params, { action: 'accept', content: {} })
    expect(result).toMatchObject({ action: 'decline' })
    expect(seen).toBeUndefined()
    expect(problems).toMatchObject([{ code: 'PROTOCOL_VIOLATION' }])
  })
})

describe('a cancelled request', () => {
  it('of a sub-agent interrupts the turn of the sub-agent', async () => {
    const { server } = await connect({ onApproval: () => 'cancel' })
    ask(server, { threadId: 'sub', turnId: 'sub-turn' })
    await server.answer(0)
    expect(server.calls('turn/interrupt')).toMatchObject([
      { params: { threadId: 'sub', turnId: 'sub-turn' } },
    ])
  })

  it('that is a command is left to Codex', async () => {
    const { server } = await connect({ onApproval: () => 'cancel' })
    ask(server, { command: 'ls' }, 'item/commandExecution/requestApproval')
    expect((await server.answer(0)).result).toEqual({ decision: 'cancel' })
    expect(server.calls('turn/interrupt')).toEqual([])
  })

  function ask(server: AppServerDouble, params: object, method = QUESTIONS): void {
    server.send({ id: 0, method, params: { ...base, questions, ...params } })
  }
})

describe('a policy', () => {
  it('decides in place of a hook, and the outcome says so', async () => {
    const { server, turn } = await connect({ approvals: approvalPolicy({ otherwise: 'decline' }) })
    server.send({ id: 0, method: QUESTIONS, params: { ...base, questions } })
    await server.answer(0)
    server.complete('turn-1')
    expect(await readAll(turn)).toContainEqual(
      expect.objectContaining({
        type: 'approval.resolved',
        outcome: { decision: 'decline', decidedBy: 'policy' },
      }),
    )
  })

  it('reports what its audit throws as a diagnostic', async () => {
    const audit = () => Promise.reject(new Error('disk full'))
    const { server, problems } = await connect({ approvals: approvalPolicy({ audit }) })
    server.send({ id: 0, method: QUESTIONS, params: { ...base, questions } })
    await server.answer(0)
    await settle()
    expect(problems).toEqual([new Error('disk full')])
  })

  it('cannot be given beside a hook, nor be something else', async () => {
    const approvals = approvalPolicy()
    await expect(connectDouble({ approvals, onApproval: () => 'accept' })).rejects.toMatchObject({
      option: 'approvals',
    })
    await expect(connectDouble({ approvals: {} as never })).rejects.toMatchObject({ option: 'approvals' })
  })
})

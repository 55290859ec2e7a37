import { afterEach, describe, expect, it, vi } from 'vitest'
import { REFUSALS } from '../../src/approvals/index.js'
import type { Codex, CodexOptions, ServerRequestContext } from '../../src/client/index.js'
import type { ServerRequestMethod } from '../../src/protocol/index.js'
import { connectDouble, settle, THREAD } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

async function connect(options: CodexOptions) {
  const connected = await connectDouble(options)
  codex = connected.codex
  const problems: Error[] = []
  codex.on('diagnostic', (error) => problems.push(error))
  return { ...connected, problems }
}

const base = { threadId: THREAD, turnId: 'turn-1', itemId: 'call-1' }

/** Params and a valid result of each method. */
const CASES: { readonly [M in ServerRequestMethod]: readonly [params: object, result: object] } = {
  'item/commandExecution/requestApproval': [{ ...base, command: 'ls' }, { decision: 'accept' }],
  'item/fileChange/requestApproval': [base, { decision: 'acceptForSession' }],
  'item/permissions/requestApproval': [
    { ...base, permissions: { network: { enabled: true } } },
    { permissions: { network: { enabled: true } }, scope: 'turn' },
  ],
  'item/tool/requestUserInput': [base, { answers: { a: { answers: ['b'] } } }],
  'mcpServer/elicitation/request': [
    base,
    { action: 'accept', content: { a: 1 }, _meta: { persist: 'always' } },
  ],
  'item/tool/call': [base, { success: true, contentItems: [{ type: 'inputText', text: 'x' }] }],
  'currentTime/read': [{ threadId: THREAD }, { currentTimeAt: 7 }],
  'account/chatgptAuthTokens/refresh': [
    { reason: 'unauthorized' },
    { accessToken: 'token', chatgptAccountId: 'id', chatgptPlanType: null },
  ],
  'attestation/generate': [{}, { token: 'token' }],
  execCommandApproval: [{ conversationId: THREAD, command: ['ls'] }, { decision: 'approved' }],
  applyPatchApproval: [{ conversationId: THREAD }, { decision: { denied: { rejection: 'no' } } }],
}
const METHODS = Object.keys(CASES) as ServerRequestMethod[]

/** What each method is refused with; an error where no result refuses. */
function refusalOf(method: ServerRequestMethod): object {
  try {
    return { result: method === 'currentTime/read' ? expect.anything() : REFUSALS[method]() }
  } catch {
    return { error: expect.objectContaining({ code: -32603 }) }
  }
}

describe('a handler', () => {
  it('can be set for each of the requests', () => {
    expect(METHODS.sort()).toEqual(Object.keys(REFUSALS).sort())
  })

  it.each(METHODS)('answers %s with its result', async (method) => {
    const [params, result] = CASES[method]
    const handler = vi.fn((_params: unknown, _context: ServerRequestContext) => result)
    const onApproval = vi.fn(() => 'decline' as const)
    const { server, problems } = await connect({ handlers: { [method]: handler }, onApproval })
    server.send({ id: 0, method, params })
    expect((await server.answer(0)).result).toEqual(result)
    expect(handler.mock.calls[0]?.[0]).toEqual(params)
    expect(handler.mock.calls[0]?.[1]).toMatchObject({ id: 0 })
    expect(onApproval).not.toHaveBeenCalled()
    expect(problems).toEqual([])
  })

  it.each(METHODS)('of %s is replaced by the refusal when its result is wrong', async (method) => {
    const [params, result] = CASES[method]
    for (const wrong of [undefined, null, {}, { ...result, extra: 1 }, { decision: 'yes' }]) {
      const { server, problems, codex } = await connect({ handlers: { [method]: () => wrong } })
      server.send({ id: 1, method, params })
      expect(await server.answer(1)).toMatchObject(refusalOf(method))
      expect(problems).toMatchObject([{ code: 'HANDLER_FAILED', method }])
      await codex.close()
    }
  })

  it.each(METHODS)('of %s is replaced by the refusal when it throws', async (method) => {
    const cause = new Error('broke')
    const { server, problems } = await connect({ handlers: { [method]: () => Promise.reject(cause) } })
    server.send({ id: 1, method, params: CASES[method][0] })
    expect(await server.answer(1)).toMatchObject(refusalOf(method))
    expect(problems).toMatchObject([{ code: 'HANDLER_FAILED', method, cause }])
  })

  it('may not decide what is not offered, nor grant what was not asked for', async () => {
    const { server, problems } = await connect({
      handlers: {
        'item/commandExecution/requestApproval': () => ({
          decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['ls'] } },
        }),
        'item/permissions/requestApproval': () => ({
          permissions: { network: { enabled: true }, fileSystem: { write: ['/'] } },
          scope: 'session',
        }),
      },
    })
    const params = { ...base, command: 'ls x', availableDecisions: ['accept', 'cancel'] }
    server.send({ id: 1, method: 'item/commandExecution/requestApproval', params })
    expect((await server.answer(1)).result).toEqual({ decision: 'decline' })
    expect(problems).toHaveLength(1)
    const permissions = { fileSystem: { read: ['/a'] } }
    server.send({ id: 2, method: 'item/permissions/requestApproval', params: { ...base, permissions } })
    expect((await server.answer(2)).result).toEqual({ permissions: {}, scope: 'session' })
  })

  it.each<[ServerRequestMethod, number]>([
    ['attestation/generate', 100],
    ['account/chatgptAuthTokens/refresh', 10_000],
    ['currentTime/read', 10_000],
  ])('of %s is given up before Codex gives up, after %d ms', async (method, patience) => {
    vi.useFakeTimers()
    let context: ServerRequestContext | undefined
    const handler = (_params: unknown, given: ServerRequestContext) => {
      context = given
      return new Promise(() => {})
    }
    const { server, problems } = await connect({ handlers: { [method]: handler } as never })
    server.send({ id: 0, method, params: CASES[method][0] })
    await vi.advanceTimersByTimeAsync(patience - 1)
    expect(await server.answer(0)).toMatchObject(refusalOf(method))
    expect(context?.signal.aborted).toBe(true)
    expect(problems).toMatchObject([{ code: 'HANDLER_FAILED' }])
  })

  it('has the time of an approval for what waits for a person', async () => {
    const { server } = await connect({
      handlers: { 'item/tool/requestUserInput': () => new Promise(() => {}) },
      approvalTimeoutMs: 10,
    })
    server.send({ id: 0, method: 'item/tool/requestUserInput', params: base })
    expect((await server.answer(0)).result).toEqual({ answers: {} })
  })

  it('is told when the request was resolved elsewhere, its turn ended, or the connection closed', async () => {
    const signals: AbortSignal[] = []
    const handler = (_params: unknown, { signal }: ServerRequestContext) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    }
    const { server, codex, problems } = await connect({ handlers: { 'item/tool/call': handler } })
    for (const [id, turnId] of ['a', 'b', 'c'].entries()) {
      server.send({ id, method: 'item/tool/call', params: { ...base, turnId } })
    }
    await vi.waitUntil(() => signals.length === 3, { interval: 1 })
    const aborted = () => signals.map((signal) => signal.aborted)
    server.notify('serverRequest/resolved', { threadId: THREAD, requestId: 0 })
    await settle()
    expect(aborted()).toEqual([true, false, false])
    server.notify('turn/completed', { threadId: THREAD, turn: { id: 'b', status: 'interrupted' } })
    await settle()
    expect(aborted()).toEqual([true, true, false])
    await codex.close()
    expect(aborted()).toEqual([true, true, true])
    expect(server.received.filter((message) => message.method === undefined)).toEqual([])
    expect(problems).toEqual([])
  })

  it('answers the time by default', async () => {
    const { server } = await connect({})
    server.send({ id: 0, method: 'currentTime/read', params: { threadId: THREAD } })
    const { currentTimeAt } = (await server.answer(0)).result as { currentTimeAt: number }
    expect(Number.isInteger(currentTimeAt)).toBe(true)
  })

  it('must be a function of a method that there is', async () => {
    await expect(connectDouble({ handlers: { 'no/such': () => ({}) } as never })).rejects.toMatchObject({
      option: "handlers['no/such']",
    })
    await expect(connectDouble({ handlers: { 'attestation/generate': 'x' } as never })).rejects.toMatchObject(
      {
        option: "handlers['attestation/generate']",
      },
    )
    await expect(connectDouble({ handlers: [] as never })).rejects.toMatchObject({ option: 'handlers' })
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApprovalContext, ApprovalHook, ApprovalRequest } from '../../src/approvals/index.js'
import type { Codex, CodexOptions, TurnEvent } from '../../src/client/index.js'
import { type AppServerDouble, connectDouble, readAll, SILENCE, settle, THREAD, typesOf } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

async function connect(options?: CodexOptions, prepare?: (server: AppServerDouble) => void) {
  const connected = await connectDouble(options, prepare)
  codex = connected.codex
  const { server, thread } = connected
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  await settle()
  return { ...connected, turn }
}

const COMMAND = 'item/commandExecution/requestApproval'
const FILES = 'item/fileChange/requestApproval'

function ask(server: AppServerDouble, id: string | number, params: object = {}, method = COMMAND): void {
  const base = { threadId: THREAD, turnId: 'turn-1', itemId: 'call-1', command: 'ls', cwd: '/' }
  server.send({ id, method, params: { ...base, ...params } })
}

/** A hook that waits until a test answers it. */
function waitingHook() {
  const asked: {
    request: ApprovalRequest
    context: ApprovalContext
    answer: (decision: 'accept') => void
  }[] = []
  const hook: ApprovalHook = (request, context) =>
    new Promise((resolve) => asked.push({ request, context, answer: resolve }))
  const first = () => vi.waitUntil(() => asked[0], { interval: 1 })
  return { hook, asked, first }
}

const ofApprovals = (events: readonly TurnEvent[]) =>
  events.filter((event) => event.type.startsWith('approval.'))

describe('an approval', () => {
  it('with id 0 is answered, and told to the reader', async () => {
    const { server, turn } = await connect({ onApproval: () => 'accept' })
    ask(server, 0)
    expect(await server.answer(0)).toEqual({ id: 0, result: { decision: 'accept' } })
    server.complete('turn-1')
    expect(ofApprovals(await readAll(turn))).toMatchObject([
      { type: 'approval.requested', turnId: 'turn-1', request: { kind: 'command', command: 'ls' } },
      { type: 'approval.resolved', outcome: { decision: 'accept', decidedBy: 'hook' } },
    ])
  })

  it('is declined when nobody decides', async () => {
    const { server, turn } = await connect()
    ask(server, 1)
    expect((await server.answer(1)).result).toEqual({ decision: 'decline' })
    server.complete('turn-1')
    expect(ofApprovals(await readAll(turn))[1]).toMatchObject({ outcome: { decidedBy: 'no-hook' } })
  })

  it('that comes twice is decided and answered once', async () => {
    const { hook, asked, first } = waitingHook()
    const { server } = await connect({ onApproval: hook })
    ask(server, 5)
    ask(server, 5)
    ;(await first()).answer('accept')
    await server.answer(5)
    await settle()
    expect(asked).toHaveLength(1)
    expect(server.received.filter((message) => message.id === 5 && !message.method)).toHaveLength(1)
  })

  it('that was answered elsewhere aborts the hook and is not answered', async () => {
    const { hook, first } = waitingHook()
    const { server, turn } = await connect({ onApproval: hook })
    ask(server, 0)
    const { context, answer } = await first()
    server.notify('serverRequest/resolved', { threadId: THREAD, requestId: 99 })
    await settle()
    expect(context.signal.aborted).toBe(false)
    server.notify('serverRequest/resolved', { threadId: THREAD, requestId: 0 })
    await settle()
    expect(context.signal.aborted).toBe(true)
    answer('accept')
    server.complete('turn-1')
    expect(ofApprovals(await readAll(turn))[1]).toMatchObject({ outcome: { decidedBy: 'withdrawn' } })
    expect(server.received.filter((message) => message.id === 0 && !message.method)).toHaveLength(0)
  })

  it('that is asked again under the same id after it was resolved is decided anew, and can be resolved', async () => {
    const { hook, asked, first } = waitingHook()
    const { server } = await connect({ onApproval: hook })
    ask(server, 3)
    await first()
    server.notify('serverRequest/resolved', { threadId: THREAD, requestId: 3 })
    ask(server, 3)
    const again = await vi.waitUntil(() => asked[1], { interval: 1 })
    await settle()
    expect(again.context.signal.aborted).toBe(false)
    server.notify('serverRequest/resolved', { threadId: THREAD, requestId: 3 })
    await settle()
    expect(again.context.signal.aborted).toBe(true)
  })

  it('whose turn ends aborts the hook, and is told as withdrawn before the end', async () => {
    const { hook, first } = waitingHook()
    const { server, turn } = await connect({ onApproval: hook })
    ask(server, 1)
    const { context } = await first()
    server.complete('turn-1', 'interrupted')
    await turn.result
    await settle()
    expect(context.signal.aborted).toBe(true)
    const events = await readAll(turn)
    expect(typesOf(events).slice(-2)).toEqual(['approval.resolved', 'turn.completed'])
    expect(events.at(-2)).toMatchObject({ outcome: { decidedBy: 'withdrawn' } })
  })

  it('is told behind the events that were held while the start was unanswered', async () => {
    const { server, thread, turn } = await connect({ onApproval: () => 'accept' })
    server.complete('turn-1')
    await turn.result
    server.handle('turn/start', () => SILENCE)
    const next = thread.stream('again')
    const start = await server.call('turn/start', 2)
    server.tell('turn/started', 'turn-2')
    server.tell('item/started', 'turn-2', { item: { type: 'commandExecution', id: 'call-1' } })
    ask(server, 2, { turnId: 'turn-2' })
    ask(server, 3, { turnId: 'turn-of-another' })
    await server.answer(2)
    await server.answer(3)
    server.send({ id: start.id, result: { turn: { id: 'turn-2' } } })
    server.complete('turn-2')
    const events = await readAll(next)
    expect(typesOf(events)).toEqual([
      'turn.started',
      'item.started',
      'approval.requested',
      'approval.resolved',
      'item.abandoned',
      'turn.completed',
    ])
  })

  it('of a sub-agent is decided, and is no event of the parent', async () => {
    const { server, turn } = await connect({ onApproval: () => 'accept' })
    ask(server, 1, { threadId: 'sub-agent', turnId: 'sub-turn' })
    expect((await server.answer(1)).result).toEqual({ decision: 'accept' })
    server.complete('turn-1')
    expect(ofApprovals(await readAll(turn))).toEqual([])
  })

  it('that does not say what it is about is declined, with a diagnostic', async () => {
    const hook = vi.fn(() => 'accept' as const)
    const { server, codex } = await connect({ onApproval: hook })
    const problems: Error[] = []
    codex.on('diagnostic', (error) => problems.push(error))
    for (const [id, params] of [null, [], 'x', { threadId: 1 }, { threadId: THREAD }].entries()) {
      server.send({ id, method: COMMAND, params })
      expect((await server.answer(id)).result).toEqual({ decision: 'decline' })
    }
    expect(hook).not.toHaveBeenCalled()
    expect(problems.map((error) => error.message)).toEqual(
      Array(5).fill(expect.stringContaining('was declined')),
    )
  })

  it('of a file change holds the latest changes of its item', async () => {
    const { hook, first } = waitingHook()
    const { server } = await connect({ onApproval: hook })
    const change = (diff: string) => ({ path: '/a', kind: { type: 'add' }, diff })
    const item = { type: 'fileChange', id: 'patch', changes: [change('one')] }
    server.tell('item/started', 'turn-1', { item })
    server.tell('item/fileChange/patchUpdated', 'turn-1', { itemId: 'patch', changes: [change('two')] })
    server.tell('item/fileChange/patchUpdated', 'turn-1', { itemId: 'patch', changes: 'nonsense' })
    ask(server, 1, { itemId: 'patch', grantRoot: '/r' }, FILES)
    expect((await first()).request).toMatchObject({
      kind: 'file-change',
      grantRoot: '/r',
      changes: [{ diff: 'two' }],
    })
  })

  it('of a file change that was not announced has no changes', async () => {
    const { hook, first } = waitingHook()
    const { server } = await connect({ onApproval: hook })
    ask(server, 1, { itemId: 'nobody' }, FILES)
    expect((await first()).request).toMatchObject({ kind: 'file-change', changes: [] })
  })

  it('is declined at its deadline, which the hook is told', async () => {
    const { hook, first } = waitingHook()
    const { server, turn } = await connect({ onApproval: hook, approvalTimeoutMs: 10 })
    ask(server, 1)
    const { context } = await first()
    expect((await server.answer(1)).result).toEqual({ decision: 'decline' })
    expect(context.signal.aborted).toBe(true)
    server.complete('turn-1')
    expect(ofApprovals(await readAll(turn))[1]).toMatchObject({ outcome: { decidedBy: 'timeout' } })
  })

  it('is declined when the hook throws, and the error is a diagnostic', async () => {
    const error = new Error('hook broke')
    const { server, codex } = await connect({
      onApproval: () => {
        throw error
      },
    })
    const problems: Error[] = []
    codex.on('diagnostic', (problem) => problems.push(problem))
    ask(server, 1)
    expect((await server.answer(1)).result).toEqual({ decision: 'decline' })
    expect(problems).toEqual([error])
  })

  it('does not survive a hook that closes the client', async () => {
    let closed: Promise<void> | undefined
    const { server, turn } = await connect({
      onApproval: () => {
        closed = codex?.close()
        return 'accept'
      },
    })
    ask(server, 1)
    expect((await turn.result).status).toBe('interrupted')
    await closed
    expect(server.received.filter((message) => message.id === 1 && !message.method)).toHaveLength(0)
  })

  it('does not delay the stream while a hook takes its time', async () => {
    const { hook, first } = waitingHook()
    const { server, turn } = await connect({ onApproval: hook })
    ask(server, 1)
    const { answer } = await first()
    server.say('turn-1', 'meanwhile')
    const iterator = turn[Symbol.asyncIterator]()
    const seen: string[] = []
    while (!seen.includes('message.delta')) seen.push(String((await iterator.next()).value?.type))
    answer('accept')
    expect((await server.answer(1)).result).toEqual({ decision: 'accept' })
  })

  it.each([null, undefined, [], 'resolved', { requestId: null }, { turn: null }])(
    'is not lost to malformed notifications (%j)',
    async (params) => {
      const { hook, first } = waitingHook()
      const { server, codex } = await connect({ onApproval: hook })
      const problems: Error[] = []
      codex.on('diagnostic', (error) => problems.push(error))
      ask(server, 1)
      const { answer } = await first()
      server.notify('serverRequest/resolved', params)
      server.notify('turn/completed', params)
      await settle()
      answer('accept')
      expect((await server.answer(1)).result).toEqual({ decision: 'accept' })
      expect(problems).toEqual([])
    },
  )
})

it('refuses what it does not know with -32601', async () => {
  const { server } = await connect()
  server.send({ id: 'x', method: 'item/teleport/requestApproval', params: {} })
  expect((await server.answer('x')).error?.code).toBe(-32601)
  server.send({ id: 'y', method: 'constructor', params: {} })
  expect((await server.answer('y')).error?.code).toBe(-32601)
})

it('says why it cannot refresh tokens or attest, in errors that hold no secret', async () => {
  const { server } = await connect()
  for (const method of ['account/chatgptAuthTokens/refresh', 'attestation/generate']) {
    server.send({ id: method, method, params: {} })
    expect((await server.answer(method)).error).toMatchObject({ code: -32603 })
  }
})

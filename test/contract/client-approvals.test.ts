import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ApprovalContext, ApprovalHook, ApprovalRequest } from '../../src/approvals/index.js'
import type { ThreadItem, TurnEvent } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { type Bench, readAll, readUntil, startBench, textOf } from './client-support.js'

const HOOK_TIMEOUT_MS = 400

let bench: Bench
let hook: ApprovalHook
beforeAll(async () => {
  bench = await startBench(
    { onApproval: (request, context) => hook(request, context), approvalTimeoutMs: HOOK_TIMEOUT_MS },
    { features: { default_mode_request_user_input: true, request_permissions_tool: true } },
  )
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => {
  bench.stub.reset()
  hook = () => 'decline'
})

const cautious = { approvalPolicy: 'on-request', sandbox: 'read-only' } as const
const escalated = (command: string, callId?: string) =>
  reply.execCommand(command, { escalate: 'must leave the sandbox', ...(callId ? { callId } : {}) })

function outcomesOf(events: readonly TurnEvent[]) {
  return events.flatMap((event) => (event.type === 'approval.resolved' ? [event.outcome] : []))
}

const commandsOf = (items: readonly ThreadItem[]) => items.filter((item) => item.type === 'commandExecution')

/** Runs a turn in which the model wants to leave the sandbox once. */
async function askOnce(decide: ApprovalHook, command = 'echo out-$((40+2))') {
  hook = decide
  const thread = await bench.codex.startThread(cautious)
  bench.stub.enqueue(escalated(command, 'call'), reply.text('after'))
  const turn = thread.stream('do it')
  const events = await readAll(turn)
  const [outcome] = outcomesOf(events)
  return { thread, events, outcome, result: await turn.result }
}

describe('a command that wants to leave the sandbox', () => {
  it('runs when the hook accepts it, and the hook knows what it is about', async () => {
    let seen: ApprovalRequest | undefined
    const { events, outcome, result } = await askOnce((request) => {
      seen = request
      return 'accept'
    })
    expect(seen).toMatchObject({
      kind: 'command',
      itemId: 'call',
      reason: 'must leave the sandbox',
      command: expect.stringContaining('echo'),
      cwd: bench.workspace,
      startedAtMs: expect.any(Number),
      availableDecisions: expect.arrayContaining(['accept', 'cancel']),
    })
    expect(outcome).toEqual({ decision: 'accept', decidedBy: 'hook' })
    expect(commandsOf(result.items)).toMatchObject([{ status: 'completed', exitCode: 0 }])
    expect(bench.stub.requests[1]?.toolOutput('call')?.text).toContain('out-42')
    const types = events.map((event) => event.type)
    expect(types.indexOf('approval.requested')).toBeLessThan(types.indexOf('approval.resolved'))
  })

  it('does not run when the hook declines it, and the turn goes on', async () => {
    const { outcome, result } = await askOnce(() => 'decline')
    expect(outcome).toEqual({ decision: 'decline', decidedBy: 'hook' })
    expect(commandsOf(result.items)).toMatchObject([{ status: 'declined' }])
    expect(result).toMatchObject({ status: 'completed', text: 'after' })
    expect(bench.stub.requests[1]?.toolOutput('call')?.text).toContain('rejected')
  })

  it('ends the turn when the hook cancels', async () => {
    const { result } = await askOnce(() => 'cancel')
    expect(result).toMatchObject({
      status: 'interrupted',
      failure: { kind: 'turn-interrupted', details: { interruptedBy: 'server' } },
    })
    expect(commandsOf(result.items)).toMatchObject([{ status: 'declined' }])
    expect(bench.stub.requests).toHaveLength(1)
  })

  it('is declined when the hook accepts it for the session, which Codex does not offer', async () => {
    const asked: ApprovalRequest[] = []
    hook = (request) => {
      asked.push(request)
      return 'acceptForSession'
    }
    const thread = await bench.codex.startThread(cautious)
    bench.stub.enqueue(escalated('echo same'), reply.text('1'))
    const { items } = await thread.run('one')
    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['echo', 'same'] } }
    expect(asked).toMatchObject([{ availableDecisions: ['accept', amendment, 'cancel'] }])
    expect(commandsOf(items)).toMatchObject([{ status: 'declined' }])
  })

  it.each<[string, ApprovalHook, string]>([
    [
      'throws',
      () => {
        throw new Error('broken hook')
      },
      'hook-failed',
    ],
    ['rejects', () => Promise.reject(new Error('broken hook')), 'hook-failed'],
    ['answers nonsense', () => 'yes' as never, 'invalid-decision'],
    ['answers in the words of the older protocol', () => 'approved' as never, 'invalid-decision'],
    ['answers nothing', () => undefined as never, 'invalid-decision'],
    [
      'decides what was not offered',
      () => ({
        applyNetworkPolicyAmendment: { network_policy_amendment: { action: 'allow', host: 'a.example' } },
      }),
      'not-offered',
    ],
    ['never answers', () => new Promise<never>(() => {}), 'timeout'],
  ])('does not run when the hook %s', async (_what, broken, decidedBy) => {
    const { outcome, result } = await askOnce(broken)
    expect(outcome).toMatchObject({ decision: 'decline', decidedBy })
    expect(commandsOf(result.items)).toMatchObject([{ status: 'declined' }])
    expect(result.status).toBe('completed')
  })

  it('does not run when there is no hook', async () => {
    const { codex } = await bench.restart()
    try {
      const thread = await codex.startThread(cautious)
      bench.stub.enqueue(escalated('echo never'), reply.text('after'))
      const turn = thread.stream('do it')
      expect(outcomesOf(await readAll(turn))).toEqual([{ decision: 'decline', decidedBy: 'no-hook' }])
      expect(commandsOf((await turn.result).items)).toMatchObject([{ status: 'declined' }])
    } finally {
      await codex.close()
    }
  })

  it('frees its hook when the turn is interrupted', async () => {
    let context: ApprovalContext | undefined
    const asked = new Promise<void>((resolve) => {
      hook = (_request, given) => {
        context = given
        resolve()
        return new Promise(() => {})
      }
    })
    const thread = await bench.codex.startThread(cautious)
    bench.stub.enqueue(escalated('echo never'))
    const turn = thread.stream('do it')
    await asked
    const aborted = new Promise((resolve) => context?.signal.addEventListener('abort', resolve))
    expect(context?.signal.aborted).toBe(false)
    await turn.interrupt()
    await aborted
    expect((await turn.result).status).toBe('interrupted')
    expect(outcomesOf(await readAll(turn))).toMatchObject([{ decidedBy: 'withdrawn' }])
  })

  it('does not delay another thread while its hook takes its time', async () => {
    let accept = (_decision: 'accept') => {}
    const asked = new Promise<void>((resolve) => {
      hook = () =>
        new Promise((answer) => {
          accept = answer
          resolve()
        })
    })
    const slow = await bench.codex.startThread(cautious)
    const quick = await bench.codex.startThread()
    bench.stub.when((request) => request.threadId === slow.id).reply(escalated('echo slow'))
    const turn = slow.stream('slow')
    await readUntil(turn[Symbol.asyncIterator](), 'approval.requested')
    await asked
    expect(textOf(await readAll(quick.stream('quick')))).toBe('ok')
    expect(turn.isSettled).toBe(false)
    accept('accept')
    expect((await turn.result).status).toBe('completed')
  })
})

describe('a patch', () => {
  const patchOf = (name: string) => `*** Begin Patch\n*** Add File: ${name}\n+content\n*** End Patch\n`

  it.each(['accept', 'decline'] as const)('that the hook answers with %s', async (decision) => {
    const name = `made-${decision}.txt`
    let seen: ApprovalRequest | undefined
    hook = (request) => {
      seen = request
      return decision
    }
    const thread = await bench.codex.startThread(cautious)
    bench.stub.enqueue(reply.applyPatch(patchOf(name)), reply.text('after'))
    const { items, text } = await thread.run('make a file')
    expect(seen).toMatchObject({
      kind: 'file-change',
      changes: [{ path: join(bench.workspace, name), kind: { type: 'add' }, diff: 'content\n' }],
    })
    const change = items.find((item) => item.type === 'fileChange')
    expect(change).toMatchObject({ status: decision === 'accept' ? 'completed' : 'declined' })
    expect(text).toBe('after')
    const file = join(bench.workspace, name)
    if (decision === 'accept') expect(await readFile(file, 'utf8')).toBe('content\n')
    else await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('whatever else Codex asks', () => {
  const options = [
    { label: 'Blue', description: 'b' },
    { label: 'Red', description: 'r' },
  ]
  const questions = [{ id: 'colour', header: 'Colour', question: 'Which?', options }]
  const question = () => reply.functionCall('request_user_input', { questions }, { callId: 'call' })
  const permissions = { network: { enabled: true } }
  const wish = () =>
    reply.functionCall('request_permissions', { reason: 'x', permissions }, { callId: 'call' })

  async function outputOf(scripted: ReturnType<typeof reply.text>, decide: ApprovalHook, more: object = {}) {
    hook = decide
    const thread = await bench.codex.startThread({ ...cautious, ...more })
    bench.stub.enqueue(scripted, reply.text('after'))
    const result = await thread.stream('ask me').result
    return { result, output: bench.stub.requests[1]?.toolOutput('call')?.text ?? '' }
  }

  it('a question to the user gets the answers of the hook, or none', async () => {
    const none = await outputOf(question(), () => 'decline')
    expect(none).toMatchObject({ output: '{"answers":{}}', result: { text: 'after' } })
    bench.stub.reset()
    const some = await outputOf(question(), () => ({ answers: { colour: 'Red' } }))
    expect(JSON.parse(some.output)).toEqual({ answers: { colour: { answers: ['Red'] } } })
  })

  it('a request for permissions gets what the hook grants, or none', async () => {
    const none = await outputOf(wish(), () => 'decline')
    expect(JSON.parse(none.output)).toMatchObject({ permissions: {}, scope: 'turn' })
    bench.stub.reset()
    const granted = await outputOf(wish(), () => 'accept')
    expect(JSON.parse(granted.output)).toMatchObject({ permissions, scope: 'turn' })
  })

  it('is refused when the hook answers nonsense', async () => {
    const broken: ApprovalHook = () => 'whatever' as never
    expect((await outputOf(question(), broken)).output).toBe('{"answers":{}}')
    bench.stub.reset()
    expect(JSON.parse((await outputOf(wish(), broken)).output)).toMatchObject({ permissions: {} })
  })

  it('ends the turn when the hook cancels, which Codex does not do by itself', async () => {
    const { result } = await outputOf(question(), () => 'cancel')
    expect(result).toMatchObject({ status: 'interrupted', failure: { kind: 'turn-interrupted' } })
  })

  it('of a tool of the client that nobody provides fails, and nobody is asked', async () => {
    const tool = { type: 'function', name: 'lookup', description: 'd', inputSchema: { type: 'object' } }
    const asked = vi.fn<ApprovalHook>(() => 'accept')
    const call = reply.functionCall('lookup', {}, { callId: 'call' })
    const { output } = await outputOf(call, asked, { dynamicTools: [tool] })
    expect(output).toContain('does not provide the tool')
    expect(asked).not.toHaveBeenCalled()
  })
})

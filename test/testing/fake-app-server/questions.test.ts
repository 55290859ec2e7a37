import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApprovalRequest } from '../../../src/approvals/index.js'
import { defineTool } from '../../../src/client/index.js'
import { type ApprovalAsked, type ApprovalDecision, createFakeAppServer } from '../../../src/testing/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { RawClient } from '../../contract/fake-app-server/raw-client.js'
import { readUntil, startBench } from './support.js'

/** What a script is told when it asks, one turn after the other. */
async function decisions(
  asked: readonly ApprovalAsked[],
  onApproval: (request: ApprovalRequest) => unknown,
  settings: {
    sandbox?: 'read-only' | 'workspace-write' | 'danger-full-access'
    approvalPolicy?: 'never' | 'on-request'
  } = {},
) {
  const told: ApprovalDecision[] = []
  const kinds: string[] = []
  await using bench = await startBench(
    (fake) =>
      fake.onTurn(async (turn) => {
        const next = asked[turn.number - 1]
        if (next) told.push(await turn.asksApproval(next))
      }),
    {
      onApproval: (request) => {
        kinds.push(request.kind)
        return onApproval(request) as 'accept'
      },
    },
  )
  const thread = await bench.codex.startThread({ cwd: '/repo', sandbox: 'read-only', ...settings })
  const results = []
  for (const _ of asked) results.push(await thread.stream('go').result)
  expect(bench.fake.errors).toEqual([])
  return { told, kinds, results }
}

const command: ApprovalAsked = { command: 'npm publish', reason: 'why', output: 'published\n' }
const change: ApprovalAsked = { edits: [{ path: 'a.txt', diff: '@@ -1 +1 @@\n-a\n+b\n' }], reason: 'why' }

describe('asksApproval', () => {
  it.each([
    ['accept', 'accept', 'completed', 'completed'],
    ['decline', 'decline', 'declined', 'completed'],
    ['cancel', 'cancel', 'declined', 'interrupted'],
  ] as const)('of a command resolves with %s as Codex acts on it', async (answer, decision, item, turn) => {
    const { told, results } = await decisions([command], () => answer)
    expect(told).toEqual([decision])
    expect(results[0]).toMatchObject({ status: turn })
    expect(results[0]?.items.at(-1)).toMatchObject({ type: 'commandExecution', status: item })
  })

  it.each([
    ['accept', 'completed'],
    ['decline', 'declined'],
  ] as const)('of a change resolves with %s', async (answer, status) => {
    const { told, results } = await decisions([change], () => answer)
    expect(told).toEqual([answer])
    expect(results[0]?.items.at(-1)).toMatchObject({ type: 'fileChange', status })
    expect(results[0]?.diff === undefined).toBe(answer === 'decline')
  })

  it('asks once for what is allowed for the session, and for each path', async () => {
    const other: ApprovalAsked = { edits: [{ path: 'b.txt', diff: 'new\n', kind: 'add' }] }
    const { told, kinds } = await decisions([change, change, other], () => 'acceptForSession')
    expect(told).toEqual(['acceptForSession', 'acceptForSession', 'acceptForSession'])
    expect(kinds).toEqual(['file-change', 'file-change'])
  })

  it('asks no more for commands that begin like one that was allowed for good', async () => {
    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['npm', 'publish'] } }
    const tagged: ApprovalAsked = { command: 'npm publish --tag next' }
    const { told, kinds } = await decisions([command, tagged, { command: 'npm pack' }], (request) =>
      request.kind === 'command' && request.command?.includes('pack') ? 'decline' : amendment,
    )
    expect(told).toEqual([amendment, 'acceptForSession', 'decline'])
    expect(kinds).toEqual(['command', 'command'])
  })

  it('asks nobody where nobody wants to be asked, or nothing has to be asked', async () => {
    const permissions: ApprovalAsked = { permissions: { network: { enabled: true } } }
    const all = [command, change, permissions]
    const never = await decisions(all, () => 'accept', { approvalPolicy: 'never' })
    expect(never).toMatchObject({ told: ['decline', 'decline', 'decline'], kinds: [] })
    const inside = await decisions([change], () => 'decline', {
      approvalPolicy: 'never',
      sandbox: 'workspace-write',
    })
    expect(inside).toMatchObject({ told: ['acceptForSession'], kinds: [] })
    const open = await decisions([command, change], () => 'decline', { sandbox: 'danger-full-access' })
    expect(open).toMatchObject({ told: ['acceptForSession', 'acceptForSession'], kinds: [] })
  })

  it('of permissions resolves with what was granted, and declines a grant of more', async () => {
    const asked: ApprovalAsked = { permissions: { network: { enabled: true } }, reason: 'why' }
    const answers = ['accept', 'acceptForSession', 'decline'] as const
    let turn = 0
    const { told, kinds } = await decisions([asked, asked, asked], () => answers[turn++])
    expect(told).toEqual(answers)
    expect(kinds).toEqual(['permissions', 'permissions', 'permissions'])

    const files = { fileSystem: { read: ['/repo/a'], write: null } }
    const grants = [
      { permissions: files },
      { permissions: { fileSystem: { read: ['/repo/a'] } }, scope: 'session' },
      { permissions: { fileSystem: { read: ['/etc'] } } },
      { permissions: { fileSystem: { read: ['/repo/a'], write: ['/repo/a'] } } },
      { permissions: { ...files, network: { enabled: true } } },
      'junk',
    ]
    const granted: unknown[] = []
    await using fake = createFakeAppServer((one) =>
      one.onTurn(async (asking) => granted.push(await asking.asksApproval({ permissions: files }))),
    )
    const client = new RawClient(fake.connect())
    await client.start()
    await client.initialize()
    client.reply = () => ({ result: grants[granted.length] })
    const threadId = await client.startThread()
    for (const _ of grants) await client.runTurn(threadId, 'ask')
    expect(granted).toEqual(['accept', 'acceptForSession', 'decline', 'decline', 'decline', 'decline'])
  })

  it('offers what it is told to offer', async () => {
    let offered: unknown
    await decisions(
      [{ command: 'x', availableDecisions: ['accept', 'acceptForSession', 'cancel'] }],
      (request) => {
        offered = request.kind === 'command' ? request.params : undefined
        return 'decline'
      },
    )
    expect(offered).toMatchObject({ availableDecisions: ['accept', 'acceptForSession', 'cancel'] })
  })

  it('is withdrawn when the turn is interrupted', async () => {
    const withdrawn = deferred<unknown>()
    await using bench = await startBench((fake) => fake.onTurn((turn) => turn.asksApproval(command)), {
      onApproval: (_request, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            withdrawn.resolve(signal.reason)
            resolve('accept')
          })
        }),
    })
    const turn = bench.thread.stream('go')
    const events = turn[Symbol.asyncIterator]()
    await readUntil(events, 'approval.requested')
    await turn.interrupt()
    expect(await turn.result).toMatchObject({ status: 'interrupted' })
    expect(await withdrawn.promise).toBeInstanceOf(Error)
  })
})

describe('asksUser', () => {
  it('resolves with the answers, and without any when there is none', async () => {
    const told: unknown[] = []
    await using bench = await startBench(
      (fake) =>
        fake.onTurn(async (turn) => {
          told.push(await turn.asksUser([{ id: 'colour', question: 'Which?', options: ['Blue', 'Red'] }]))
        }),
      { onApproval: (request) => (request.threadId === '' ? 'decline' : { answers: { colour: 'Blue' } }) },
    )
    await bench.thread.run('x')
    await using silent = await startBench((fake) =>
      fake.onTurn(async (turn) => {
        told.push(await turn.asksUser([{ id: 'colour', question: 'Which?' }]))
      }),
    )
    await silent.thread.run('x')
    expect(told).toEqual([{ colour: ['Blue'] }, {}])
  })
})

describe('callsTool', () => {
  const lookup = defineTool({
    name: 'lookup',
    description: 'Looks up',
    input: z.object({ id: z.number() }),
    run: ({ id }) => `order ${id}`,
  })

  it('calls a tool of the client, and resolves with what the model is told', async () => {
    const told: unknown[] = []
    await using bench = await startBench((fake) =>
      fake.onTurn(async (turn) => {
        told.push(await turn.callsTool('lookup', { id: 7 }))
        told.push(await turn.callsTool('lookup', { id: 'seven' }))
        told.push(await turn.callsTool('other'))
      }),
    )
    const thread = await bench.codex.startThread({ tools: [lookup] })
    const { items } = await thread.run('x')
    expect(told).toEqual([
      { success: true, contentItems: [{ type: 'inputText', text: 'order 7' }] },
      { success: false, contentItems: [expect.objectContaining({ type: 'inputText' })] },
      { success: false, contentItems: [{ type: 'inputText', text: 'unsupported call: other' }] },
    ])
    expect(items.filter((item) => item.type === 'dynamicToolCall').map((item) => item.status)).toEqual([
      'completed',
      'failed',
    ])
  })
})

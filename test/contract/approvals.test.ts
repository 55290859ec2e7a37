import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  type ApprovalHook,
  type ApprovalRequest,
  type AuditEntry,
  allowCommands,
  allowFileChanges,
  allowMcpTools,
  allowPermissions,
  approvalPolicy,
} from '../../src/approvals/index.js'
import { type Codex, defineTool, type StartOptions, type ToolContext } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { type Bench, readAll, startBench } from './client-support.js'

const server = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url))
const mcpToml = [
  '[mcp_servers.notes]',
  `command = ${JSON.stringify(process.execPath)}`,
  `args = [${JSON.stringify(server)}]`,
].join('\n')
const cautious = { approvalPolicy: 'on-request', sandbox: 'read-only' } as const

let bench: Bench
let hook: ApprovalHook
let asked: ApprovalRequest[]
beforeAll(async () => {
  bench = await startBench(
    {
      onApproval: (request, context) => {
        asked.push(request)
        return hook(request, context)
      },
    },
    {
      features: { default_mode_request_user_input: true, request_permissions_tool: true },
      extraToml: mcpToml,
    },
  )
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => {
  bench.stub.reset()
  asked = []
  hook = () => 'decline'
})

/** Runs a turn in which the model calls a tool once; resolves with what the tool told the model. */
async function callOnce(scripted: ReturnType<typeof reply.text>, codex: Codex = bench.codex) {
  const thread = await codex.startThread({ ...cautious, cwd: bench.workspace })
  bench.stub.enqueue(scripted, reply.text('after'))
  const turn = thread.stream('do it')
  const events = await readAll(turn)
  const output = bench.stub.requests.at(-1)?.toolOutput('call')?.text ?? ''
  return { thread, output, events, result: await turn.result }
}

/** Another Codex on the same home. */
async function withCodex<T>(options: StartOptions, use: (codex: Codex) => Promise<T>): Promise<T> {
  const { codex } = await bench.restart(options)
  try {
    return await use(codex)
  } finally {
    await codex.close()
  }
}

const note = () =>
  reply.functionCall('write_note', { text: 'hi' }, { namespace: 'mcp__notes', callId: 'call' })
const askForm = () => reply.functionCall('ask_form', {}, { namespace: 'mcp__notes', callId: 'call' })
const askUrl = () => reply.functionCall('ask_url', {}, { namespace: 'mcp__notes', callId: 'call' })
const command = (text: string) => reply.execCommand(text, { escalate: 'why not', callId: 'call' })

describe('the call of an MCP tool', () => {
  it('is an approval that names the tool and its arguments, and runs when it is accepted', async () => {
    hook = () => 'accept'
    const { output } = await callOnce(note())
    expect(asked).toMatchObject([
      {
        kind: 'mcp-tool',
        server: 'notes',
        tool: 'write_note',
        itemId: 'call',
        arguments: { text: 'hi' },
        availableDecisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
      },
    ])
    expect(output).toContain('wrote hi')
  })

  it('does not run when it is declined, or answered like a form', async () => {
    expect((await callOnce(note())).output).toContain('rejected')
    hook = () => ({ action: 'accept', content: {} })
    expect((await callOnce(note())).output).toContain('rejected')
  })

  it('is asked about once when it is accepted for the session', async () => {
    hook = () => 'acceptForSession'
    const { thread } = await callOnce(note())
    bench.stub.enqueue(note(), reply.text('again'))
    await thread.run('again')
    expect(asked).toHaveLength(1)
  })

  it('stops the turn when it is cancelled', async () => {
    hook = () => 'cancel'
    const { result } = await callOnce(note())
    expect(result).toMatchObject({ status: 'interrupted' })
    expect(bench.stub.requests).toHaveLength(1)
  })

  it.each([
    ['accept', 'wrote hi'],
    ['acceptForSession', 'wrote hi'],
    ['decline', 'cancelled'],
  ] as const)('that Codex asks about with a question is an approval too: %s', async (decision, said) => {
    hook = () => decision
    const args = ['-c', 'features.tool_call_mcp_elicitation=false']
    const onApproval: ApprovalHook = (request, context) => {
      asked.push(request)
      return hook(request, context)
    }
    const { output } = await withCodex({ args, onApproval }, (codex) => callOnce(note(), codex))
    expect(asked).toMatchObject([{ kind: 'mcp-tool', server: 'notes', tool: 'write_note', itemId: 'call' }])
    expect(output).toContain(said)
  })
})

describe('an MCP server that asks', () => {
  it('gets the content of a form', async () => {
    hook = () => ({ action: 'accept', content: { name: 'Ann' } })
    const { output } = await callOnce(askForm())
    expect(asked).toMatchObject([
      { kind: 'elicitation', mode: 'form', server: 'notes', message: 'Which name?' },
    ])
    expect(output).toContain('answered {"action":"accept","content":{"name":"Ann"}}')
  })

  it.each<[string, unknown]>([
    ['a bare word', 'accept'],
    ['an empty form', { action: 'accept', content: {} }],
    ['a wrong type', { action: 'accept', content: { name: 1 } }],
  ])('gets a decline for %s', async (_what, decision) => {
    hook = () => decision as never
    expect((await callOnce(askForm())).output).toContain('"action":"decline"')
  })

  it('learns that a URL was opened', async () => {
    hook = () => ({ action: 'accept' })
    const { output } = await callOnce(askUrl())
    expect(asked).toMatchObject([{ kind: 'elicitation', mode: 'url', url: 'https://example.com/sign-in' }])
    expect(output).toContain('"action":"accept"')
  })
})

describe('permissions', () => {
  const wish = (permissions: object) =>
    reply.functionCall('request_permissions', { reason: 'because', permissions }, { callId: 'call' })

  it('are granted as far as they were asked for', async () => {
    const write = join(bench.workspace, 'w')
    hook = () => ({
      grant: { network: { enabled: true }, fileSystem: { read: [write, '/root'], write: ['/'] } },
      scope: 'session',
    })
    const { output } = await callOnce(wish({ file_system: { read: ['/etc'], write: [write] } }))
    expect(JSON.parse(output)).toEqual({
      permissions: { network: null, file_system: { read: [write] } },
      scope: 'session',
    })
  })

  it('stop the turn when they are cancelled', async () => {
    hook = () => 'cancel'
    const { result } = await callOnce(wish({ network: { enabled: true } }))
    expect(result.status).toBe('interrupted')
    expect(bench.stub.requests).toHaveLength(1)
  })
})

describe('input for a command that runs', () => {
  it('is not allowed by a rule for commands', async () => {
    const entries: AuditEntry[] = []
    const approvals = approvalPolicy({
      rules: [allowCommands(['cat'], ['write_stdin'])],
      audit: (entry) => entries.push(entry),
    })
    await withCodex({ approvals }, async (codex) => {
      const thread = await codex.startThread({ ...cautious, cwd: bench.workspace })
      const terminal = { escalate: 'x', yieldTimeMs: 250, extra: { tty: true }, callId: 'cat' }
      bench.stub.enqueue(reply.execCommand('cat', terminal), reply.text('runs'))
      await thread.run('start it')
      const output = bench.stub.requests.at(-1)?.toolOutput('cat')?.text ?? ''
      const session = Number(/session ID (\d+)/.exec(output)?.[1])
      const input = { session_id: session, chars: 'secret\n', yield_time_ms: 250 }
      bench.stub.enqueue(reply.functionCall('write_stdin', input, { callId: 'in' }), reply.text('done'))
      await thread.run('type')
    })
    expect(entries).toMatchObject([
      { decision: 'accept', rule: { index: 0 } },
      { decision: 'decline', decidedBy: 'otherwise', summary: expect.stringContaining('writeStdin') },
    ])
  })
})

describe('a policy', () => {
  it('decides about commands, patches, tools and permissions of the real Codex', async () => {
    const entries: AuditEntry[] = []
    const approvals = approvalPolicy({
      rules: [
        allowCommands(['echo', 'hello']),
        allowFileChanges({ within: bench.workspace, extensions: ['.txt'], maxDiffLines: 2 }),
        allowMcpTools([{ server: 'notes', tool: 'write_note' }]),
        allowPermissions({ read: '/etc', partial: true }),
      ],
      audit: (entry) => entries.push(entry),
    })
    const patch = (name: string) =>
      reply.applyPatch(`*** Begin Patch\n*** Add File: ${name}\n+content\n*** End Patch\n`, {
        callId: 'call',
      })
    const wish = { network: { enabled: true }, file_system: { read: ['/etc'] } }
    const script = [
      command('echo hello'),
      command('echo hello > there'),
      patch('good.txt'),
      patch('bad.sh'),
      patch('../out.txt'),
      note(),
      reply.functionCall('request_permissions', { reason: 'x', permissions: wish }, { callId: 'call' }),
    ]
    const outputs = await withCodex({ approvals }, async (codex) => {
      const all: string[] = []
      for (const scripted of script) all.push((await callOnce(scripted, codex)).output)
      return all
    })
    expect(
      entries.map(({ kind, decision }) => [kind, typeof decision === 'string' ? decision : 'grant']),
    ).toEqual([
      ['command', 'accept'],
      ['command', 'decline'],
      ['file-change', 'accept'],
      ['file-change', 'decline'],
      ['file-change', 'decline'],
      ['mcp-tool', 'accept'],
      ['permissions', 'grant'],
    ])
    expect(outputs[0]).toContain('hello')
    expect(outputs[5]).toContain('wrote hi')
    expect(JSON.parse(outputs[6] ?? '')).toMatchObject({
      permissions: { network: null, file_system: { read: ['/etc'] } },
    })
    expect(await readFile(join(bench.workspace, 'good.txt'), 'utf8')).toBe('content\n')
    await expect(access(join(bench.workspace, 'bad.sh'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a tool of this program', () => {
  const add = defineTool({
    name: 'add',
    description: 'Adds two numbers.',
    input: z.object({ a: z.number(), b: z.number() }),
    run: ({ a, b }) => ({ sum: a + b }),
  })
  const callAdd = (args: object) => reply.functionCall('add', args, { callId: 'call' })

  it('is offered to the model and runs in this process, after a resume too', async () => {
    const threadId = await withCodex({}, async (codex) => {
      const thread = await codex.startThread({ tools: [add] })
      bench.stub.enqueue(callAdd({ a: 1, b: 2 }), reply.text('three'))
      await thread.run('add')
      expect(bench.stub.requests[0]?.toolNames).toContain('add')
      expect(bench.stub.requests[1]?.toolOutput('call')?.text).toBe('{"sum":3}')
      return thread.id
    })
    await withCodex({}, async (codex) => {
      const resumed = await codex.resumeThread(threadId, { tools: [add] })
      bench.stub.reset()
      bench.stub.enqueue(reply.functionCall('add', { a: 2, b: 2 }, { callId: 'more' }), reply.text('four'))
      await resumed.run('more')
      expect(bench.stub.requests[0]?.toolNames).toContain('add')
      expect(bench.stub.requests[1]?.toolOutput('more')?.text).toBe('{"sum":4}')
    })
  })

  it('does not run on wrong arguments, and the model learns why', async () => {
    const thread = await bench.codex.startThread({ tools: [add] })
    bench.stub.enqueue(callAdd({ a: 'one' }), reply.text('sorry'))
    const { items } = await thread.run('add')
    expect(items).toContainEqual(expect.objectContaining({ type: 'dynamicToolCall', success: false }))
    expect(bench.stub.requests[1]?.toolOutput('call')?.text).toMatch(/do not match.*a: .*b: /)
  })

  it('is told when the turn is interrupted', async () => {
    let context: ToolContext | undefined
    const slow = defineTool({
      name: 'slow',
      description: 'Never ends.',
      input: z.object({}),
      run: (_input, given) => {
        context = given
        return new Promise(() => {})
      },
    })
    const thread = await bench.codex.startThread({ tools: [slow] })
    bench.stub.enqueue(reply.functionCall('slow', {}, { callId: 'call' }))
    const turn = thread.stream('wait')
    const signal = await vi.waitUntil(() => context?.signal, { interval: 5 })
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    await turn.interrupt()
    await aborted
    expect((await turn.result).status).toBe('interrupted')
  })

  it('must not be called like one of an MCP server, as Codex sees it too', async () => {
    const spec = {
      type: 'function' as const,
      name: 'mcp__x',
      description: 'd',
      inputSchema: { type: 'object' },
    }
    await expect(bench.codex.startThread({ dynamicTools: [spec] })).rejects.toThrow(/reserved/)
  })
})

describe('the time', () => {
  const args = ['enabled=true', 'clock_source="external"', 'reminder_interval_seconds=1'].flatMap(
    (setting) => ['-c', `features.current_time_reminder.${setting}`],
  )

  it('is told by default', async () => {
    const { result } = await withCodex({ args }, (codex) => callOnce(reply.text('hi'), codex))
    expect(result.status).toBe('completed')
  })

  it('can be told by a handler, whose nonsense does not fail the turn', async () => {
    const handler = vi.fn(() => ({ currentTimeAt: 1.5 }))
    const options = { args, handlers: { 'currentTime/read': handler } }
    const { result } = await withCodex(options, (codex) => callOnce(reply.text('hi'), codex))
    expect(handler).toHaveBeenCalled()
    expect(result.status).toBe('completed')
  })
})

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ThreadOptions } from '@openai/codex-sdk'
import { describe, expect, it } from 'vitest'
import { item, reply } from '../../src/testing/index.js'
import { expectSame, readTurn, rejectionOf, runBoth } from './openai-codex-sdk-support.js'

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

const MCP_SERVER = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url))
const MCP_TOML = [
  '[mcp_servers.notes]',
  `command = ${JSON.stringify(process.execPath)}`,
  `args = [${JSON.stringify(MCP_SERVER)}]`,
  '[mcp_servers.notes.tools.write_note]',
  'approval_mode = "approve"',
].join('\n')

const webSearch = {
  added: ({ key }: { key: string }) => ({ type: 'web_search_call', id: `ws_${key}`, status: 'in_progress' }),
  done: ({ key }: { key: string }) => ({
    type: 'web_search_call',
    id: `ws_${key}`,
    status: 'completed',
    action: { type: 'search', query: 'weather' },
  }),
  deltas: () => [],
}

const note = (name: string, args: object) => reply.functionCall(name, args, { namespace: 'mcp__notes' })

describe('the drop-in and the official package', () => {
  it('tell the same of every kind of item, and of the tokens', async () => {
    const { saw } = await expectSame(
      async ({ stub, workspace, open }) => {
        await writeFile(join(workspace, 'old.txt'), 'one\n')
        stub.enqueue(
          reply.items([
            item.reasoning({ summary: ['**Think**', 'twice'], content: ['raw'] }),
            item.message('I look.', { chunks: ['I ', 'look.'], phase: 'commentary' }),
            item.execCommand('echo out'),
          ]),
          reply.items([item.reasoning({}), item.execCommand('exit 3')]),
          reply.applyPatch(
            '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** Update File: old.txt\n@@\n-one\n+two\n*** End Patch\n',
          ),
          note('write_note', { text: 'hi' }),
          note('ask_form', {}),
          reply.items([webSearch, item.message('Done.', { phase: 'final_answer' })], {
            usage: { inputTokens: 300, cachedInputTokens: 200, outputTokens: 30, reasoningTokens: 10 },
          }),
        )
        const thread = open().startThread({
          workingDirectory: workspace,
          sandboxMode: 'danger-full-access',
        })
        const before = thread.id
        const { events } = await readTurn(thread, 'Do everything')
        return { before, events, id: thread.id, text: await readFile(join(workspace, 'old.txt'), 'utf8') }
      },
      { extraToml: MCP_TOML },
    )
    const { before, events } = saw as { before: null; events: { type: string; item?: { type: string } }[] }
    expect(before).toBeNull()
    expect(new Set(events.map((event) => event.item?.type))).toEqual(
      new Set([
        undefined,
        'reasoning',
        'agent_message',
        'command_execution',
        'file_change',
        'mcp_tool_call',
        'web_search',
      ]),
    )
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', usage: { input_tokens: 800 } })
  })

  it('pass every option on to the model, in the first turn and when another process resumes', async () => {
    const { received } = await expectSame(async ({ stub, workspace, home, open }) => {
      await mkdir(join(workspace, 'extra'))
      await writeFile(join(workspace, 'pixel.png'), Buffer.from(PIXEL, 'base64'))
      const config = await readFile(join(home, 'config.toml'), 'utf8')
      const codex = open({
        config: { model_verbosity: 'high', sandbox_workspace_write: { exclude_slash_tmp: true } },
        configOverrides: ['model_reasoning_summary="detailed"'],
      })
      const options = {
        workingDirectory: workspace,
        model: 'gpt-5.5',
        sandboxMode: 'workspace-write',
        modelReasoningEffort: 'high',
        networkAccessEnabled: true,
        webSearchMode: 'live',
        approvalPolicy: 'on-request',
        additionalDirectories: ['extra'],
        threadSource: 'comparison',
      } satisfies ThreadOptions
      const schema = {
        type: 'object',
        properties: { answer: { type: 'string' } },
        // Not what the strict mode wants, and passed on all the same.
        required: [],
      }
      stub.enqueue(reply.text('{"answer":"yes"}'), reply.text('again'), reply.text('other'))
      const thread = codex.startThread(options)
      const first = await thread.run(
        [
          { type: 'text', text: 'What is this?\n' },
          { type: 'local_image', path: join(workspace, 'pixel.png') },
          { type: 'text', text: ' And why?' },
        ],
        { outputSchema: schema },
      )
      const second = await readTurn(thread, 'Go on')
      const resumed = codex.resumeThread(thread.id ?? '', {
        workingDirectory: workspace,
        webSearchEnabled: false,
        modelReasoningEffort: 'low',
      })
      const third = await resumed.run('Differently')
      const configAfter = await readFile(join(home, 'config.toml'), 'utf8')
      return { first, second, third, isSame: resumed.id === thread.id, isUntouched: configAfter === config }
    })
    expect(received).toHaveLength(3)
    const text = JSON.stringify(received[0])
    for (const part of [
      '"effort":"high"',
      'codex_output_schema',
      'Network access is enabled',
      '<workspace>/extra',
    ]) {
      expect(text).toContain(part)
    }
  })

  it('fail in the same words, and go on with the thread', async () => {
    const { saw } = await expectSame(
      async ({ stub, workspace, open }) => {
        const thread = open().startThread({ workingDirectory: workspace })
        stub.enqueue(
          reply.cut(reply.text('lost'), { afterDeltas: 1 }),
          reply.text('found'),
          reply.httpError(400, { message: 'bad' }),
          reply.httpError(429, { code: 'usage_limit_reached' }),
        )
        return [
          await readTurn(thread, 'With a retry'),
          await readTurn(thread, 'Refused'),
          await rejectionOf(thread.run('Refused again')),
          await rejectionOf(thread.run('Works')),
        ]
      },
      { streamMaxRetries: 1 },
    )
    expect(saw).toMatchObject([
      { events: [{}, {}, { type: 'error', message: expect.stringMatching(/^Reconnecting.* \(/) }, {}, {}] },
      {
        events: [{}, {}, { type: 'error' }, { type: 'turn.failed' }],
        thrown: { message: expect.stringContaining('Codex Exec exited with code 1') },
      },
      { message: expect.stringContaining('usage limit') },
      { resolved: { finalResponse: 'ok' } },
    ])
  })

  it('are aborted in the same way, and go on with the thread', async () => {
    const { saw } = await expectSame(async ({ stub, workspace, open }) => {
      const thread = open().startThread({ workingDirectory: workspace })
      const held = reply.hold(reply.text('never'), { afterDeltas: 1 })
      stub.enqueue(held)
      const leave = new AbortController()
      void held.reached.then(() => leave.abort(new Error('enough')))
      const aborted = await readTurn(thread, 'Stop', { signal: leave.signal })
      const before = await rejectionOf(thread.run('Not at all', { signal: AbortSignal.abort() }))
      return { aborted, before, after: await thread.run('Works'), said: stub.requests.at(-1)?.userTexts() }
    })
    expect(saw).toMatchObject({
      aborted: { events: [{}, { type: 'turn.started' }], thrown: { isAbort: true } },
      said: expect.arrayContaining(['Stop', 'Works']),
    })
  })

  it('refuse the same, before anything is asked of the model', async () => {
    const plain = await mkdtemp(join(tmpdir(), 'sdk-no-repository-'))
    try {
      const { expected, actual } = await runBoth(async ({ workspace, open }) => {
        const codex = open()
        const here = { workingDirectory: workspace }
        const unknown = '0199a213-81c0-7800-8aa1-bbab2a035a53'
        const badSetting = open({ config: { web_search: 'bogus' } })
        const badOverride = open({ configOverrides: ['model_verbosity=3'] })
        const turns = [
          () => codex.startThread({ workingDirectory: plain }).run('Hello'),
          () => codex.startThread({ workingDirectory: join(plain, 'missing') }).run('Hello'),
          () => codex.startThread(here).run(' \n'),
          () => codex.startThread(here).run([]),
          () => codex.resumeThread(unknown, here).run('Hello'),
          () => badSetting.startThread(here).run('Hello'),
          () => badOverride.startThread(here).run('Hello'),
        ]
        const refusals = []
        // One after the other: processes that start at the same time warn of one another.
        for (const turn of turns) refusals.push(await rejectionOf(turn()))
        return refusals
      })
      const exit = 'Codex Exec exited with code 1: '
      const reading = `${exit}Reading prompt from stdin...\n`
      const messages = [
        `${reading}Not inside a trusted directory and --skip-git-repo-check was not specified.`,
        `${exit}Error: No such file or directory (os error 2)`,
        `${reading}No prompt provided via stdin.`,
        `${reading}No prompt provided via stdin.`,
        `${reading}Error: thread/resume: thread/resume failed: no rollout found for thread id <id> (code -32600)`,
        `${exit}Error loading config.toml: unknown variant \`bogus\`, expected one of \`disabled\`, \`cached\`, \`indexed\`, \`live\`\nin \`web_search\``,
        `${exit}Error loading config.toml: invalid type: unit variant, expected string only\nin \`model_verbosity\``,
      ]
      expect(actual.saw).toEqual(messages.map((message) => ({ message, isAbort: false, isError: true })))
      // The official package does not wait for the end of the error stream: it may have read a part.
      for (const [index, refusal] of (expected.saw as { message: string }[]).entries()) {
        expect(refusal.message).toMatch(/^Codex Exec exited with code 1:/)
        expect(messages[index]).toContain(refusal.message)
      }
      expect([actual.received, expected.received]).toEqual([[], []])
    } finally {
      await rm(plain, { recursive: true, force: true })
    }
  })

  it('warn of the same: a model that Codex does not know, in each turn, and settings it ignores', async () => {
    const { saw } = await expectSame(
      async ({ workspace, open }) => {
        const thread = open().startThread({ workingDirectory: workspace, model: 'unheard-of' })
        return [await readTurn(thread, 'One')]
      },
      { extraToml: 'no_such_setting = 1', features: { web_search_request: true } },
    )
    const [{ events }] = saw as [{ events: { type: string; item?: { type: string } }[] }]
    expect(events.findIndex(({ type }) => type === 'turn.started')).toBeGreaterThan(2)
  })

  it('report a Codex that cannot be run, or ends, in the same words', async () => {
    const { saw } = await expectSame(async ({ stub, workspace, open }) => {
      stub.enqueue(reply.execCommand('kill -9 $PPID'))
      const here = { workingDirectory: workspace, sandboxMode: 'danger-full-access' } as const
      const missing = open({ codexPathOverride: join(workspace, 'none') }).startThread(here)
      const killed = await readTurn(open().startThread(here), 'End yourself')
      // Whether the command is still told is a matter of luck, and what else Codex logged is not compared.
      const [firstLine] = killed.thrown?.message.split('\n') ?? []
      return {
        missing: await rejectionOf(missing.run('Hello')),
        firstLine,
        events: killed.events.slice(0, 2),
      }
    })
    expect(saw).toMatchObject({
      missing: { message: 'spawn <workspace>/none ENOENT' },
      firstLine: expect.stringContaining('Codex Exec exited with signal SIGKILL'),
    })
  })
})

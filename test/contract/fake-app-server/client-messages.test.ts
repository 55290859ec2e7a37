import { beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { Codex, type CodexOptions, defineTool } from '../../../src/client/index.js'
import { createFakeAppServer, type FakeAppServerScript } from '../../../src/testing/index.js'
import { LoggedTransport } from './logged-transport.js'
import { MessageCheck } from './message-check.js'

let check: MessageCheck
beforeAll(async () => {
  check = await MessageCheck.load()
})

/** Lets a client and the fake server talk; resolves when every message has fitted the schema of Codex. */
async function converse(
  script: FakeAppServerScript,
  options: CodexOptions,
  talk: (codex: Codex) => Promise<unknown>,
): Promise<string[]> {
  await using fake = createFakeAppServer(script)
  const transport = new LoggedTransport(fake.connect())
  const codex = await Codex.connect(transport, options)
  try {
    await talk(codex)
  } finally {
    await codex.close()
  }
  expect(fake.errors).toEqual([])
  expect(check.faults(transport.log, 'client')).toEqual([])
  expect(check.faults(transport.log, 'server')).toEqual([])
  return transport.log.flatMap(({ message }) => message.method ?? [])
}

it('what is said about threads and turns fits the schema, whoever says it', async () => {
  const methods = await converse(
    (fake) => {
      fake.onTurn('fail', (turn) => {
        turn.retries('broken', { after: 'ha' })
        turn.fails({ httpConnectionFailed: { httpStatusCode: 503 } })
      })
      fake.onTurn((turn) => {
        turn.usage({ inputTokens: 5 })
        turn.reasons('I think')
        turn.runs('npm test', { output: 'fine', exitCode: 1 })
        turn.edits('a.txt', 'gone\n', { kind: 'delete' })
        turn.say('{"done":true}', { chunks: ['{"done"', ':true}'], phase: 'final_answer' })
      })
    },
    {},
    async (codex) => {
      const thread = await codex.startThread({
        cwd: '/repo',
        sandbox: 'workspace-write',
        approvalPolicy: 'never',
      })
      await thread.run('go', { output: z.object({ done: z.boolean() }), model: 'gpt-x', effort: 'low' })
      await thread.stream('fail').result
      await codex.resumeThread(thread.id)
      for (const method of [
        'thread/read',
        'thread/turns/list',
        'thread/items/list',
        'thread/archive',
      ] as const) {
        await codex.request(method, { threadId: thread.id })
      }
      await codex.request('thread/list', { limit: 1, archived: true })
      await codex.request('thread/unarchive', { threadId: thread.id })
      await codex.request('thread/fork', { threadId: thread.id })
      await codex.request('model/list', {})
      await codex.request('account/read', {})
    },
  )
  expect(methods).toEqual(expect.arrayContaining(['turn/diff/updated', 'error', 'thread/settings/updated']))
})

it('what is asked and answered fits the schema, allowed or refused', async () => {
  const tool = defineTool({
    name: 'lookup',
    description: 'Looks up',
    input: z.object({ id: z.number() }),
    run: ({ id }) => ({ id }),
  })
  for (const allowed of [true, false]) {
    const methods = await converse(
      (fake) =>
        fake.onTurn(async (turn) => {
          await turn.asksApproval({ command: 'npm publish', reason: 'why' })
          await turn.asksApproval({ edits: [{ path: 'a.txt', diff: 'new\n', kind: 'add' }] })
          await turn.asksUser([{ id: 'colour', question: 'Which?', options: ['Blue', 'Red'] }])
          await turn.callsTool('lookup', { id: allowed ? 1 : 'one' })
          await turn.request('currentTime/read', { threadId: turn.threadId })
        }),
      {
        onApproval: (request) =>
          !allowed ? 'decline' : request.kind === 'user-input' ? { answers: { colour: 'Blue' } } : 'accept',
      },
      async (codex) => {
        const thread = await codex.startThread({ tools: [tool] })
        await thread.run('go')
      },
    )
    expect(methods.filter((method) => /request|call|currentTime/.test(method))).toEqual([
      'item/commandExecution/requestApproval',
      'item/fileChange/requestApproval',
      'item/tool/requestUserInput',
      'item/tool/call',
      'currentTime/read',
    ])
  }
})

it('a message that does not fit is found', async () => {
  const log = [
    { from: 'client', message: { id: 1, method: 'turn/interrupt', params: { threadId: 5, extra: true } } },
    { from: 'server', message: { id: 1, result: [] } },
    { from: 'server', message: { method: 'turn/exploded', params: {} } },
    { from: 'server', message: { id: 7, result: {} } },
  ] as const
  expect(check.faults(log, 'client').sort()).toEqual([
    'turn/interrupt: $.extra: is not in the schema',
    'turn/interrupt: $.threadId: is integer, not string',
    'turn/interrupt: $.turnId: is missing',
  ])
  expect(check.faults(log, 'server')).toEqual([
    'answer to turn/interrupt: $: is array, not object',
    'turn/exploded: is no ServerNotification',
    'an answer to 7, which was not asked',
  ])
})

import { item, reply } from '../../../src/testing/index.js'
import type { LoggedMessage } from './logged-transport.js'
import type { RawClient } from './raw-client.js'
import type { Scenario } from './servers.js'

const text = (words: string) => [{ type: 'text', text: words }]
const decides = (decision: unknown) => () => ({ result: { decision } })

/** A turn in which the model asks to run a command outside of the sandbox. */
function commandApproval(title: string, answer: RawClient['reply'], events: readonly string[]): Scenario {
  return {
    title,
    model: (stub) =>
      stub.enqueue(reply.execCommand('echo out', { escalate: 'I need it' }), reply.text('after')),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksApproval({ command: 'echo out', reason: 'I need it', output: 'out\n' })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      client.reply = answer
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'read-only', approvalPolicy: 'on-request' })
      await client.runTurn(threadId, 'run it')
      await client.call('thread/turns/list', { threadId, itemsView: 'full' })
    },
    events: ['item/commandExecution/requestApproval', ...events],
  }
}

/** A turn in which the model asks to add a file. */
function fileApproval(title: string, answer: RawClient['reply'], events: readonly string[]): Scenario {
  const patch = '*** Begin Patch\n*** Add File: added.txt\n+hello\n*** End Patch'
  return {
    title,
    model: (stub) => stub.enqueue(reply.applyPatch(patch), reply.text('after')),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksApproval({ edits: [{ path: 'added.txt', kind: 'add', diff: 'hello\n' }] })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      client.reply = answer
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'read-only', approvalPolicy: 'on-request' })
      await client.runTurn(threadId, 'write it')
    },
    events: ['item/fileChange/requestApproval', ...events],
  }
}

const error = () => ({ error: { code: -32603, message: 'no' } })
/** What Codex says of a connection that is closed in the middle of an answer. */
const BROKEN =
  'stream disconnected before completion: Transport error: network error: error decoding response body'
const REFUSED = 'unexpected status 401 Unauthorized: no, url: http://127.0.0.1:1/v1/responses'
const isDelta = ({ method }: LoggedMessage) => method === 'item/agentMessage/delta'

/** A text whose pieces after the first never come: the turn runs until somebody ends it. */
async function* begun(first: string): AsyncGenerator<string> {
  yield first
  await new Promise(() => {})
}

/** What happens in turns. */
export const turnScenarios: readonly Scenario[] = [
  {
    title: 'a turn streams its message, and tells of its tokens and its end',
    model: (stub) => stub.enqueue(reply.text('Hello there', { chunks: ['Hel', 'lo ', 'there'] })),
    script: (fake) =>
      fake.onTurn('hi', (turn) => turn.say('Hello there', { chunks: ['Hel', 'lo ', 'there'] })),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd })
      await client.runTurn(threadId, 'hi', { clientUserMessageId: 'mine' })
      await client.runTurn(threadId, '')
    },
    events: ['turn/started', 'item/agentMessage/delta', 'thread/tokenUsage/updated', 'turn/completed'],
  },
  {
    title: 'a notification that a client opted out of does not come',
    client: async (client, cwd) => {
      await client.initialize({
        experimentalApi: true,
        optOutNotificationMethods: ['item/agentMessage/delta'],
      })
      await client.runTurn(await client.startThread({ cwd }), 'hi')
    },
    events: ['item/completed', 'turn/completed'],
  },
  {
    title: 'a model thinks, speaks and calls a tool in one response',
    model: (stub) =>
      stub.enqueue(
        reply.items(
          [
            item.reasoning({ summary: ['I think'] }),
            item.message('I look', { phase: 'commentary' }),
            item.execCommand('echo out; exit 3'),
          ],
          { usage: { inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50, reasoningTokens: 7 } },
        ),
        reply.items([item.message('one'), item.message('two', { phase: 'final_answer' })]),
      ),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.usage({ inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50, reasoningTokens: 7 })
        turn.reasons('I think')
        turn.say('I look', { phase: 'commentary' })
        turn.runs('echo out; exit 3', { output: 'out\n', exitCode: 3 })
        turn.usage({})
        turn.say('one')
        turn.say('two', { phase: 'final_answer' })
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({
        cwd,
        sandbox: 'danger-full-access',
        approvalPolicy: 'never',
      })
      await client.runTurn(threadId, 'look')
      await client.call('thread/turns/list', { threadId })
    },
    events: ['item/reasoning/summaryTextDelta', 'thread/tokenUsage/updated', 'turn/completed'],
  },
  {
    title: 'a file changes without a question where nothing keeps it',
    model: (stub) => {
      const patch = '*** Begin Patch\n*** Add File: free.txt\n+hello\n*** End Patch'
      stub.enqueue(reply.applyPatch(patch), reply.text('after'))
    },
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.edits('free.txt', 'hello\n', { kind: 'add' })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({
        cwd,
        sandbox: 'danger-full-access',
        approvalPolicy: 'never',
      })
      await client.runTurn(threadId, 'write')
    },
    events: ['item/started', 'item/completed', 'turn/completed'],
  },
  commandApproval('a command that is accepted runs', decides('accept'), ['turn/completed']),
  commandApproval('a command that is declined does not, and the turn goes on', decides('decline'), [
    'item/completed',
    'item/agentMessage/delta',
  ]),
  commandApproval('a command that is cancelled ends the turn', decides('cancel'), ['turn/completed']),
  commandApproval('a decision that Codex cannot read fails the command', decides('maybe'), [
    'turn/completed',
  ]),
  commandApproval('an error fails the command', error, ['turn/completed']),
  fileApproval('a change that is accepted is made', decides('accept'), ['item/completed', 'turn/completed']),
  fileApproval('a change that is declined is not', decides('decline'), ['item/completed', 'turn/completed']),
  fileApproval('a change that is cancelled ends the turn', decides('cancel'), ['turn/completed']),
  fileApproval('an error declines a change', error, ['item/completed', 'turn/completed']),
  {
    title: 'what was allowed for the session is not asked again',
    model: (stub) => {
      for (let i = 0; i < 2; i += 1) {
        stub.enqueue(reply.execCommand('echo again', { escalate: 'why' }), reply.text('after'))
      }
    },
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksApproval({ command: 'echo again', reason: 'why', output: 'again\n' })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      client.reply = decides('acceptForSession')
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'read-only', approvalPolicy: 'on-request' })
      await client.runTurn(threadId, 'once')
      await client.runTurn(threadId, 'again')
    },
    events: ['item/commandExecution/requestApproval', 'turn/completed', 'turn/completed'],
  },
  {
    title: 'nobody is asked where the policy is never',
    model: (stub) => stub.enqueue(reply.execCommand('echo out', { escalate: 'why' }), reply.text('after')),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksApproval({ command: 'echo out', reason: 'why' })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'read-only', approvalPolicy: 'never' })
      await client.runTurn(threadId, 'try it')
    },
    events: ['thread/tokenUsage/updated', 'item/agentMessage/delta', 'turn/completed'],
  },
  {
    title: 'an approval that waits is asked again of who resumes, and withdrawn by an interrupt',
    model: (stub) =>
      stub.enqueue(reply.text('ok'), reply.execCommand('echo out', { escalate: 'why' }), reply.text('never')),
    script: (fake) => {
      fake.onTurn('ask', (turn) => {
        turn.asksApproval({ command: 'echo out', reason: 'why' })
      })
    },
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd, sandbox: 'read-only', approvalPolicy: 'on-request' })
      await client.runTurn(threadId, 'first')
      const turnId = await client.startTurn(threadId, 'ask')
      const isAsked = ({ method }: LoggedMessage) => method === 'item/commandExecution/requestApproval'
      await client.until(isAsked)
      await client.call('thread/resume', { threadId, excludeTurns: true })
      await client.until(
        (message) => isAsked(message) && client.log.filter((one) => isAsked(one.message)).length === 2,
      )
      await client.call('thread/read', { threadId })
      await client.call('turn/interrupt', { threadId, turnId })
      await client.completed(turnId)
      await client.until(({ method }) => method === 'serverRequest/resolved')
    },
    events: [
      'item/commandExecution/requestApproval',
      'item/commandExecution/requestApproval',
      'turn/completed',
    ],
  },
  {
    title: 'permissions are asked for',
    model: (stub) =>
      stub.enqueue(
        reply.functionCall('request_permissions', {
          permissions: { network: { enabled: true } },
          reason: 'why',
        }),
        reply.text('after'),
      ),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksApproval({ permissions: { network: { enabled: true } }, reason: 'why' })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      client.reply = () => ({ result: { permissions: {}, scope: 'turn' } })
      await client.initialize()
      await client.runTurn(await client.startThread({ cwd }), 'ask')
    },
    events: ['item/permissions/requestApproval', 'turn/completed'],
  },
  {
    title: 'the user is asked, and the answer counts',
    model: (stub) =>
      stub.enqueue(
        reply.functionCall('request_user_input', {
          questions: [
            {
              id: 'colour',
              header: 'Colour',
              question: 'Which?',
              options: [
                { label: 'Blue', description: 'b' },
                { label: 'Red', description: 'r' },
              ],
            },
          ],
        }),
        reply.text('after'),
      ),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.asksUser([
          {
            id: 'colour',
            header: 'Colour',
            question: 'Which?',
            options: [
              { label: 'Blue', description: 'b' },
              { label: 'Red', description: 'r' },
            ],
          },
        ])
        turn.say('after')
      }),
    client: async (client, cwd) => {
      client.reply = () => ({ result: { answers: { colour: { answers: ['Blue'] } } } })
      await client.initialize()
      await client.runTurn(await client.startThread({ cwd }), 'ask me')
    },
    events: ['item/tool/requestUserInput', 'turn/completed'],
  },
  ...[
    { contentItems: [{ type: 'inputText', text: 'found' }], success: true },
    { contentItems: [{ type: 'inputText', text: 'nothing' }], success: false },
    undefined,
  ].map(
    (result): Scenario => ({
      title: `a tool of the client is called, which ${result ? (result.success ? 'works' : 'fails') : 'answers with an error'}`,
      model: (stub) => stub.enqueue(reply.functionCall('lookup', { id: 1 }), reply.text('after')),
      script: (fake) =>
        fake.onTurn((turn) => {
          turn.callsTool('lookup', { id: 1 })
          turn.say('after')
        }),
      client: async (client, cwd) => {
        client.reply = result ? () => ({ result }) : error
        await client.initialize()
        const tool = {
          type: 'function',
          name: 'lookup',
          description: 'd',
          inputSchema: { type: 'object', properties: {} },
        }
        await client.runTurn(await client.startThread({ cwd, dynamicTools: [tool] }), 'look it up')
      },
      events: ['item/tool/call', 'item/completed', 'turn/completed'],
    }),
  ),
  {
    title: 'a turn that the provider fails tells why, and the next one works',
    model: (stub) => stub.enqueue(reply.failed('server_is_overloaded')),
    script: (fake) =>
      fake.onTurn('fail', (turn) => {
        turn.fails('serverOverloaded')
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd })
      await client.runTurn(threadId, 'fail')
      await client.call('thread/read', { threadId })
      await client.call('thread/turns/list', { threadId })
      await client.runTurn(threadId, 'go on')
    },
    events: ['error', 'turn/completed', 'turn/completed'],
  },
  {
    title: 'a stream that breaks is tried again, and what it had begun stays open',
    model: (stub) =>
      stub.enqueue(
        reply.cut(reply.text('half', { chunks: ['ha', 'lf'] }), { afterDeltas: 1 }),
        reply.httpError(401, { body: 'no' }),
        reply.text('whole'),
      ),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.retries(BROKEN, { after: 'ha' })
        turn.retries(REFUSED, { httpStatusCode: 401 })
        turn.say('whole')
      }),
    client: async (client, cwd) => {
      await client.initialize()
      await client.runTurn(await client.startThread({ cwd }), 'go')
    },
    events: ['error', 'error', 'item/completed', 'turn/completed'],
  },
  ...(
    [
      [
        'used up',
        reply.httpError(429, { code: 'usage_limit_reached', type: 'usage_limit_reached' }),
        'usageLimitExceeded',
      ],
      ['full', reply.failed('context_length_exceeded'), 'contextWindowExceeded'],
    ] as const
  ).map(
    ([why, failure, info]): Scenario => ({
      title: `a turn fails because something is ${why}`,
      model: (stub) => stub.enqueue(failure),
      script: (fake) => fake.onTurn((turn) => turn.fails(info)),
      client: async (client, cwd) => {
        await client.initialize()
        await client.runTurn(await client.startThread({ cwd }), 'go')
      },
      events: ['error', 'turn/completed'],
    }),
  ),
  {
    title: 'a running turn refuses the wrong id and takes an interrupt',
    model: (stub) =>
      stub.enqueue(reply.hold(reply.text('abc', { chunks: ['a', 'b', 'c'] }), { afterDeltas: 1 })),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.say('abc', { chunks: begun('a') })
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd })
      const turnId = await client.startTurn(threadId, 'wait')
      await client.until(isDelta)
      await client.call('turn/steer', { threadId, expectedTurnId: 'x', input: text('more') })
      await client.call('turn/steer', { threadId, expectedTurnId: turnId, input: [] })
      await client.call('turn/interrupt', { threadId, turnId: 'x' })
      await client.call('thread/read', { threadId })
      await client.call('thread/turns/list', { threadId })
      await client.call('turn/interrupt', { threadId, turnId })
      await client.completed(turnId)
      await client.call('turn/interrupt', { threadId, turnId })
      await client.call('thread/turns/list', { threadId, itemsView: 'full' })
    },
    events: ['item/agentMessage/delta', 'turn/completed'],
    refusals: ['expected active turn id `x`', 'expected active turn id x', 'input must not be empty'],
  },
  {
    title: 'new input makes the model begin again, be it steered or started',
    model: (stub) => {
      stub.enqueue(reply.text('ok'))
      stub.enqueue(reply.hold(reply.text('abc', { chunks: ['a', 'b', 'c'] }), { afterDeltas: 1 }))
      stub.enqueue(
        reply.hold(reply.text('def', { chunks: ['d', 'e', 'f'] }), { afterDeltas: 1 }),
        reply.text('after'),
      )
    },
    script: (fake) =>
      fake.onTurn('wait', (turn) => {
        turn.say('abc', { chunks: begun('a') })
        turn.say('def', { chunks: begun('d') })
        turn.say('after')
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd })
      await client.runTurn(threadId, 'first')
      const turnId = await client.startTurn(threadId, 'wait')
      const streams = (delta: string) =>
        client.until((message) => isDelta(message) && message.params?.delta === delta)
      await streams('a')
      await client.call('turn/steer', { threadId, expectedTurnId: turnId, input: text('steered') })
      await streams('d')
      await client.startTurn(threadId, 'started')
      await client.completed(turnId)
    },
    events: ['item/agentMessage/delta', 'item/agentMessage/delta', 'turn/completed'],
  },
  {
    title: 'an archived thread ends its turn',
    model: (stub) => stub.enqueue(reply.hold(reply.text('abc', { chunks: ['a', 'b'] }), { afterDeltas: 1 })),
    script: (fake) =>
      fake.onTurn((turn) => {
        turn.say('abc', { chunks: begun('a') })
      }),
    client: async (client, cwd) => {
      await client.initialize()
      const threadId = await client.startThread({ cwd })
      const turnId = await client.startTurn(threadId, 'wait')
      await client.until(isDelta)
      await client.call('thread/archive', { threadId })
      await client.completed(turnId)
      await client.until(({ method }) => method === 'thread/archived')
    },
    events: ['turn/completed'],
  },
]

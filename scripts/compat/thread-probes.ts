import { reply } from '../../src/testing/index.js'
import { command, type Laboratory, toolNames } from './laboratory.js'
import type { Probe } from './probe.js'

/** Runs one turn in a thread and asks the server something about the thread. */
async function askAfterTurn(lab: Laboratory, method: string, more: object = {}): Promise<unknown> {
  lab.say(reply.text('alpha beta'))
  const { codex, thread } = await lab.thread()
  await thread.run('hi')
  if (!(await codex.supports(method))) return undefined
  return codex.requestUntyped(method, { threadId: thread.id, ...more })
}

/** Questions about threads and what else a server offers. */
export const threadProbes: readonly Probe[] = [
  {
    name: 'resume after a restart',
    isRequired: true,
    async ask(lab) {
      lab.say(reply.text('alpha beta'))
      const { codex, thread } = await lab.thread()
      await thread.run('a first question')
      await codex.close()
      const again = await lab.client()
      const resumed = await again.codex.resumeThread(thread.id)
      await resumed.run('a second question')
      const last = JSON.stringify(lab.stub.requests.at(-1)?.body)
      return last.includes('a first question') && last.includes('alpha beta')
    },
  },
  {
    name: '`thread/list`',
    async ask(lab) {
      lab.say(reply.text('alpha beta'))
      const { codex, thread } = await lab.thread()
      await thread.run('hi')
      const { data } = await codex.request('thread/list', {})
      return data.some(({ id }) => id === thread.id)
    },
  },
  {
    name: '`thread/read`',
    ask: async (lab) =>
      JSON.stringify(await askAfterTurn(lab, 'thread/read', { includeTurns: true }))?.includes(
        'alpha beta',
      ) ?? false,
  },
  {
    name: '`thread/turns/list`',
    ask: async (lab) => (await askAfterTurn(lab, 'thread/turns/list')) !== undefined,
  },
  {
    name: '`thread/fork`',
    ask: async (lab) => (await askAfterTurn(lab, 'thread/fork')) !== undefined,
  },
  {
    name: '`thread/compact/start`',
    ask: async (lab) => (await askAfterTurn(lab, 'thread/compact/start')) !== undefined,
  },
  {
    name: '`model/list`',
    async ask(lab) {
      const { codex } = await lab.client()
      return (await codex.request('model/list', {})).data.length > 0
    },
  },
  {
    name: 'dynamic tools',
    async ask(lab) {
      const { codex } = await lab.client()
      const schema = { type: 'object', properties: {}, additionalProperties: false }
      const tool = {
        type: 'function' as const,
        name: 'look_up',
        description: 'Looks up.',
        inputSchema: schema,
      }
      const thread = await codex.startThread({ cwd: lab.folder, dynamicTools: [tool] })
      await thread.run('hi')
      return toolNames(await lab.stub.waitForRequest()).includes('look_up')
    },
  },
  {
    name: '`serverRequest/resolved`',
    async ask(lab) {
      lab.say(command('touch made.txt', 'call_1'), reply.text('done'))
      const { thread, wire } = await lab.thread()
      await thread.stream('hi').result
      return wire.heard.has('serverRequest/resolved')
    },
  },
]

import type { TurnEvent } from '../../src/client/index.js'
import { item, reply } from '../../src/testing/index.js'
import type { Probe } from './probe.js'

const chunks = ['al', 'pha', ' beta']

/** Questions about turns. */
export const turnProbes: readonly Probe[] = [
  {
    name: 'handshake',
    isRequired: true,
    async ask(lab) {
      const { codex } = await lab.client()
      return codex.server.userAgent.includes('/')
    },
  },
  {
    name: 'methods listed',
    async ask(lab) {
      const { codex } = await lab.client()
      return codex.supports('thread/start')
    },
  },
  {
    name: 'start a thread',
    isRequired: true,
    async ask(lab) {
      const { thread } = await lab.thread()
      return thread.id !== ''
    },
  },
  {
    name: 'run a turn',
    isRequired: true,
    async ask(lab) {
      lab.say(reply.text('alpha beta'))
      const { thread } = await lab.thread()
      return (await thread.run('hi')).text === 'alpha beta'
    },
  },
  {
    name: 'turns told by',
    async ask(lab) {
      const { thread, wire } = await lab.thread()
      await thread.run('hi')
      const isOlder = [...wire.heard].some((method) => method.startsWith('codex/event/'))
      if (wire.dialect === 'legacy') return '`codex/event`'
      return isOlder ? 'both' : 'current'
    },
  },
  {
    name: 'turn ids',
    async ask(lab) {
      const { thread } = await lab.thread()
      return (await thread.run('hi')).turnId.length > 8 ? 'unique' : 'counted per thread'
    },
  },
  {
    name: 'stream deltas',
    isRequired: true,
    async ask(lab) {
      lab.say(reply.text(chunks.join(''), { chunks }))
      const { thread } = await lab.thread()
      const deltas: string[] = []
      for await (const event of thread.stream('hi'))
        if (event.type === 'message.delta') deltas.push(event.delta)
      return deltas.join('|') === chunks.join('|')
    },
  },
  {
    name: 'reasoning',
    async ask(lab) {
      lab.say(reply.items([item.reasoning({ summary: ['think'] }), item.message('done')]))
      const { thread } = await lab.thread()
      const events: TurnEvent[] = []
      for await (const event of thread.stream('hi')) events.push(event)
      return events.some((event) => event.type === 'reasoning.delta' && event.delta === 'think')
    },
  },
  {
    name: 'usage',
    async ask(lab) {
      const { thread } = await lab.thread()
      return (await thread.run('hi')).usage?.totalTokens === 120
    },
  },
  {
    name: 'structured output',
    async ask(lab) {
      const { thread } = await lab.thread()
      const outputSchema = {
        type: 'object',
        properties: { a: { type: 'number' } },
        required: ['a'],
        additionalProperties: false,
      }
      await thread.run('hi', { outputSchema })
      const { text } = (await lab.stub.waitForRequest()).body as { text?: { format?: unknown } }
      return text?.format !== undefined
    },
  },
  {
    name: 'interrupt',
    isRequired: true,
    async ask(lab) {
      const held = reply.hold(reply.text('alpha beta', { chunks }), { afterDeltas: 1 })
      lab.say(held)
      const { thread } = await lab.thread()
      const turn = thread.stream('hi')
      const statuses: string[] = []
      for await (const event of turn) {
        if (event.type === 'message.delta') void turn.interrupt()
        if (event.type === 'turn.completed') statuses.push(event.status, event.raw ? 'told' : 'given up')
      }
      return statuses.join() === 'interrupted,told'
    },
  },
  {
    name: 'steer',
    async ask(lab) {
      const held = reply.hold(reply.text('alpha beta', { chunks }), { afterDeltas: 1 })
      lab.say(held, reply.text('steered'))
      const { thread, codex } = await lab.thread()
      if (!(await codex.supports('turn/steer'))) return false
      const turn = thread.stream('hi')
      await held.reached
      await turn.steer('and more')
      held.release()
      const { status } = await turn.result
      const asked = lab.stub.requests.map((request) => JSON.stringify(request.body))
      return status === 'completed' && asked.some((body) => body.includes('and more'))
    },
  },
  {
    name: 'errors of the model',
    isRequired: true,
    async ask(lab) {
      lab.say(reply.httpError(401, { message: 'no' }))
      const { thread } = await lab.thread()
      const { status, failure } = await thread.stream('hi').result
      return status === 'failed' && failure !== undefined ? `\`${failure.kind}\`` : false
    },
  },
  {
    name: 'retries told',
    settings: { retries: 1 },
    async ask(lab) {
      lab.say(reply.cut(reply.text('alpha beta', { chunks }), { afterDeltas: 1 }), reply.text('alpha beta'))
      const { thread } = await lab.thread()
      const turn = thread.stream('hi')
      let isTold = false
      for await (const event of turn) isTold ||= event.type === 'turn.retrying'
      return isTold && (await turn.result).text === 'alpha beta'
    },
  },
]

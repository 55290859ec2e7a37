import { fault, type MessageView } from '../../../src/testing/index.js'
import type { FaultCase } from '../fault-case.js'

const COMPLETED = { at: 'turn', status: 'completed', text: 'half and half' } as const
const START = { answerTo: 'turn/start', nth: 1 } as const
const END = { method: 'turn/completed', nth: 1 } as const

const isAnswer = ({ method }: MessageView) => method === undefined

/** The end of some other turn, which failed. */
const foreignEnd = (threadId: string, turnId: string) => ({
  method: 'turn/completed',
  params: { threadId, turn: { id: turnId, status: 'failed', items: [], error: { message: 'not ours' } } },
})

/** What goes wrong with whole messages: their number, their order, their addresses. */
export const MESSAGE_FAULTS: readonly FaultCase[] = [
  {
    name: 'every answer comes twice',
    faults: () => [fault.received({ when: isAnswer }).duplicate()],
    outcome: { ...COMPLETED, diagnostics: ['PROTOCOL_VIOLATION', 'PROTOCOL_VIOLATION'] },
  },
  {
    name: 'an answer to a request that was never made',
    faults: () => [fault.received(START).addBefore({ id: 999, result: {} }, { id: '1', error: { code: 1 } })],
    outcome: { ...COMPLETED, diagnostics: ['PROTOCOL_VIOLATION', 'PROTOCOL_VIOLATION'] },
  },
  {
    name: 'an answer that comes before the write of its request has returned',
    faults: () => [
      fault.sent({ method: 'turn/start', nth: 1 }).answer({ turn: { id: 'turn-1' } }, { alsoSend: true }),
      fault.received({ ...START, nth: 2 }).drop(),
    ],
    outcome: COMPLETED,
  },
  {
    name: 'an answer with neither result nor error',
    // Without the start of the turn: one that is seen to run is taken for ours, whatever the answer.
    faults: () => [
      fault.received(START).replace(({ id }) => ({ id })),
      fault.received('turn/started').drop(),
    ],
    outcome: { at: 'turn', status: 'failed', kind: 'backend-protocol-error', safety: 'indeterminate' },
  },
  {
    name: 'an answer that names no turn',
    faults: () => [
      fault.received(START).replace(({ id }) => ({ id, result: { turn: null } })),
      fault.received('turn/started').drop(),
    ],
    outcome: { at: 'turn', status: 'failed', kind: 'backend-protocol-error', safety: 'indeterminate' },
  },
  {
    name: 'notifications before the answer',
    faults: () => [fault.received(START).moveAfter('item/agentMessage/delta')],
    outcome: COMPLETED,
  },
  {
    name: 'the end of the turn before the answer',
    faults: () => [fault.received(START).moveAfter('turn/completed')],
    outcome: COMPLETED,
  },
  {
    name: 'no answer, but the turn from its start to its end',
    faults: () => [fault.received(START).drop()],
    options: { requestTimeoutMs: 2_000 },
    outcome: { at: 'turn', status: 'failed', kind: 'backend-timeout', safety: 'indeterminate' },
  },
  {
    name: 'no end of the turn, but an idle thread',
    faults: () => [fault.received(END).drop()],
    outcome: COMPLETED,
  },
  {
    name: 'no end of the turn, and a thread that cannot be asked',
    faults: () => [
      fault.received(END).drop(),
      fault
        .received({ answerTo: 'thread/turns/list' })
        .replace(({ id }) => ({ id, error: { code: -32600 } })),
    ],
    outcome: {
      at: 'turn',
      status: 'failed',
      kind: 'backend-protocol-error',
      safety: 'indeterminate',
      text: 'half and half',
    },
  },
  {
    name: 'the end of the turn twice',
    faults: () => [fault.received(END).duplicate()],
    outcome: COMPLETED,
  },
  {
    name: 'the end of the turn under the id of another thread',
    faults: () => [fault.received(END).replace(foreignEnd('thread-2', 'turn-1'))],
    outcome: COMPLETED,
  },
  {
    name: "a sub-agent's end before that of the turn",
    faults: () => [
      fault.received('item/completed').addBefore(foreignEnd('thread-of-agent', 'turn-of-agent')),
    ],
    outcome: COMPLETED,
  },
  {
    name: 'the end of another turn of the same thread',
    faults: () => [fault.received('item/completed').addBefore(foreignEnd('thread-1', 'turn-0'))],
    outcome: COMPLETED,
  },
  {
    name: 'messages that are no JSON-RPC',
    faults: () => [
      fault
        .received(END)
        .addBefore({}, { method: 7 }, [], { id: {}, method: 'x' }, { method: 'turn/completed' }),
    ],
    outcome: COMPLETED,
  },
]

import { vi } from 'vitest'
import { fault } from '../../../src/testing/index.js'
import type { Step } from '../../fixtures/fault-server.mjs'
import { type FaultCase, timeOut, whenHalf } from '../fault-case.js'

const COMPLETED = { at: 'turn', status: 'completed', text: 'half and half' } as const
const BEGUN: readonly Step[] = ['answer', 'started', 'item', 'delta']
const DAY_MS = 86_400_000

/** A turn that asks under an id, and says at its end what it was told. */
const asking = (id: string | number) => ({
  'turn/start': [...BEGUN, { ask: id }, 'verdict', 'idle', 'completed'] as const,
})

/** What goes wrong on this side: slow readers, bad hooks, a clock that is set. */
export const CLIENT_FAULTS: readonly FaultCase[] = [
  {
    name: 'a reader that comes when everything is over',
    server: { 'turn/start': [...BEGUN, { flood: 5_000 }, 'said', 'idle', 'completed'] },
    readsLate: true,
    outcome: COMPLETED,
  },
  {
    name: 'a hook that throws',
    server: asking(7),
    options: {
      onApproval: () => {
        throw new Error('broken on purpose')
      },
    },
    outcome: { at: 'turn', status: 'completed', text: 'decline', diagnostics: ['Error'] },
  },
  {
    name: 'a hook that never answers',
    server: asking('seven'),
    options: { onApproval: () => new Promise(() => {}), approvalTimeoutMs: 100 },
    outcome: { at: 'turn', status: 'completed', text: 'decline' },
  },
  {
    name: 'a hook that answers nonsense',
    server: asking(7),
    options: { onApproval: () => ({ yes: true }) as never },
    outcome: { at: 'turn', status: 'completed', text: 'decline' },
  },
  {
    name: 'an answer to the server that is sent twice',
    server: asking(7),
    faults: () => [fault.sent({ answerTo: 'item/commandExecution/requestApproval' }).duplicate()],
    options: { onApproval: () => 'accept' },
    outcome: { at: 'turn', status: 'completed', text: 'accept', diagnostics: [] },
  },
  {
    name: 'an answer to the server that cannot be sent',
    server: { 'turn/start': [...BEGUN, { ask: 7 }] },
    faults: () => [fault.sent({ answerTo: 'item/commandExecution/requestApproval' }).throw()],
    options: { onApproval: () => 'accept' },
    onEvent: whenHalf(timeOut),
    outcome: { at: 'turn', status: 'interrupted', kind: 'backend-timeout', text: 'half' },
  },
  {
    name: 'a request of the server with the id 0',
    server: asking(0),
    options: { onApproval: () => 'accept' },
    outcome: { at: 'turn', status: 'completed', text: 'accept', diagnostics: [] },
  },
  {
    name: 'a request of the server that comes twice',
    server: asking(0),
    faults: () => [fault.received('item/commandExecution/requestApproval').duplicate()],
    options: { onApproval: () => 'accept' },
    outcome: { at: 'turn', status: 'completed', text: 'accept' },
  },
  {
    name: 'a clock that jumps a day ahead, and two back',
    server: asking(7),
    options: { onApproval: () => 'accept' },
    // Only the date is false: what waits must look at another clock.
    onEvent: ({ type }) => {
      if (type === 'message.delta') vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS })
      if (type === 'approval.resolved') vi.setSystemTime(Date.now() - 2 * DAY_MS)
      if (type === 'turn.completed') vi.useRealTimers()
    },
    turn: { timeoutMs: 60_000 },
    outcome: { at: 'turn', status: 'completed', text: 'accept', diagnostics: [] },
  },
]

import { fault } from '../../../src/testing/index.js'
import type { Step } from '../../fixtures/fault-server.mjs'
import { type FaultCase, timeOut, whenHalf } from '../fault-case.js'

const LOST = { kind: 'transport-closed-before-turn-completed', safety: 'indeterminate' } as const
const BEGUN: readonly Step[] = ['answer', 'started', 'item', 'delta']

const HEARD_NOTHING = { status: 'failed', ...LOST, closed: { kind: 'error' } } as const

/** What does not come at all. */
export const SILENCE_FAULTS: readonly FaultCase[] = [
  {
    name: 'a connection that cannot be opened and does not fail',
    faults: () => [fault.start.hang()],
    options: { handshakeTimeoutMs: 200 },
    outcome: { at: 'connect', status: 'failed', kind: 'backend-timeout', safety: 'not-sent' },
  },
  {
    name: 'a server that never answers initialize',
    server: { initialize: [] },
    options: { handshakeTimeoutMs: 200 },
    outcome: { at: 'connect', status: 'failed', kind: 'backend-timeout', safety: 'not-sent' },
  },
  {
    name: 'a half-open connection',
    server: { 'turn/start': [...BEGUN, 'freeze'] },
    // A pipe is silent for as long as its process is: only the deadline of the turn ends the waiting.
    onEvent: whenHalf(timeOut),
    isLastTurn: true,
    outcome: {
      at: 'turn',
      status: 'interrupted',
      kind: 'backend-timeout',
      safety: 'indeterminate',
      text: 'half',
    },
    // A WebSocket has a heartbeat, which needs no deadline.
    instead: { ws: { onEvent: () => {} }, unix: { onEvent: () => {} } },
    but: { ws: HEARD_NOTHING, unix: HEARD_NOTHING },
  },
  {
    name: 'a connection that loses everything from some message on',
    faults: () => [fault.received({ method: 'item/agentMessage/delta', nth: 2 }).silence()],
    onEvent: whenHalf(timeOut),
    isLastTurn: true,
    outcome: {
      at: 'turn',
      status: 'interrupted',
      kind: 'backend-timeout',
      safety: 'indeterminate',
      text: 'half',
    },
  },
  {
    name: 'a server that ignores an interrupt',
    server: { 'turn/start': BEGUN, 'turn/interrupt': [{ answer: {} }] },
    onEvent: whenHalf(({ controller }) => controller.abort()),
    outcome: {
      at: 'turn',
      status: 'interrupted',
      kind: 'turn-interrupted',
      safety: 'indeterminate',
      text: 'half',
    },
  },
  {
    name: 'a server that does not even answer an interrupt',
    server: { 'turn/start': BEGUN, 'turn/interrupt': [] },
    onEvent: whenHalf(({ turn }) => void turn.interrupt()),
    outcome: {
      at: 'turn',
      status: 'interrupted',
      kind: 'turn-interrupted',
      safety: 'indeterminate',
      text: 'half',
    },
  },
  {
    name: 'an interrupt that is obeyed',
    server: { 'turn/start': BEGUN },
    // Without a deadline, only the server can end it.
    options: { interruptTimeoutMs: Infinity },
    onEvent: whenHalf(({ controller }) => controller.abort()),
    outcome: { at: 'turn', status: 'interrupted', kind: 'turn-interrupted', text: 'half' },
  },
]

import { AbortedError } from '../../src/rpc/index.js'
import type { Case } from './causes.js'

const inTurn = { phase: 'turn' } as const

export const INTERRUPTIONS: readonly Case[] = [
  {
    title: 'an abort by the caller',
    cause: new AbortedError('turn/start', { cause: AbortSignal.abort().reason }),
    expected: { kind: 'turn-interrupted', retryable: false },
  },
  {
    title: 'an abort of a request that had not been sent',
    cause: new AbortedError('thread/read', { requestWritten: false }),
    expected: { kind: 'turn-interrupted', retrySafety: 'not-sent' },
  },
  {
    title: 'an abort by a deadline',
    cause: new AbortedError('turn/start', { cause: new DOMException('late', 'TimeoutError') }),
    expected: { kind: 'backend-timeout', retryable: true },
  },
  {
    title: "the platform's AbortError",
    cause: AbortSignal.abort().reason,
    expected: { kind: 'turn-interrupted', details: { errorName: 'AbortError' } },
  },
  {
    title: "the platform's TimeoutError",
    cause: new DOMException('late', 'TimeoutError'),
    expected: { kind: 'backend-timeout' },
  },
  {
    title: 'a turn that ended as interrupted',
    cause: { id: 't', status: 'interrupted', error: null, items: [] },
    expected: { kind: 'turn-interrupted', phase: 'turn', message: 'The turn was interrupted' },
  },
  {
    title: 'an interruption by a deadline',
    cause: null,
    context: { ...inTurn, interruptedBy: 'timeout' },
    expected: { kind: 'backend-timeout', details: { interruptedBy: 'timeout' } },
  },
  {
    title: 'an interruption by the watchdog',
    cause: null,
    context: { ...inTurn, interruptedBy: 'stall' },
    expected: { kind: 'turn-stalled', retryable: true },
  },
  {
    title: 'an interruption by a cancelled approval',
    cause: { status: 'interrupted' },
    context: { interruptedBy: 'approval' },
    expected: { kind: 'approval-declined' },
  },
  {
    title: 'an interruption by the server',
    cause: null,
    context: { ...inTurn, interruptedBy: 'server' },
    expected: { kind: 'turn-interrupted', retryable: true },
  },
  {
    title: 'an item that was declined',
    cause: { type: 'commandExecution', status: 'declined' },
    expected: { kind: 'approval-declined', phase: 'approval' },
  },
]

import { expect } from 'vitest'
import type { Plan, Step } from '../../fixtures/fault-server.mjs'
import type { FaultCase, Outcome } from '../fault-case.js'

const LOST = { kind: 'transport-closed-before-turn-completed', safety: 'indeterminate' } as const

interface End {
  readonly how: string
  readonly step: Step
  /** What the reason of the close tells, where there is a process. */
  readonly reason: { readonly exitCode?: number; readonly signal?: string }
}

const ENDS: readonly End[] = [
  { how: 'exits with 0', step: { exit: 0 }, reason: { exitCode: 0 } },
  { how: 'exits with 1', step: { exit: 1 }, reason: { exitCode: 1 } },
  { how: 'is killed', step: { kill: 'SIGKILL' }, reason: { signal: 'SIGKILL' } },
]

interface Moment {
  readonly when: string
  readonly plan: (end: Step) => Plan
  readonly outcome: Outcome
}

const WHOLE: readonly Step[] = ['answer', 'started', 'item', 'delta', 'more', 'said', 'idle']

const MOMENTS: readonly Moment[] = [
  {
    when: 'before the handshake',
    plan: (end) => ({ initialize: [end] }),
    outcome: { at: 'connect', status: 'failed', kind: 'backend-spawn-failed', safety: 'not-sent' },
  },
  {
    when: 'after the handshake',
    plan: (end) => ({ 'thread/start': [end] }),
    outcome: { at: 'thread', status: 'failed', ...LOST },
  },
  {
    when: 'when a turn is to start',
    plan: (end) => ({ 'turn/start': [end] }),
    outcome: { at: 'turn', status: 'failed', ...LOST, text: '' },
  },
  {
    when: 'in the middle of a message',
    plan: (end) => ({ 'turn/start': ['answer', 'started', 'item', 'delta', end] }),
    outcome: { at: 'turn', status: 'failed', ...LOST, text: 'half' },
  },
  {
    when: 'in the middle of the end of a turn',
    plan: (end) => ({ 'turn/start': [...WHOLE, { cut: 'completed' }, end] }),
    outcome: { at: 'turn', status: 'failed', ...LOST, text: 'half and half' },
  },
]

/** The server ends, in each way and at each moment. */
export const END_FAULTS: readonly FaultCase[] = MOMENTS.flatMap(({ when, plan, outcome }) =>
  ENDS.map(({ how, step, reason }): FaultCase => {
    const isCut = when.includes('the end of a turn')
    const ended = (closed: object) =>
      outcome.at !== 'connect' ? { closed: { kind: 'remote', ...closed } as const } : {}
    return {
      name: `the server ${how} ${when}`,
      server: plan(step),
      outcome: { ...outcome, ...ended({}) },
      but: {
        // In memory the cut is the end: there is nothing behind it that could be told.
        memory: ended(isCut ? { partialBytes: expect.any(Number) } : reason),
        stdio: ended(isCut ? { ...reason, partialBytes: expect.any(Number) } : reason),
        ws: ended({ closeCode: how === 'exits with 0' && !isCut ? 1001 : 1006 }),
        unix: ended({ closeCode: how === 'exits with 0' && !isCut ? 1001 : 1006 }),
      },
    }
  }),
)

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  newSettlement,
  next,
  type SettlementEffect,
  type SettlementInput,
  type TimerName,
} from '../../../src/client/settlement/index.js'
import { ConnectionClosedError, RequestTimeoutError, RpcError } from '../../../src/rpc/errors.js'
import {
  BOUNDS,
  ended,
  GONE,
  overloaded,
  read,
  readFailed,
  seen,
  silent,
  timeout,
  WANTED,
} from './support.js'

const error = fc.constantFrom(
  new RpcError(-32600, 'no'),
  new RequestTimeoutError('thread/turns/list', 1),
  new ConnectionClosedError(GONE),
  new Error('nonsense'),
)
const status = fc.constantFrom('completed', 'interrupted', 'failed', 'inProgress', 'exploded', undefined)
const id = fc.integer({ min: 1, max: 4 })
const timer = fc.constantFrom<TimerName>('start', 'interrupt', 'interruptRetry', 'look')

const input: fc.Arbitrary<SettlementInput> = fc.oneof(
  fc
    .constantFrom<SettlementInput['type']>(
      'begin',
      'caughtUp',
      'interruptFailed',
      'turnEvent',
      'threadIdle',
      'threadActive',
      'messageLost',
      'connectionRestored',
    )
    .map((type) => ({ type }) as SettlementInput),
  fc.constant({ type: 'startWritten' } as const),
  fc.constant(overloaded),
  fc.constantFrom('t', 'u').map((turnId) => ({ type: 'started', turnId }) as const),
  fc.constantFrom('t', undefined).map(seen),
  error.map((one) => ({ type: 'startRefused', error: one }) as const),
  error.map((one) => ({ type: 'startUnanswered', error: one }) as const),
  fc.constant({ type: 'stopRequested', cause: WANTED } as const),
  fc.constantFrom(WANTED, undefined).map(silent),
  status.map((one) => ended({ status: one })),
  fc.tuple(id, status).map(([of, one]) => read(of, one)),
  fc.tuple(id, error).map(([of, one]) => readFailed(of, one)),
  timer.map(timeout),
  fc.constantFrom('connectionLost', 'connectionClosed').map((type) => ({ type, reason: GONE }) as const),
)

/** Feeds inputs as the driver would: a timer fires only while it runs, and what is adopted is caught up with. */
class Driver {
  readonly effects: SettlementEffect[] = []
  readonly timers = new Set<TimerName>()
  state = newSettlement(BOUNDS)

  feed(one: SettlementInput): void {
    if (one.type === 'timeout' && !this.timers.delete(one.timer)) return
    const { state, effects } = next(this.state, one)
    this.state = state
    for (const effect of effects) {
      this.effects.push(effect)
      if (effect.type === 'armTimer') {
        expect(this.timers.has(effect.timer)).toBe(false)
        this.timers.add(effect.timer)
      }
      if (effect.type === 'clearTimer') expect(this.timers.delete(effect.timer)).toBe(true)
      if (effect.type === 'settle') expect(this.timers.size).toBe(0)
      if (effect.type === 'adopt') this.feed({ type: 'caughtUp' })
    }
    expect([...this.timers].sort()).toEqual([...this.state.armed].sort())
  }

  /** The end that every turn comes to: its connection is closed, and the request of its start is rejected. */
  close(): void {
    this.feed({ type: 'begin' })
    this.feed({ type: 'connectionClosed', reason: GONE })
    this.feed({ type: 'startUnanswered', error: new ConnectionClosedError(GONE) })
  }
}

function drive(inputs: readonly SettlementInput[]): Driver {
  const driver = new Driver()
  for (const one of inputs) driver.feed(one)
  return driver
}

const sequences = fc.array(input, { maxLength: 30 })
const runs = { numRuns: 1_000, seed: 11 }

describe('whatever happens in whatever order, a turn', () => {
  it('settles exactly once by the time its connection is closed, with no timer left', () => {
    fc.assert(
      fc.property(sequences, (inputs) => {
        const driver = drive(inputs)
        driver.close()
        expect(driver.effects.filter(({ type }) => type === 'settle')).toHaveLength(1)
        expect(driver.timers.size).toBe(0)
        expect(driver.state.phase).toBe('settled')
      }),
      runs,
    )
  })

  it('leads to nothing more once it has settled, save the interrupt of a turn that begins late', () => {
    fc.assert(
      fc.property(sequences, sequences, (inputs, more) => {
        const driver = drive(inputs)
        driver.close()
        const before = driver.effects.length
        for (const one of more) driver.feed(one)
        const late = driver.effects.slice(before)
        expect(late.every(({ type }) => type === 'interruptStray')).toBe(true)
      }),
      runs,
    )
  })

  it('settles within its bounds once it is stopped, without any help', () => {
    fc.assert(
      fc.property(sequences, (inputs) => {
        const driver = drive([{ type: 'begin' }, ...inputs, { type: 'stopRequested', cause: WANTED }])
        for (const one of ['start', 'look', 'interruptRetry', 'interrupt'] as const) driver.feed(timeout(one))
        expect(driver.state.phase).toBe('settled')
      }),
      runs,
    )
  })

  it('is interrupted twice at most on one connection', () => {
    fc.assert(
      fc.property(sequences, (inputs) => {
        const { effects } = drive(inputs.filter(({ type }) => type !== 'connectionLost'))
        expect(effects.filter(({ type }) => type === 'sendInterrupt').length).toBeLessThanOrEqual(2)
      }),
      runs,
    )
  })
})

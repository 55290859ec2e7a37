import { describe, expect, it } from 'vitest'
import { next, type SettlementInput } from '../../../src/client/settlement/index.js'
import {
  ConnectionClosedError,
  RequestTimeoutError,
  RpcError,
  TransportClosedError,
} from '../../../src/rpc/errors.js'
import {
  after,
  begin,
  caughtUp,
  closed,
  effectsOf,
  ended,
  GONE,
  idle,
  interruptFailed,
  lost,
  messageLost,
  overloaded,
  read,
  readFailed,
  restored,
  running,
  seen,
  silent,
  started,
  stop,
  timeout,
  turnEvent,
  WANTED,
  written,
} from './support.js'

type Row = [what: string, before: readonly SettlementInput[], input: SettlementInput, effects: string[]]

const active: SettlementInput = { type: 'threadActive' }
const refused = new RpcError(-32600, 'no')
const late = new RequestTimeoutError('thread/turns/list', 60_000)
const gone = new ConnectionClosedError(GONE)
const unanswered = (error: unknown): SettlementInput => ({ type: 'startUnanswered', error })

const lookedForLost = [...running, messageLost, timeout('look')]

function holds(rows: readonly Row[]): void {
  it.each(rows)('%s', (_what, before, input, effects) => {
    expect(effectsOf(before, input)).toEqual(effects)
  })
}

describe('a turn that has not been sent', () => {
  holds([
    ['is sent', [], begin, ['arm start 60000', 'sendStart']],
    ['is not sent when it was stopped', [stop], begin, ['settle interrupted enough']],
    ['waits when it is stopped', [], stop, []],
  ])
})

describe('a turn whose start waits to be sent', () => {
  const withdrawn = (outcome: string) => ['withdrawStart', 'clear start', `settle ${outcome}`]
  holds([
    ['is taken back when it is stopped', [begin], stop, withdrawn('interrupted enough')],
    ['is taken back when another turn runs', [begin, seen('s')], stop, withdrawn('interrupted enough')],
    [
      'is taken back at its deadline',
      [begin],
      timeout('start'),
      ['withdrawStart', 'settle failed REQUEST_TIMEOUT'],
    ],
    ['is not touched by the loss of a connection', [begin, lost], restored, []],
    ['runs over the next connection', [begin, lost, restored, written, started], caughtUp, ['watch']],
    [
      'fails when the connection has ended',
      [begin, closed],
      unanswered(new ConnectionClosedError(GONE, { requestWritten: false })),
      ['clear start', 'settle failed CONNECTION_CLOSED'],
    ],
  ])

  it.each<[string, readonly SettlementInput[], SettlementInput]>([
    ['stopped', [begin], stop],
    ['late', [begin], timeout('start')],
    ['cut off', [begin], unanswered(new ConnectionClosedError(GONE, { requestWritten: false }))],
  ])('is known not to have been sent when it is %s', (_what, before, input) => {
    const settled = next(after(...before), input).effects.at(-1)
    expect(settled).toMatchObject({ type: 'settle', outcome: { context: { requestWritten: false } } })
  })
})

describe('a turn whose start Codex had no room for', () => {
  const refusedOnce = [begin, written, overloaded] as const
  holds([
    ['waits', [begin, written], overloaded, []],
    ['runs when it is sent again', [...refusedOnce, written, started], caughtUp, ['watch']],
    [
      'is taken back when it is stopped',
      refusedOnce,
      stop,
      ['withdrawStart', 'clear start', 'settle interrupted enough'],
    ],
    [
      'is not sent again when it was stopped before it was refused',
      [begin, written, stop],
      overloaded,
      ['withdrawStart', 'clear start', 'clear interrupt', 'settle interrupted enough'],
    ],
    [
      'fails with the refusal at its deadline',
      refusedOnce,
      timeout('start'),
      ['withdrawStart', 'settle failed RPC_ERROR'],
    ],
    [
      'fails at its deadline as any other once it was sent again',
      [...refusedOnce, written],
      timeout('start'),
      ['settle failed REQUEST_TIMEOUT'],
    ],
    [
      'is refused for good',
      refusedOnce,
      { type: 'startRefused', error: refused },
      ['clear start', 'settle failed RPC_ERROR'],
    ],
    ['is not touched by the loss of a connection', [...refusedOnce, lost], restored, []],
    [
      'runs over the next connection without being asked for',
      [begin, written, lost, overloaded, restored, written, started],
      caughtUp,
      ['watch'],
    ],
    [
      'is not taken for what is seen to run',
      [...refusedOnce, seen('s'), closed],
      unanswered(new ConnectionClosedError(GONE, { requestWritten: false })),
      ['clear start', 'settle failed CONNECTION_CLOSED'],
    ],
  ])

  it.each<[string, readonly SettlementInput[], SettlementInput]>([
    ['stopped', refusedOnce, stop],
    ['refused after it was stopped', [begin, written, stop], overloaded],
    [
      'cut off',
      [...refusedOnce, closed],
      unanswered(new ConnectionClosedError(GONE, { requestWritten: false })),
    ],
  ])('is known not to have been sent when it is %s', (_what, before, input) => {
    const settled = next(after(...before), input).effects.at(-1)
    expect(settled).toMatchObject({ type: 'settle', outcome: { context: { requestWritten: false } } })
  })
})

describe('a turn whose start is unanswered', () => {
  holds([
    ['runs with the answer', [begin, written], started, ['clear start', 'adopt t']],
    [
      'fails when it is refused',
      [begin, written],
      { type: 'startRefused', error: refused },
      ['clear start', 'settle failed RPC_ERROR'],
    ],
    [
      'fails when it is refused, whatever was seen',
      [begin, written, seen('s')],
      { type: 'startRefused', error: refused },
      ['clear start', 'settle failed RPC_ERROR'],
    ],
    ['fails at its deadline', [begin, written], timeout('start'), ['settle failed REQUEST_TIMEOUT']],
    ['runs at its deadline when it was seen', [begin, written, seen('s')], timeout('start'), ['adopt s']],
    [
      'fails at its deadline when what was seen has ended',
      [begin, written, seen('s'), seen(undefined)],
      timeout('start'),
      ['settle failed REQUEST_TIMEOUT'],
    ],
    [
      'fails when its answer is of no use',
      [begin, written],
      unanswered(new Error('nonsense')),
      ['clear start', 'settle failed nonsense'],
    ],
    [
      'fails when the connection has ended',
      [begin, written],
      unanswered(gone),
      ['clear start', 'settle failed CONNECTION_CLOSED'],
    ],
    [
      'is interrupted when this side closed',
      [begin, written],
      unanswered(new ConnectionClosedError({ ...GONE, kind: 'local' })),
      ['clear start', 'settle interrupted CONNECTION_CLOSED'],
    ],
    ['is stopped within the bound', [begin, written], stop, ['arm interrupt 8000']],
    ['is stopped once', [begin, written, stop], stop, []],
    [
      'settles at the bound',
      [begin, written, stop],
      timeout('interrupt'),
      ['reportIgnoredInterrupt', 'clear start', 'settle interrupted enough'],
    ],
    [
      'is interrupted at the bound when it was seen',
      [begin, written, seen('s'), stop],
      timeout('interrupt'),
      ['interruptStray s', 'reportIgnoredInterrupt', 'clear start', 'settle interrupted enough'],
    ],
    ['waits for what came of it when the connection ends', [begin, written], closed, []],
    ['waits for what came of it when the connection is lost', [begin, written], lost, []],
    [
      'settles when it is unanswered and the connection lost',
      [begin, written, lost],
      unanswered(gone),
      ['clear start', 'settle failed CONNECTION_CLOSED'],
    ],
    [
      'is adopted when it was seen and the connection is lost',
      [begin, written, seen('s'), lost],
      unanswered(gone),
      ['clear start', 'adopt s'],
    ],
    ['is not looked for yet when a message is lost', [begin, written], messageLost, []],
  ])
})

describe('a turn that has caught up', () => {
  holds([
    ['is watched', [begin, written, started], caughtUp, ['watch']],
    [
      'is interrupted when it was stopped',
      [begin, written, stop, started],
      caughtUp,
      ['arm interruptRetry 4000', 'sendInterrupt t'],
    ],
    [
      'settles when the connection has ended',
      [begin, written, closed, started],
      caughtUp,
      ['settle failed CONNECTION_CLOSED'],
    ],
    ['waits when the connection is lost', [begin, written, lost, started], caughtUp, []],
    [
      'is asked for when the connection was lost',
      [begin, written, lost, restored, started],
      caughtUp,
      ['readTurn t 1', 'watch'],
    ],
    [
      'is asked for later when a message was lost',
      [begin, written, messageLost, started],
      caughtUp,
      ['arm look 1000', 'watch'],
    ],
    [
      'is left alone when its end was held',
      [begin, written, started, ended({ status: 'completed' })],
      caughtUp,
      [],
    ],
  ])
})

describe('the end of a running turn', () => {
  holds([
    ['is taken as told', running, ended({ status: 'completed' }), ['settle completed as told']],
    [
      'is taken as told although it was stopped',
      [...running, stop],
      ended({ status: 'completed' }),
      ['clear interrupt', 'clear interruptRetry', 'settle completed as told'],
    ],
    [
      'is the stop that was asked for',
      [...running, stop],
      ended({ status: 'interrupted' }),
      ['clear interrupt', 'clear interruptRetry', 'settle interrupted enough as told'],
    ],
    [
      'is an interrupt by somebody else',
      running,
      ended({ status: 'interrupted' }),
      ['settle interrupted ABORTED as told'],
    ],
    [
      'is a failure with its error',
      running,
      ended({ status: 'failed', error: { message: 'quota' } }),
      ['settle failed quota as told'],
    ],
    ['is a failure when it says nothing', running, ended(null), ['settle failed PROTOCOL_VIOLATION as told']],
    ['is the end of the connection', running, closed, ['settle failed CONNECTION_CLOSED']],
    [
      'is the stop when the connection ends',
      [...running, stop],
      closed,
      ['clear interrupt', 'clear interruptRetry', 'settle interrupted enough'],
    ],
  ])
})

describe('an interrupt', () => {
  const sent = [...running, stop]
  holds([
    [
      'is sent, bounded and followed',
      running,
      stop,
      ['unwatch', 'arm interrupt 8000', 'arm interruptRetry 4000', 'sendInterrupt t'],
    ],
    ['is sent for the first cause only', sent, stop, []],
    ['that was refused waits for the next event', sent, interruptFailed, []],
    [
      'that was refused is repeated at the next event',
      [...sent, interruptFailed],
      turnEvent,
      ['clear interruptRetry', 'sendInterrupt t'],
    ],
    ['is not repeated at an event before it is refused', sent, turnEvent, []],
    [
      'that is refused behind an event is repeated at once',
      [...sent, turnEvent],
      interruptFailed,
      ['clear interruptRetry', 'sendInterrupt t'],
    ],
    ['without effect is repeated at half of its time', sent, timeout('interruptRetry'), ['sendInterrupt t']],
    ['is not repeated twice', [...sent, timeout('interruptRetry'), interruptFailed], turnEvent, []],
    [
      'without effect settles the turn',
      [...sent, timeout('interruptRetry')],
      timeout('interrupt'),
      ['reportIgnoredInterrupt', 'settle interrupted enough'],
    ],
    ['is not sent without a connection', [...running, lost], stop, ['unwatch', 'arm interrupt 8000']],
    [
      'is sent when the connection is back',
      [...running, lost, stop],
      restored,
      ['readTurn t 1', 'arm interruptRetry 4000', 'sendInterrupt t'],
    ],
    [
      'without a connection settles the turn, which nobody ignored',
      [...running, lost, stop],
      timeout('interrupt'),
      ['interruptStray t', 'settle interrupted enough'],
    ],
  ])
})

describe('an end that was not told', () => {
  const looked = [...running, idle, timeout('look')]
  holds([
    ['is expected when the thread is idle', running, idle, ['arm look 1000']],
    ['is expected once', [...running, idle], idle, []],
    ['is expected when a message was lost', running, messageLost, ['arm look 1000']],
    ['is looked for', [...running, idle], timeout('look'), ['readTurn t 1']],
    ['is not expected when the thread is active again', [...running, idle], active, ['clear look']],
    ['is found', looked, read(1, 'completed'), ['settle completed as told']],
    [
      'is of any kind when the thread is idle',
      looked,
      read(1, 'exploded'),
      ['settle failed PROTOCOL_VIOLATION as told'],
    ],
    ['has not come', looked, read(1, 'inProgress'), []],
    [
      'is a failure when the idle thread does not know it',
      looked,
      read(1),
      ['settle failed PROTOCOL_VIOLATION'],
    ],
    [
      'is a failure when the idle thread cannot be asked',
      looked,
      readFailed(1, refused),
      ['settle failed PROTOCOL_VIOLATION'],
    ],
    [
      'is none when the thread that cannot be asked works again',
      [...looked, active],
      readFailed(1, refused),
      [],
    ],
    ['is none when a message was lost and the thread does not know it', lookedForLost, read(1), []],
    [
      'is none when a message was lost and the thread cannot be asked',
      lookedForLost,
      readFailed(1, refused),
      [],
    ],
    ['is none when a message was lost and the status is unknown', lookedForLost, read(1, 'queued'), []],
    ['is left to the end of the connection', looked, readFailed(1, gone), []],
    ['is left to the end of a transport', looked, readFailed(1, new TransportClosedError()), []],
    ['is not taken from an answer of the past', [...looked, idle, timeout('look')], read(1, 'completed'), []],
  ])
})

describe('a silent turn', () => {
  const asked = [...running, silent(WANTED)]
  const toldOnly = [...running, silent()]
  holds([
    ['is asked for', running, silent(WANTED), ['readTurn t 1']],
    ['ends as the thread says', asked, read(1, 'failed'), ['settle failed PROTOCOL_VIOLATION as told']],
    ['goes on when the server answers', asked, read(1, 'inProgress'), []],
    ['goes on when the server refuses to tell', asked, readFailed(1, refused), []],
    [
      'is stopped when the server is silent too',
      asked,
      readFailed(1, late),
      ['unwatch', 'arm interrupt 8000', 'arm interruptRetry 4000', 'sendInterrupt t'],
    ],
    ['is not asked for twice at once', asked, silent(WANTED), []],
    [
      'is stopped by a question that was asked for another reason',
      [...lookedForLost, silent(WANTED)],
      readFailed(1, late),
      ['unwatch', 'arm interrupt 8000', 'arm interruptRetry 4000', 'sendInterrupt t'],
    ],
    ['goes on when it is only to be told', toldOnly, readFailed(1, late), []],
    ['is not asked for when it is being stopped', [...running, stop], silent(WANTED), []],
    ['is not asked for without a connection', [...running, lost], silent(WANTED), []],
  ])
})

describe('a lost connection', () => {
  const back = [...running, lost, restored]
  holds([
    ['ends the watching', running, lost, ['unwatch']],
    ['ends what is asked and expected', [...running, idle], lost, ['clear look', 'unwatch']],
    ['keeps the bound of an interrupt', [...running, stop], lost, ['clear interruptRetry', 'unwatch']],
    ['is followed by a question when it is back', [...running, lost], restored, ['readTurn t 1', 'watch']],
    ['leaves a turn that goes on', back, read(1, 'inProgress'), []],
    ['leaves a turn that has ended', back, read(1, 'completed'), ['settle completed as told']],
    [
      'is the failure of a turn that is not known',
      back,
      read(1),
      ['interruptStray t', 'settle failed CONNECTION_CLOSED'],
    ],
    [
      'is the failure of a turn that cannot be asked for',
      back,
      readFailed(1, refused),
      ['interruptStray t', 'settle failed CONNECTION_CLOSED'],
    ],
    ['can be lost again', [...back, lost], restored, ['readTurn t 2', 'watch']],
    ['makes answers of the past count no more', [...back, lost, restored], read(1, 'completed'), []],
    [
      'weighs more than a lost message',
      [...back, messageLost, timeout('look')],
      read(2),
      ['interruptStray t', 'settle failed CONNECTION_CLOSED'],
    ],
    [
      'that is closed after all fails the turn',
      [...running, lost],
      closed,
      ['settle failed CONNECTION_CLOSED'],
    ],
    ['comes back once', back, restored, []],
  ])
})

describe('a settled turn', () => {
  const over = [...running, ended({ status: 'completed' })]
  const givenUp = [begin, written, stop, timeout('interrupt')]
  const every: SettlementInput[] = [
    begin,
    started,
    caughtUp,
    { type: 'startRefused', error: refused },
    unanswered(gone),
    seen('s'),
    stop,
    interruptFailed,
    turnEvent,
    idle,
    active,
    messageLost,
    silent(WANTED),
    ended({ status: 'failed' }),
    read(1, 'completed'),
    readFailed(1, late),
    timeout('start'),
    timeout('interrupt'),
    timeout('interruptRetry'),
    timeout('look'),
    lost,
    restored,
    closed,
  ]

  it.each(every.map((input) => [input.type, input] as const))('stays as it is after %s', (_type, input) => {
    const state = after(...over)
    expect(next(state, input)).toEqual({ state, effects: [] })
  })

  holds([['interrupts the turn that its start brings late', givenUp, started, ['interruptStray t']]])
})

it('does not change the state that it is given', () => {
  const state = after(...running, idle)
  const copy = structuredClone({ ...state, stopCause: undefined })
  next(state, timeout('look'))
  next(state, closed)
  expect({ ...state, stopCause: undefined }).toEqual(copy)
})

it('arms no timer that has no end', () => {
  const state = after()
  const endless = { ...state, bounds: { ...state.bounds, start: Infinity, interrupt: Infinity } }
  const sent = next(endless, begin)
  expect(sent.effects).toEqual([{ type: 'sendStart' }])
  expect(next(next(sent.state, written).state, stop).effects).toEqual([])
})

import type { TurnResult } from '../../client/index.js'
import { AbortedError } from '../../util/errors.js'
import type { Log } from '../log.js'
import type { RecordChange, Records } from '../records/records.js'
import type { SessionRecord } from '../records/session-record.js'
import { isTurnOver, type TurnRecord } from '../records/turn-record.js'
import type { Sessions } from '../sessions/sessions.js'
import { type Settlement, settledRecord } from './settlement.js'

/** A turn that was started or steered. */
export interface SupervisedTurn {
  /** Key of the record. */
  readonly id: string
  /** How the turn stood when it was handed out. */
  readonly record: TurnRecord
  /** Resolves with the final record when the turn has ended, whatever ended it. Never rejects. */
  readonly settled: Promise<TurnRecord>
  /**
   * Resolves with all that the turn has brought; `undefined` for a turn that an earlier program has started.
   * Never rejects.
   */
  readonly result: Promise<TurnResult | undefined>
}

/** What a {@link TurnBook} needs of the supervisor. */
export interface TurnBookOptions {
  readonly records: Records
  readonly log: Log
  readonly sessions: Sessions
}

type Outcome = Pick<SupervisedTurn, 'settled' | 'result'>

/** The records of turns, and what this program knows of those that have not ended. */
export class TurnBook {
  readonly #options: TurnBookOptions
  readonly #outcomes = new Map<string, Outcome>()
  /** Those that this program has begun or follows. */
  readonly #own = new Set<string>()

  constructor(options: TurnBookOptions) {
    this.#options = options
  }

  get(id: string): TurnRecord | undefined {
    return this.#options.records.turns.get(id)
  }

  /** Turns that have not ended. */
  open(): TurnRecord[] {
    return [...this.#options.records.turns.values()].filter(({ status }) => !isTurnOver(status))
  }

  /** Turns of a session that have not ended and that nobody in this program follows. */
  left(sessionId: string): TurnRecord[] {
    return this.open().filter((turn) => turn.sessionId === sessionId && !this.#own.has(turn.id))
  }

  /** Keeps the record of a turn that is about to be started. Rejects when it cannot be kept. */
  async add(record: TurnRecord, session: SessionRecord): Promise<void> {
    this.#own.add(record.id)
    try {
      const counted = { ...session, turns: session.turns + 1 }
      await this.#options.records.add([putTurn(record), putSession(counted)])
    } catch (error) {
      this.#own.delete(record.id)
      throw error
    }
  }

  /** Forgets a turn of which nothing was sent. */
  async remove(id: string): Promise<void> {
    const { records, sessions } = this.#options
    this.#own.delete(id)
    const { sessionId = '' } = records.turns.get(id) ?? {}
    const before = records.sessions.get(sessionId)
    // Its thread may still have had no turn, which Codex does not keep.
    const session = before && sessions.patched(sessionId, { turns: before.turns - 1 })
    await records.update([
      { type: 'delete', kind: 'turn', key: id },
      ...(session ? [putSession(session)] : []),
    ])
  }

  /** The outcome of a turn is on its way. */
  expect(id: string, outcome: Outcome): void {
    this.#own.add(id)
    this.#outcomes.set(id, outcome)
  }

  /** Codex has told that a turn runs. */
  async runs(id: string, turnId: string): Promise<void> {
    const { records, sessions, log } = this.#options
    const record = records.turns.get(id)
    if (!record || isTurnOver(record.status)) return
    const { sessionId } = record
    const session = sessions.patched(sessionId, { status: 'running', currentTurnId: turnId })
    const turn: TurnRecord = { ...record, turnId, status: 'running', updatedAt: now() }
    log('info', 'turn.started', 'A turn runs', { id, sessionId, turnId })
    await records.update([putTurn(turn), ...(session ? [putSession(session)] : [])])
  }

  /** Changes members of a record, if there is one. */
  async patch(id: string, changes: Partial<TurnRecord>): Promise<void> {
    const record = this.#options.records.turns.get(id)
    if (record) await this.#options.records.update([putTurn({ ...record, ...changes, updatedAt: now() })])
  }

  /** The one place where a turn ends. */
  async settle(id: string, settlement: Settlement): Promise<TurnRecord> {
    const { records, sessions, log } = this.#options
    const before = records.turns.get(id)
    if (!before) throw new AbortedError(`The turn ${id}`)
    if (isTurnOver(before.status)) return before
    const record = settledRecord(before, settlement, now())
    const { sessionId, turnId, status, failure, diagnosis } = record
    const live = sessions.live(sessionId)
    if (live.turn !== undefined && live.turn !== 'reserved' && live.turn.id === id) live.turn = undefined
    const sessionStatus = records.sessions.get(sessionId)?.status
    const session = sessions.patched(sessionId, {
      ...(sessionStatus === 'running' ? { status: live.attachment ? 'idle' : 'disconnected' } : {}),
      currentTurnId: undefined,
      lastTurnId: turnId,
      lastTurnStatus: status,
    })
    const changes: RecordChange[] = [putTurn(record), ...(session ? [putSession(session)] : [])]
    const level = status === 'failed' ? 'error' : 'info'
    const facts = { id, sessionId, turnId, status, failure, diagnosis }
    // Logged once it lasts: were it the other way round, a program killed in between would leave a second end to log.
    await records.update(changes)
    log(level, 'turn.settled', `A turn ${status === 'completed' ? 'is complete' : `has ${status}`}`, facts)
    this.#outcomes.delete(id)
    this.#own.delete(id)
    return record
  }

  /** What is handed out of a turn. */
  handle(id: string, record: TurnRecord, outcome = this.#outcomes.get(id)): SupervisedTurn {
    return {
      id,
      record,
      settled: outcome?.settled ?? Promise.resolve(record),
      result: outcome?.result ?? Promise.resolve(undefined),
    }
  }
}

function putTurn(value: TurnRecord): RecordChange {
  return { type: 'put', kind: 'turn', key: value.id, value }
}

function putSession(value: SessionRecord): RecordChange {
  return { type: 'put', kind: 'session', key: value.sessionId, value }
}

function now(): string {
  return new Date().toISOString()
}

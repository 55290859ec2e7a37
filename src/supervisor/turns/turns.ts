import { randomUUID } from 'node:crypto'
import type { Turn, TurnEvent, TurnInput, TurnResult } from '../../client/index.js'
import { toUserInput } from '../../client/input.js'
import { ConnectionClosedError } from '../../rpc/errors.js'
import { deferred } from '../../util/deferred.js'
import { AbortedError } from '../../util/errors.js'
import { SessionBusyError, TurnMismatchError } from '../errors.js'
import type { Log } from '../log.js'
import type { RecordChange, Records } from '../records/records.js'
import type { SessionRecord } from '../records/session-record.js'
import { isTurnOver, type TurnRecord } from '../records/turn-record.js'
import type { Attachment } from '../sessions/session.js'
import type { Sessions } from '../sessions/sessions.js'
import { followLeftTurn, hostEnded } from './follow.js'
import { type CreateTurnOptions, checkTurn } from './options.js'
import { type Settlement, settledRecord, settlementOf } from './settlement.js'
import { summariseInput } from './summary.js'

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

/** What {@link Turns} needs of the supervisor. */
export interface TurnsOptions {
  readonly records: Records
  readonly log: Log
  readonly sessions: Sessions
  /** Receives each event of each turn. Must not throw. */
  readonly onEvent: (record: TurnRecord, event: TurnEvent) => void
}

interface Outcome {
  readonly settled: Promise<TurnRecord>
  readonly result: Promise<TurnResult | undefined>
}

/** The turns: started, steered, followed to their one end. */
export class Turns {
  readonly #options: TurnsOptions
  readonly #outcomes = new Map<string, Outcome>()
  /** Those that this program has begun: none of them was left by another. */
  readonly #own = new Set<string>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /**
   * Starts a turn, or steers the one that is named. Resolves when Codex has told that it runs, or it has ended
   * before. Rejects only when nothing was sent.
   */
  async create(options: CreateTurnOptions): Promise<SupervisedTurn> {
    checkTurn(options)
    const { sessions } = this.#options
    const { sessionId, expectedTurnId, input } = options
    sessions.open(sessionId)
    if (expectedTurnId !== undefined) return await this.#steer(sessionId, expectedTurnId, input)
    const live = sessions.live(sessionId)
    if (live.turn !== undefined) throw new SessionBusyError(sessionId)
    live.turn = 'reserved'
    try {
      const attachment = await sessions.attach(sessionId, options.signal)
      return await this.#start(options, attachment)
    } finally {
      // Also when a turn that was left was found meanwhile: that one stays.
      if (live.turn === 'reserved') live.turn = undefined
    }
  }

  /** Interrupts the turn of a session, and resolves when it has ended. Does nothing when none runs. */
  async interrupt(sessionId: string): Promise<void> {
    const { turn } = this.#options.sessions.live(sessionId)
    if (turn !== undefined && turn !== 'reserved') await turn.interrupt()
  }

  /** Interrupts all turns, and resolves when they have ended. Never rejects. */
  async interruptAll(): Promise<void> {
    const { records } = this.#options
    const running = [...records.turns.values()].filter(({ status }) => !isTurnOver(status))
    await Promise.all(running.map(({ sessionId }) => this.interrupt(sessionId).catch(() => {})))
  }

  /** Settles what an earlier program has left of a session, now that its thread is loaded. Never rejects. */
  async followLeft(sessionId: string, attachment: Attachment): Promise<void> {
    for (const record of this.#left(sessionId)) {
      try {
        await this.#follow(record, attachment)
      } catch (error) {
        if (error instanceof ConnectionClosedError) return
        this.#options.log('warn', 'turn.look-up-failed', (error as Error).message, { id: record.id })
        await this.#settle(record.id, hostEnded(record.turnId))
      }
    }
  }

  /** Settles what an earlier program has left of a session whose thread is gone. Never rejects. */
  async abandonLeft(sessionId: string): Promise<void> {
    for (const { id, turnId } of this.#left(sessionId)) await this.#settle(id, hostEnded(turnId))
  }

  /** Turns of a session that nobody in this program follows. */
  #left(sessionId: string): TurnRecord[] {
    const { records } = this.#options
    return [...records.turns.values()].filter(
      (turn) => turn.sessionId === sessionId && !isTurnOver(turn.status) && !this.#own.has(turn.id),
    )
  }

  async #steer(sessionId: string, expectedTurnId: string, input: TurnInput): Promise<SupervisedTurn> {
    const { sessions, records, log } = this.#options
    const { turn } = sessions.live(sessionId)
    const { currentTurnId } = sessions.record(sessionId)
    if (turn === undefined || turn === 'reserved' || currentTurnId !== expectedTurnId) {
      throw new TurnMismatchError(expectedTurnId, currentTurnId)
    }
    await turn.steer(input)
    const record = records.turns.get(turn.id)
    if (record) await this.#patch(turn.id, { steers: record.steers + 1 })
    log('info', 'turn.steered', 'A turn was steered', { id: turn.id, sessionId, turnId: expectedTurnId })
    return this.#handle(turn.id)
  }

  async #start(options: CreateTurnOptions, { thread }: Attachment): Promise<SupervisedTurn> {
    const { records, sessions, log } = this.#options
    const { sessionId, expectedTurnId: _expected, input, metadata, onEvent, ...turnOptions } = options
    // It may have been closed while its thread was being loaded.
    const session = sessions.open(sessionId)
    const record = newTurn(sessionId, thread.id, options)
    const { id } = record
    this.#own.add(id)
    // On the disk before it is sent: after a crash it must be known that Codex may have had it.
    await records.add([putTurn(record), putSession({ ...session, turns: session.turns + 1 })])
    let turn: Turn
    try {
      sessions.open(sessionId)
      const { requestedEffort } = session
      const effort = turnOptions.effort ?? requestedEffort
      turn = thread.stream(input, {
        ...turnOptions,
        ...(effort === undefined ? {} : { effort }),
        clientUserMessageId: id,
      })
    } catch (error) {
      // Refused before anything was sent.
      await records.update([{ type: 'delete', kind: 'turn', key: id }])
      throw error
    }
    sessions.live(sessionId).turn = {
      id,
      steer: (more) => turn.steer(more),
      interrupt: async () => {
        await turn.interrupt()
        await settled
      },
    }
    const running = deferred<void>()
    const settled = this.#run(id, turn, running.resolve, onEvent)
    this.#outcomes.set(id, { settled, result: turn.result })
    log('info', 'turn.created', 'A turn is started', {
      id,
      sessionId,
      threadId: thread.id,
      input: record.inputSummary,
    })
    await Promise.race([running.promise, settled])
    return this.#handle(id, { settled, result: turn.result })
  }

  async #run(
    id: string,
    turn: Turn,
    onRunning: () => void,
    onEvent: ((event: TurnEvent) => void) | undefined,
  ): Promise<TurnRecord> {
    for await (const event of turn) {
      await this.#observe(id, event, onRunning)
      const record = this.#options.records.turns.get(id)
      if (record) this.#options.onEvent(record, event)
      callSafely(onEvent, event)
    }
    return await this.#settle(id, settlementOf(await turn.result))
  }

  async #observe(id: string, event: TurnEvent, onRunning: () => void): Promise<void> {
    const record = this.#options.records.turns.get(id)
    if (!record) return
    const facts = { id, sessionId: record.sessionId, turnId: event.turnId }
    if (event.type === 'turn.started') {
      await this.#runs(record, event.turnId)
      onRunning()
    } else if (event.type === 'turn.retrying') {
      const { message } = event
      this.#options.log('warn', 'turn.retrying', message, facts)
      void this.#patch(id, { retries: record.retries + 1 })
    } else if (event.type === 'turn.stalled') {
      const { reason, silentMs } = event
      this.#options.log('warn', 'turn.stalled', 'Nothing happens in a turn', { ...facts, reason, silentMs })
    }
  }

  async #runs(record: TurnRecord, turnId: string): Promise<void> {
    const { records, sessions, log } = this.#options
    const { id, sessionId } = record
    const session = sessions.patched(sessionId, { status: 'running', currentTurnId: turnId })
    const turn: TurnRecord = { ...record, turnId, status: 'running', updatedAt: now() }
    log('info', 'turn.started', 'A turn runs', { id, sessionId, turnId })
    await records.update([putTurn(turn), ...(session ? [putSession(session)] : [])])
  }

  async #follow(record: TurnRecord, attachment: Attachment): Promise<void> {
    const { sessions } = this.#options
    const { id, sessionId, threadId } = record
    const { client } = attachment.link
    const left = await followLeftTurn(client, { ...record, isServerGone: attachment.link.pid !== undefined })
    if (left.state === 'over') {
      await this.#settle(id, left.settlement)
      return
    }
    const { turnId } = left
    const settled = left.settlement.then((settlement) => this.#settle(id, { turnId, ...settlement }))
    this.#own.add(id)
    this.#outcomes.set(id, { settled, result: Promise.resolve(undefined) })
    sessions.live(sessionId).turn = {
      id,
      steer: async (input) => {
        await client.request('turn/steer', { threadId, expectedTurnId: turnId, input: toUserInput(input) })
      },
      interrupt: async () => {
        await client.request('turn/interrupt', { threadId, turnId })
        await settled
      },
    }
    await this.#runs(record, turnId)
  }

  /** The one place where a turn ends. */
  async #settle(id: string, settlement: Settlement): Promise<TurnRecord> {
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

  async #patch(id: string, changes: Partial<TurnRecord>): Promise<void> {
    const record = this.#options.records.turns.get(id)
    if (record) await this.#options.records.update([putTurn({ ...record, ...changes, updatedAt: now() })])
  }

  #handle(id: string, outcome = this.#outcomes.get(id)): SupervisedTurn {
    const record = this.#options.records.turns.get(id) as TurnRecord
    return {
      id,
      record,
      settled: outcome?.settled ?? Promise.resolve(record),
      result: outcome?.result ?? Promise.resolve(undefined),
    }
  }
}

function newTurn(sessionId: string, threadId: string, { input, metadata }: CreateTurnOptions): TurnRecord {
  const createdAt = now()
  return {
    id: `turn-${randomUUID()}`,
    sessionId,
    threadId,
    status: 'starting',
    inputSummary: summariseInput(input),
    steers: 0,
    retries: 0,
    metadata,
    createdAt,
    updatedAt: createdAt,
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

function callSafely(observer: ((event: TurnEvent) => void) | undefined, event: TurnEvent): void {
  try {
    const result: unknown = observer?.(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // An observer cannot break the turn.
  }
}

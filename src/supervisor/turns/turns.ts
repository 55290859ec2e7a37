import { randomUUID } from 'node:crypto'
import type { Turn, TurnEvent, TurnInput } from '../../client/index.js'
import { deferred } from '../../util/deferred.js'
import { SessionBusyError, TurnMismatchError } from '../errors.js'
import type { TurnRecord } from '../records/turn-record.js'
import type { Attachment } from '../sessions/session.js'
import { LeftTurns } from './left-turns.js'
import { type CreateTurnOptions, checkTurn } from './options.js'
import { settlementOf } from './settlement.js'
import { summariseInput } from './summary.js'
import { type SupervisedTurn, TurnBook, type TurnBookOptions } from './turn-book.js'

/** What {@link Turns} needs of the supervisor. */
export interface TurnsOptions extends TurnBookOptions {
  /** Time that Codex has to end an interrupted turn, in milliseconds, or `Infinity`. */
  readonly interruptTimeoutMs: number
  /** Receives each event of each turn. Must not throw. */
  readonly onEvent: (record: TurnRecord, event: TurnEvent) => void
}

/** The turns: started, steered, followed to their one end. */
export class Turns {
  /** Those that an earlier program has left. */
  readonly left: LeftTurns
  readonly #options: TurnsOptions
  readonly #book: TurnBook

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#book = new TurnBook(options)
    this.left = new LeftTurns(this.#book, options.sessions, options.log, options.interruptTimeoutMs)
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
      // With the thread came a turn that an earlier program has started. Another would steer it.
      if (live.turn !== 'reserved') throw new SessionBusyError(sessionId)
      return await this.#start(options, attachment)
    } finally {
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
    await Promise.all(this.#book.open().map(({ sessionId }) => this.interrupt(sessionId).catch(() => {})))
  }

  async #steer(sessionId: string, expectedTurnId: string, input: TurnInput): Promise<SupervisedTurn> {
    const { sessions, log } = this.#options
    const { turn } = sessions.live(sessionId)
    const { currentTurnId } = sessions.record(sessionId)
    if (turn === undefined || turn === 'reserved' || currentTurnId !== expectedTurnId) {
      throw new TurnMismatchError(expectedTurnId, currentTurnId)
    }
    const before = this.#book.get(turn.id)
    if (!before) throw new TurnMismatchError(expectedTurnId, currentTurnId)
    await turn.steer(input)
    const record = this.#book.get(turn.id) ?? before
    await this.#book.patch(turn.id, { steers: record.steers + 1 })
    log('info', 'turn.steered', 'A turn was steered', { id: turn.id, sessionId, turnId: expectedTurnId })
    return this.#book.handle(turn.id, this.#book.get(turn.id) ?? record)
  }

  async #start(options: CreateTurnOptions, { thread }: Attachment): Promise<SupervisedTurn> {
    const { sessions, log } = this.#options
    const {
      sessionId,
      expectedTurnId: _expected,
      input,
      metadata: _metadata,
      onEvent,
      ...turnOptions
    } = options
    // It may have been closed while its thread was being loaded.
    const session = sessions.open(sessionId)
    const record = newTurn(sessionId, thread.id, options)
    const { id, inputSummary } = record
    // On the disk before it is sent: after a crash it must be known that Codex may have had it.
    await this.#book.add(record, session)
    let turn: Turn
    try {
      sessions.open(sessionId)
      const effort = turnOptions.effort ?? session.requestedEffort
      turn = thread.stream(input, {
        ...turnOptions,
        ...(effort === undefined ? {} : { effort }),
        clientUserMessageId: id,
      })
    } catch (error) {
      // Refused before anything was sent.
      await this.#book.remove(id)
      throw error
    }
    log('info', 'turn.created', 'A turn is started', {
      id,
      sessionId,
      threadId: thread.id,
      input: inputSummary,
    })
    const running = deferred<void>()
    const settled = this.#run(id, turn, running.resolve, onEvent)
    const outcome = { settled, result: turn.result }
    this.#book.expect(id, outcome)
    sessions.live(sessionId).turn = {
      id,
      steer: (more) => turn.steer(more),
      interrupt: async () => {
        await turn.interrupt()
        await settled
      },
    }
    await Promise.race([running.promise, settled])
    // One that has ended may be forgotten already.
    return this.#book.handle(id, this.#book.get(id) ?? (await settled), outcome)
  }

  async #run(
    id: string,
    turn: Turn,
    onRunning: () => void,
    onEvent: ((event: TurnEvent) => void) | undefined,
  ): Promise<TurnRecord> {
    for await (const event of turn) {
      await this.#observe(id, event, onRunning)
      const record = this.#book.get(id)
      if (record) this.#options.onEvent(record, event)
      callSafely(onEvent, event)
    }
    return await this.#book.settle(id, settlementOf(await turn.result))
  }

  async #observe(id: string, event: TurnEvent, onRunning: () => void): Promise<void> {
    const record = this.#book.get(id)
    if (!record) return
    const facts = { id, sessionId: record.sessionId, turnId: event.turnId }
    if (event.type === 'turn.started') {
      await this.#book.runs(id, event.turnId)
      onRunning()
    } else if (event.type === 'turn.retrying') {
      this.#options.log('warn', 'turn.retrying', event.message, facts)
      void this.#book.patch(id, { retries: record.retries + 1 })
    } else if (event.type === 'turn.stalled') {
      const { reason, silentMs } = event
      this.#options.log('warn', 'turn.stalled', 'Nothing happens in a turn', { ...facts, reason, silentMs })
    }
  }
}

function newTurn(sessionId: string, threadId: string, { input, metadata }: CreateTurnOptions): TurnRecord {
  const createdAt = new Date().toISOString()
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

function callSafely(observer: ((event: TurnEvent) => void) | undefined, event: TurnEvent): void {
  try {
    const result: unknown = observer?.(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // An observer cannot break the turn.
  }
}

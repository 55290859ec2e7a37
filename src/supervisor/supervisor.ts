import type { ApprovalDecision } from '../approvals/index.js'
import type { TurnEvent } from '../client/index.js'
import type { ParkedApproval } from './approvals/inbox.js'
import { openBacking } from './backing.js'
import { ApprovalNotFoundError, ServerNotReadyError, SupervisorClosedError } from './errors.js'
import type { EventLogEntry, LogEvent } from './events/event.js'
import type { EventsOptions } from './events/event-log.js'
import { checkSupervisorOptions, type SupervisorOptions } from './options.js'
import { Parts } from './parts.js'
import type { RunRecord, RunResult } from './records/run-record.js'
import type { SessionRecord } from './records/session-record.js'
import type { TurnRecord } from './records/turn-record.js'
import type { CreateRunOptions } from './runs/options.js'
import type { CreateSessionOptions, RegisterSessionOptions } from './sessions/options.js'
import type { SupervisorStatus } from './status.js'
import type { CreateTurnOptions } from './turns/options.js'
import type { SupervisedTurn } from './turns/turn-book.js'

/**
 * Runs Codex for days: owns the server, the sessions, their turns, and queued runs of `codex exec`; keeps their
 * records so that they survive the death of the server and of the program. Nothing that Codex may have acted on is
 * ever repeated.
 *
 * Make it with {@link Supervisor.open}, then {@link start} it. Close it, or declare it with `await using`.
 */
export class Supervisor {
  /** A bundler gives another name to a class whose own body names it, unless it is told. */
  static readonly name = 'Supervisor'
  readonly #parts: Parts
  #closing: Promise<void> | undefined
  /** How often `stop` was called: a start that was called before must not begin. */
  #stops = 0
  /** Starts and stops, one after the other. */
  #turnOfChange: Promise<unknown> = Promise.resolve()

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Opens the records of a folder and takes up what an earlier program has left: runs that had begun have failed,
   * and their processes are ended; runs that had not are queued. Starts no server and no run.
   *
   * Rejects with `InvalidInputError` for a wrong option; `FolderLockedError` when another supervisor has the folder;
   * `DamagedFileError`, `NewerFileError` and `PersistenceError` when it cannot be read. Nothing is left open then.
   */
  static async open(options: SupervisorOptions = {}): Promise<Supervisor> {
    const settings = checkSupervisorOptions(options)
    const backing = await openBacking(settings)
    try {
      const parts = new Parts(settings, backing)
      await parts.recover()
      return new Supervisor(parts)
    } catch (error) {
      await backing.close()
      throw error
    }
  }

  /**
   * Starts the server, resumes the sessions, settles the turns that an earlier program has left, and lets queued
   * runs begin. Resolves when that is done; does nothing when it has been.
   *
   * Rejects when the first start fails, as `Codex.start` and `Codex.connect` do; with `FolderLockedError` when
   * another supervisor runs the server of this Codex home, `OrphanSurvivedError`, {@link SupervisorClosedError}, and
   * `ServerNotReadyError` when `stop` is called before it is done.
   */
  async start(): Promise<void> {
    const stops = this.#stops
    const requireWanted = () => {
      if (stops !== this.#stops) throw new ServerNotReadyError('it was stopped before it was started')
    }
    const { home, loop, runs } = this.#parts
    await this.#inTurn(async () => {
      this.#requireOpen()
      requireWanted()
      await home.take()
      try {
        requireWanted()
        await loop.start()
      } catch (error) {
        await home.giveBack()
        throw error
      }
      runs.start()
    })
  }

  /**
   * Interrupts the turns and cancels the runs that have begun, ends the server, and waits for all of it. Queued runs
   * stay queued. It can be started again. Idempotent; never rejects.
   */
  async stop(): Promise<void> {
    this.#stops += 1
    const { home, loop, runs, turns } = this.#parts
    // A start that hangs, or waits for a restart, must not delay it.
    if (loop.state === 'starting' || loop.state === 'restarting') void loop.stop()
    await this.#inTurn(async () => {
      await Promise.all([runs.stop(), turns.interruptAll()])
      await loop.stop()
      await home.giveBack()
    })
  }

  /**
   * Stops, and lets the store and the log go. Idempotent; never rejects. What would start or change anything then
   * rejects with {@link SupervisorClosedError}; what only tells goes on telling how everything stood.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    await this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** How everything stands. */
  status(): SupervisorStatus {
    return this.#parts.status()
  }

  /**
   * Makes a session: with a new thread, or with the thread that is given, which is resumed. Waits for a server that
   * is being started. `cwd` is absolute. Rejects as `Codex.startThread` and `Codex.resumeThread` do, with `SessionExistsError`,
   * `ServerNotReadyError`, and as the store does; the session is not there then.
   */
  async createSession(options: CreateSessionOptions = {}): Promise<SessionRecord> {
    this.#requireOpen()
    return await this.#parts.sessions.create(options)
  }

  /**
   * Records a session without asking Codex. Its thread, if it is given one, is resumed for its first turn. Rejects
   * with `InvalidInputError`, `SessionExistsError`, and as the store does.
   */
  async registerSession(options: RegisterSessionOptions): Promise<SessionRecord> {
    this.#requireOpen()
    return await this.#parts.sessions.register(options)
  }

  /** A session; `undefined` when there is none. */
  getSession(sessionId: string): SessionRecord | undefined {
    return this.#parts.records.sessions.get(sessionId)
  }

  /** All sessions, oldest first, the closed ones that are kept included. */
  listSessions(): readonly SessionRecord[] {
    return [...this.#parts.records.sessions.values()]
  }

  /**
   * Interrupts the turn of a session and closes it for good; its thread stays stored by Codex. Idempotent. Rejects
   * with `SessionNotFoundError`, and as the store does; it stays open then.
   */
  async closeSession(sessionId: string): Promise<SessionRecord> {
    this.#requireOpen()
    this.#parts.sessions.record(sessionId)
    await this.#parts.turns.interrupt(sessionId)
    return await this.#parts.sessions.close(sessionId)
  }

  /**
   * Starts a turn, or, with `expectedTurnId`, adds input to the one that runs. Resolves when Codex has told that it
   * runs, or it has ended before; how it ends is in the record that `settled` resolves with.
   *
   * Rejects, with nothing sent: with `InvalidInputError`; `SessionNotFoundError`, `SessionClosedError`,
   * `SessionWithoutThreadError`, `SessionBusyError` and `SessionLostError`; `TurnMismatchError` for a steer of
   * another turn than the one that runs; `ServerNotReadyError`; and as the store does. A steer rejects as
   * `Turn.steer` does, too.
   */
  async createTurn(options: CreateTurnOptions): Promise<SupervisedTurn> {
    this.#requireOpen()
    return await this.#parts.turns.create(options)
  }

  /** Interrupts the turn of a session and resolves when it has ended. Rejects with `SessionNotFoundError`. */
  async interruptTurn(sessionId: string): Promise<void> {
    this.#requireOpen()
    this.#parts.sessions.record(sessionId)
    await this.#parts.turns.interrupt(sessionId)
  }

  /** A turn, by the key of its record; `undefined` when there is none, or it is forgotten. */
  getTurn(id: string): TurnRecord | undefined {
    return this.#parts.records.turns.get(id)
  }

  /** The turns of a session, or all of them, oldest first. */
  listTurns(sessionId?: string): readonly TurnRecord[] {
    const turns = [...this.#parts.records.turns.values()]
    return sessionId === undefined ? turns : turns.filter((turn) => turn.sessionId === sessionId)
  }

  /** Calls a listener with each event of each turn of this program. Returns a function that takes it away. */
  onTurnEvent(listener: (record: TurnRecord, event: TurnEvent) => void): () => void {
    return this.#parts.onTurnEvent(listener)
  }

  /**
   * Queues a `codex exec` job. Resolves when it is on the disk. Rejects with `InvalidInputError`,
   * `RunQueueFullError`, and as the store does; nothing is queued then.
   */
  async createRun(options: CreateRunOptions): Promise<RunRecord> {
    this.#requireOpen()
    return await this.#parts.runs.create(options)
  }

  /**
   * Cancels a run. Resolves with its final record when it has ended. Rejects with `RunNotFoundError`, and as the store
   * does for one that has not begun; it goes on waiting then.
   */
  async cancelRun(runId: string): Promise<RunRecord> {
    this.#requireOpen()
    return await this.#parts.runs.cancel(runId)
  }

  /**
   * Resolves with the final record of a run. Rejects with `RunNotFoundError`, and with {@link SupervisorClosedError}
   * when the supervisor is closed before a queued run has begun.
   */
  async waitForRun(runId: string): Promise<RunRecord> {
    return await this.#parts.runs.ended(runId)
  }

  /** A run; `undefined` when there is none, or it is forgotten. */
  getRun(runId: string): RunRecord | undefined {
    return this.#parts.records.runs.get(runId)
  }

  /** All runs, oldest first, those that have ended as far as they are kept. */
  listRuns(): readonly RunRecord[] {
    return [...this.#parts.records.runs.values()]
  }

  /** All that a run brought, secrets removed; `undefined` before its end. Rejects with `PersistenceError`. */
  async getRunResult(runId: string): Promise<RunResult | undefined> {
    return await this.#parts.backing.results.load(runId)
  }

  /** Approvals that wait in the inbox, oldest first. */
  listApprovals(): readonly ParkedApproval[] {
    return this.#parts.settings.inbox?.list() ?? []
  }

  /** Decides an approval of the inbox. Rejects as `ApprovalInbox.answer` does. */
  async answerApproval(id: string, decision: ApprovalDecision): Promise<void> {
    const { inbox } = this.#parts.settings
    if (!inbox) throw new ApprovalNotFoundError(id)
    await inbox.answer(id, decision)
  }

  /** The event log, from a number on; as `EventLog.events` tells it. */
  events(options?: EventsOptions): AsyncIterable<EventLogEntry> {
    return this.#parts.backing.events.events(options)
  }

  /** Calls a listener for each event of the log from now on. Returns a function that takes it away. */
  subscribe(listener: (event: LogEvent) => void): () => void {
    return this.#parts.backing.events.subscribe(listener)
  }

  #requireOpen(): void {
    if (this.#closing) throw new SupervisorClosedError()
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turnOfChange.then(change)
    this.#turnOfChange = done.catch(() => {})
    return done
  }

  async #shutDown(): Promise<void> {
    await this.stop()
    await this.#parts.close()
  }
}

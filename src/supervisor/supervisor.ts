import type { ApprovalDecision } from '../approvals/index.js'
import { DEFAULT_INTERRUPT_TIMEOUT_MS, type TurnEvent } from '../client/index.js'
import type { CloseReason } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import type { ParkedApproval } from './approvals/inbox.js'
import { logInbox } from './approvals/log-inbox.js'
import { type Backing, openBacking } from './backing.js'
import { ApprovalNotFoundError, ServerNotReadyError, SupervisorClosedError } from './errors.js'
import type { EventLogEntry, LogEvent } from './events/event.js'
import type { EventsOptions } from './events/event-log.js'
import { type Log, logTo } from './log.js'
import { checkSupervisorOptions, type SupervisorOptions, type SupervisorSettings } from './options.js'
import { Records } from './records/records.js'
import type { RunRecord, RunResult } from './records/run-record.js'
import type { SessionRecord } from './records/session-record.js'
import type { TurnRecord } from './records/turn-record.js'
import type { CreateRunOptions } from './runs/options.js'
import { Runs } from './runs/runs.js'
import { connectServer } from './server/connect.js'
import { endProcess } from './server/end-process.js'
import { type HomeLease, leaseHome } from './server/home-lease.js'
import { type ServerLink, ServerLoop } from './server/server-loop.js'
import type { CreateSessionOptions, RegisterSessionOptions } from './sessions/options.js'
import { Sessions } from './sessions/sessions.js'
import { describeStatus, type SupervisorStatus } from './status.js'
import type { CreateTurnOptions } from './turns/options.js'
import type { SupervisedTurn } from './turns/turn-book.js'
import { Turns } from './turns/turns.js'

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
  readonly #settings: SupervisorSettings
  readonly #backing: Backing
  readonly #records: Records
  readonly #loop: ServerLoop
  readonly #sessions: Sessions
  readonly #turns: Turns
  readonly #runs: Runs
  readonly #log: Log
  readonly #emitter = new Emitter<{ 'turn.event': readonly [record: TurnRecord, event: TurnEvent] }>()
  readonly #unwatch: (() => void)[] = []
  #lease: HomeLease | undefined
  #lostEvents = 0
  #lostChanges = 0
  #closing: Promise<void> | undefined
  /** How often `stop` was called: a start that was called before must not begin. */
  #stops = 0
  /** Starts and stops, one after the other. */
  #turnOfChange: Promise<unknown> = Promise.resolve()

  private constructor(settings: SupervisorSettings, backing: Backing) {
    this.#settings = settings
    this.#backing = backing
    this.#log = logTo(backing.events, () => {
      this.#lostEvents += 1
    })
    if (settings.logger) this.#unwatch.push(backing.events.subscribe(settings.logger))
    const { limits } = settings
    this.#records = new Records(backing.store, limits, {
      onProblem: (error) => {
        this.#lostChanges += 1
        this.#log('error', 'supervisor.change-not-kept', (error as Error).message)
      },
      onRunForgotten: (runId) => void backing.results.remove(runId),
    })
    this.#loop = this.#makeLoop()
    this.#sessions = this.#makeSessions()
    this.#turns = new Turns({
      records: this.#records,
      log: this.#log,
      sessions: this.#sessions,
      interruptTimeoutMs: settings.client.interruptTimeoutMs ?? DEFAULT_INTERRUPT_TIMEOUT_MS,
      onEvent: (record, event) => this.#emitter.emit('turn.event', record, event),
    })
    this.#runs = new Runs({
      records: this.#records,
      results: backing.results,
      log: this.#log,
      exec: settings.execRunner,
      env: { ...settings.env, CODEX_HOME: settings.codexHome },
      maxConcurrent: limits.maxConcurrentRuns,
      maxQueued: limits.maxQueuedRuns,
      endProcess,
    })
    if (settings.inbox) this.#unwatch.push(logInbox(settings.inbox, this.#log))
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
      const supervisor = new Supervisor(settings, backing)
      await supervisor.#recover()
      return supervisor
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
    await this.#inTurn(async () => {
      this.#requireOpen()
      requireWanted()
      if (this.#settings.server.strategy === 'spawn') this.#lease ??= await this.#takeHome()
      try {
        requireWanted()
        await this.#loop.start()
      } catch (error) {
        await this.#giveHomeBack()
        throw error
      }
      this.#runs.start()
    })
  }

  /**
   * Interrupts the turns and cancels the runs that have begun, ends the server, and waits for all of it. Queued runs
   * stay queued. It can be started again. Idempotent; never rejects.
   */
  async stop(): Promise<void> {
    this.#stops += 1
    // A start that hangs, or waits for a restart, must not delay it.
    const { state } = this.#loop
    if (state === 'starting' || state === 'restarting') void this.#loop.stop()
    await this.#inTurn(async () => {
      await Promise.all([this.#runs.stop(), this.#turns.interruptAll()])
      await this.#loop.stop()
      await this.#giveHomeBack()
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
    return describeStatus({
      loop: this.#loop,
      records: this.#records,
      parkedApprovals: this.#settings.inbox?.list().length ?? 0,
      lastEventSeq: this.#backing.events.lastSeq,
      lostEvents: this.#lostEvents,
      lostChanges: this.#lostChanges,
    })
  }

  /**
   * Makes a session: with a new thread, or with the thread that is given, which is resumed. Waits for a server that
   * is being started. Rejects as `Codex.startThread` and `Codex.resumeThread` do, with `SessionExistsError`,
   * `ServerNotReadyError`, and as the store does; the session is not there then.
   */
  async createSession(options: CreateSessionOptions = {}): Promise<SessionRecord> {
    this.#requireOpen()
    return await this.#sessions.create(options)
  }

  /**
   * Records a session without asking Codex. Its thread, if it is given one, is resumed for its first turn. Rejects
   * with `InvalidInputError`, `SessionExistsError`, and as the store does.
   */
  async registerSession(options: RegisterSessionOptions): Promise<SessionRecord> {
    this.#requireOpen()
    return await this.#sessions.register(options)
  }

  /** A session; `undefined` when there is none. */
  getSession(sessionId: string): SessionRecord | undefined {
    return this.#records.sessions.get(sessionId)
  }

  /** All sessions, oldest first, the closed ones that are kept included. */
  listSessions(): readonly SessionRecord[] {
    return [...this.#records.sessions.values()]
  }

  /**
   * Interrupts the turn of a session and closes it for good; its thread stays stored by Codex. Idempotent. Rejects
   * with `SessionNotFoundError`.
   */
  async closeSession(sessionId: string): Promise<SessionRecord> {
    this.#requireOpen()
    this.#sessions.record(sessionId)
    await this.#turns.interrupt(sessionId)
    return await this.#sessions.close(sessionId)
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
    return await this.#turns.create(options)
  }

  /** Interrupts the turn of a session and resolves when it has ended. Rejects with `SessionNotFoundError`. */
  async interruptTurn(sessionId: string): Promise<void> {
    this.#requireOpen()
    this.#sessions.record(sessionId)
    await this.#turns.interrupt(sessionId)
  }

  /** A turn, by the key of its record; `undefined` when there is none, or it is forgotten. */
  getTurn(id: string): TurnRecord | undefined {
    return this.#records.turns.get(id)
  }

  /** The turns of a session, or all of them, oldest first. */
  listTurns(sessionId?: string): readonly TurnRecord[] {
    const turns = [...this.#records.turns.values()]
    return sessionId === undefined ? turns : turns.filter((turn) => turn.sessionId === sessionId)
  }

  /** Calls a listener with each event of each turn of this program. Returns a function that takes it away. */
  onTurnEvent(listener: (record: TurnRecord, event: TurnEvent) => void): () => void {
    return this.#emitter.on('turn.event', listener)
  }

  /**
   * Queues a `codex exec` job. Resolves when it is on the disk. Rejects with `InvalidInputError`,
   * `RunQueueFullError`, and as the store does; nothing is queued then.
   */
  async createRun(options: CreateRunOptions): Promise<RunRecord> {
    this.#requireOpen()
    return await this.#runs.create(options)
  }

  /** Cancels a run. Resolves with its final record when it has ended. Rejects with `RunNotFoundError`. */
  async cancelRun(runId: string): Promise<RunRecord> {
    this.#requireOpen()
    return await this.#runs.cancel(runId)
  }

  /**
   * Resolves with the final record of a run. Rejects with `RunNotFoundError`, and with {@link SupervisorClosedError}
   * when the supervisor is closed before a queued run has begun.
   */
  async waitForRun(runId: string): Promise<RunRecord> {
    return await this.#runs.ended(runId)
  }

  /** A run; `undefined` when there is none, or it is forgotten. */
  getRun(runId: string): RunRecord | undefined {
    return this.#records.runs.get(runId)
  }

  /** All runs, oldest first, those that have ended as far as they are kept. */
  listRuns(): readonly RunRecord[] {
    return [...this.#records.runs.values()]
  }

  /** All that a run brought, secrets removed; `undefined` before its end. Rejects with `PersistenceError`. */
  async getRunResult(runId: string): Promise<RunResult | undefined> {
    return await this.#backing.results.load(runId)
  }

  /** Approvals that wait in the inbox, oldest first. */
  listApprovals(): readonly ParkedApproval[] {
    return this.#settings.inbox?.list() ?? []
  }

  /** Decides an approval of the inbox. Rejects as `ApprovalInbox.answer` does. */
  async answerApproval(id: string, decision: ApprovalDecision): Promise<void> {
    const { inbox } = this.#settings
    if (!inbox) throw new ApprovalNotFoundError(id)
    await inbox.answer(id, decision)
  }

  /** The event log, from a number on; as `EventLog.events` tells it. */
  events(options?: EventsOptions): AsyncIterable<EventLogEntry> {
    return this.#backing.events.events(options)
  }

  /** Calls a listener for each event of the log from now on. Returns a function that takes it away. */
  subscribe(listener: (event: LogEvent) => void): () => void {
    return this.#backing.events.subscribe(listener)
  }

  #makeLoop(): ServerLoop {
    const { server, env, codexHome, client, approvals, spawner, clientFactory, restart } = this.#settings
    const log = this.#log
    return new ServerLoop({
      restart,
      connect: (signal) =>
        connectServer(
          {
            server,
            env,
            codexHome,
            client: { ...client, ...approvals },
            spawner,
            connect: clientFactory,
            note: (pid) => this.#lease?.note(pid) ?? Promise.resolve(),
            log,
          },
          signal,
        ),
      onReady: (link) => this.#onReady(link),
      onLost: (link, reason) => this.#onLost(link, reason),
      onRestart: (delayMs, failure) => {
        log('warn', 'server.restarting', 'Codex is started again after a wait', { delayMs, failure })
      },
      onGivenUp: (failure) => {
        log('error', 'server.given-up', 'Codex ended too often and is not started again', { failure })
        for (const { sessionId } of this.listSessions()) void this.#turns.left.abandon(sessionId)
      },
    })
  }

  #makeSessions(): Sessions {
    return new Sessions({
      records: this.#records,
      log: this.#log,
      tools: this.#settings.tools,
      ready: (signal) => this.#loop.ready(signal),
      onAttached: (sessionId, attachment) => this.#turns.left.follow(sessionId, attachment),
      onGone: (sessionId) => this.#turns.left.abandon(sessionId),
    })
  }

  async #recover(): Promise<void> {
    await this.#records.load()
    for (const { sessionId, status } of this.listSessions()) {
      if (status !== 'idle' && status !== 'running') continue
      await this.#sessions.patch(sessionId, { status: 'disconnected', childPid: undefined })
    }
    await this.#runs.recover()
    this.#log('info', 'supervisor.opened', 'The supervisor was opened', {
      sessions: this.#records.sessions.size,
      turns: this.#records.turns.size,
      runs: this.#records.runs.size,
    })
  }

  async #takeHome(): Promise<HomeLease> {
    const { codexHome, isDefaultHome } = this.#settings
    const lease = await leaseHome(codexHome, { mayMake: isDefaultHome })
    const pid = lease.endedOrphan
    if (pid !== undefined) {
      this.#log('warn', 'server.orphan-ended', 'A Codex of an earlier program was ended', { pid })
    }
    return lease
  }

  async #giveHomeBack(): Promise<void> {
    await this.#lease?.release()
    this.#lease = undefined
  }

  async #onReady(link: ServerLink): Promise<void> {
    const { endpoint, pid, client } = link
    this.#log('info', 'server.ready', 'Codex answers', { endpoint, pid, userAgent: client.server.userAgent })
    await this.#sessions.attachAll(link)
  }

  #onLost(link: ServerLink, { kind, message, exitCode, signal, partialBytes }: CloseReason): void {
    const level = kind === 'local' ? 'info' : 'error'
    this.#log(level, 'server.closed', message, { pid: link.pid, exitCode, signal, partialBytes })
    this.#sessions.detachAll(link)
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
    this.#runs.close()
    this.#log('info', 'supervisor.closed', 'The supervisor was closed')
    await this.#backing.close()
    for (const remove of this.#unwatch) remove()
  }
}

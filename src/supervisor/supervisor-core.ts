import { DEFAULT_INTERRUPT_TIMEOUT_MS, type TurnEvent } from '../client/index.js'
import type { CloseReason } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import { logInbox } from './approvals/log-inbox.js'
import type { Backing } from './backing.js'
import { ServerNotReadyError, SupervisorClosedError } from './errors.js'
import { type Log, logTo } from './log.js'
import type { SupervisorSettings } from './options.js'
import { Records } from './records/records.js'
import type { TurnRecord } from './records/turn-record.js'
import { Runs } from './runs/runs.js'
import { connectServer } from './server/connect.js'
import { endProcess } from './server/end-process.js'
import { type HomeLease, leaseHome } from './server/home-lease.js'
import { type ServerLink, ServerLoop } from './server/server-loop.js'
import { Sessions } from './sessions/sessions.js'
import { describeStatus, type SupervisorStatus } from './status.js'
import { Turns } from './turns/turns.js'

/** What is behind a supervisor: its parts, how they tell one another, and the order in which they start and end. */
export class SupervisorCore {
  readonly settings: SupervisorSettings
  readonly backing: Backing
  readonly records: Records
  readonly sessions: Sessions
  readonly turns: Turns
  readonly runs: Runs
  readonly emitter = new Emitter<{ 'turn.event': readonly [record: TurnRecord, event: TurnEvent] }>()
  readonly #loop: ServerLoop
  readonly #log: Log
  readonly #unwatch: (() => void)[] = []
  #lease: HomeLease | undefined
  #lostEvents = 0
  #lostChanges = 0
  #closing: Promise<void> | undefined
  /** How often `stop` was called: a start that was called before must not begin. */
  #stops = 0
  /** Starts and stops, one after the other. */
  #turnOfChange: Promise<unknown> = Promise.resolve()

  constructor(settings: SupervisorSettings, backing: Backing) {
    this.settings = settings
    this.backing = backing
    this.#log = logTo(backing.events, () => {
      this.#lostEvents += 1
    })
    if (settings.logger) this.#unwatch.push(backing.events.subscribe(settings.logger))
    const { limits } = settings
    this.records = new Records(backing.store, limits, {
      onProblem: (error) => {
        this.#lostChanges += 1
        this.#log('error', 'supervisor.change-not-kept', (error as Error).message)
      },
      onRunForgotten: (runId) => void backing.results.remove(runId),
    })
    this.#loop = this.#makeLoop()
    this.sessions = this.#makeSessions()
    this.turns = new Turns({
      records: this.records,
      log: this.#log,
      sessions: this.sessions,
      interruptTimeoutMs: settings.client.interruptTimeoutMs ?? DEFAULT_INTERRUPT_TIMEOUT_MS,
      onEvent: (record, event) => this.emitter.emit('turn.event', record, event),
    })
    this.runs = new Runs({
      records: this.records,
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

  /** Takes up what an earlier program has left. */
  async recover(): Promise<void> {
    await this.records.load()
    for (const { sessionId, status } of [...this.records.sessions.values()]) {
      if (status !== 'idle' && status !== 'running') continue
      await this.sessions.patch(sessionId, { status: 'disconnected', childPid: undefined })
    }
    await this.runs.recover()
    this.#log('info', 'supervisor.opened', 'The supervisor was opened', {
      sessions: this.records.sessions.size,
      turns: this.records.turns.size,
      runs: this.records.runs.size,
    })
  }

  /** Starts the server and lets queued runs begin, unless a stop is called meanwhile. */
  async start(): Promise<void> {
    const stops = this.#stops
    const requireWanted = () => {
      if (stops !== this.#stops) throw new ServerNotReadyError('it was stopped before it was started')
    }
    await this.#inTurn(async () => {
      this.requireOpen()
      requireWanted()
      if (this.settings.server.strategy === 'spawn') this.#lease ??= await this.#takeHome()
      try {
        requireWanted()
        await this.#loop.start()
      } catch (error) {
        await this.#giveHomeBack()
        throw error
      }
      this.runs.start()
    })
  }

  /** Ends the turns, the runs that have begun, and the server. Never rejects. */
  async stop(): Promise<void> {
    this.#stops += 1
    // A start that hangs, or waits for a restart, must not delay it.
    const { state } = this.#loop
    if (state === 'starting' || state === 'restarting') void this.#loop.stop()
    await this.#inTurn(async () => {
      await Promise.all([this.runs.stop(), this.turns.interruptAll()])
      await this.#loop.stop()
      await this.#giveHomeBack()
    })
  }

  /** Stops for good. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  /** Throws a `SupervisorClosedError` once it is being closed. */
  requireOpen(): void {
    if (this.#closing) throw new SupervisorClosedError()
  }

  /** How everything stands. */
  status(): SupervisorStatus {
    return describeStatus({
      loop: this.#loop,
      records: this.records,
      parkedApprovals: this.settings.inbox?.list().length ?? 0,
      lastEventSeq: this.backing.events.lastSeq,
      lostEvents: this.#lostEvents,
      lostChanges: this.#lostChanges,
    })
  }

  #makeLoop(): ServerLoop {
    const { server, env, codexHome, client, approvals, spawner, clientFactory, restart } = this.settings
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
        for (const sessionId of [...this.records.sessions.keys()]) void this.turns.left.abandon(sessionId)
      },
    })
  }

  #makeSessions(): Sessions {
    return new Sessions({
      records: this.records,
      log: this.#log,
      tools: this.settings.tools,
      ready: (signal) => this.#loop.ready(signal),
      onAttached: (sessionId, attachment) => this.turns.left.follow(sessionId, attachment),
      onGone: (sessionId) => this.turns.left.abandon(sessionId),
    })
  }

  async #takeHome(): Promise<HomeLease> {
    const { codexHome, isDefaultHome } = this.settings
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
    await this.sessions.attachAll(link)
  }

  #onLost(link: ServerLink, { kind, message, exitCode, signal, partialBytes }: CloseReason): void {
    const level = kind === 'local' ? 'info' : 'error'
    this.#log(level, 'server.closed', message, { pid: link.pid, exitCode, signal, partialBytes })
    this.sessions.detachAll(link)
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turnOfChange.then(change)
    this.#turnOfChange = done.catch(() => {})
    return done
  }

  async #shutDown(): Promise<void> {
    await this.stop()
    this.runs.close()
    this.#log('info', 'supervisor.closed', 'The supervisor was closed')
    await this.backing.close()
    for (const remove of this.#unwatch) remove()
  }
}

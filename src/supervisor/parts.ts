import { DEFAULT_INTERRUPT_TIMEOUT_MS, type TurnEvent } from '../client/index.js'
import type { CloseReason } from '../rpc/transport.js'
import { Emitter } from '../util/emitter.js'
import { logInbox } from './approvals/log-inbox.js'
import type { Backing } from './backing.js'
import { type Log, logTo } from './log.js'
import type { SupervisorSettings } from './options.js'
import { Records } from './records/records.js'
import type { TurnRecord } from './records/turn-record.js'
import { Runs } from './runs/runs.js'
import { connectServer } from './server/connect.js'
import { endProcess } from './server/end-process.js'
import { HomeHold } from './server/home-hold.js'
import { type ServerLink, ServerLoop } from './server/server-loop.js'
import { Sessions } from './sessions/sessions.js'
import { describeStatus, type SupervisorStatus } from './status.js'
import { Turns } from './turns/turns.js'

/** The parts of a supervisor, made and joined: what happens in one that concerns another is passed on here. */
export class Parts {
  readonly settings: SupervisorSettings
  readonly backing: Backing
  readonly log: Log
  readonly records: Records
  readonly home: HomeHold
  readonly loop: ServerLoop
  readonly sessions: Sessions
  readonly turns: Turns
  readonly runs: Runs
  readonly #emitter = new Emitter<{ 'turn.event': readonly [record: TurnRecord, event: TurnEvent] }>()
  readonly #unwatch: (() => void)[] = []
  #lostEvents = 0
  #lostChanges = 0

  constructor(settings: SupervisorSettings, backing: Backing) {
    this.settings = settings
    this.backing = backing
    this.log = logTo(backing.events, () => {
      this.#lostEvents += 1
    })
    if (settings.logger) this.#unwatch.push(backing.events.subscribe(settings.logger))
    this.records = this.#makeRecords()
    this.home = new HomeHold(settings, this.log)
    this.loop = this.#makeLoop()
    this.sessions = this.#makeSessions()
    this.turns = this.#makeTurns()
    this.runs = this.#makeRuns()
    if (settings.inbox) this.#unwatch.push(logInbox(settings.inbox, this.log))
  }

  /** How everything stands. */
  status(): SupervisorStatus {
    const { loop, records, settings, backing } = this
    return describeStatus({
      loop,
      records,
      parkedApprovals: settings.inbox?.list().length ?? 0,
      lastEventSeq: backing.events.lastSeq,
      lostEvents: this.#lostEvents,
      lostChanges: this.#lostChanges,
    })
  }

  /** Calls a listener with each event of each turn. Returns a function that takes it away. */
  onTurnEvent(listener: (record: TurnRecord, event: TurnEvent) => void): () => void {
    return this.#emitter.on('turn.event', listener)
  }

  /** Takes up what an earlier program has left. */
  async recover(): Promise<void> {
    const { records, sessions, runs } = this
    await records.load()
    for (const { sessionId, status } of records.sessions.values()) {
      if (status !== 'idle' && status !== 'running') continue
      await sessions.patch(sessionId, { status: 'disconnected', childPid: undefined })
    }
    await runs.recover()
    this.log('info', 'supervisor.opened', 'The supervisor was opened', {
      sessions: records.sessions.size,
      turns: records.turns.size,
      runs: records.runs.size,
    })
  }

  /** Lets everything go, once nothing runs any more. Never rejects. */
  async close(): Promise<void> {
    this.runs.close()
    await this.records.close()
    this.log('info', 'supervisor.closed', 'The supervisor was closed')
    await this.backing.close()
    for (const remove of this.#unwatch) remove()
  }

  #makeRecords(): Records {
    const { settings, backing } = this
    return new Records(backing.store, settings.limits, {
      onProblem: (error) => {
        this.#lostChanges += 1
        this.log('error', 'supervisor.change-not-kept', (error as Error).message)
      },
      onCaughtUp: () => {
        this.log('info', 'supervisor.changes-kept', 'What could not be kept has been kept after all')
        this.runs.resume()
      },
      onRunForgotten: (runId) => void backing.results.remove(runId),
    })
  }

  #makeTurns(): Turns {
    const { records, log, sessions, settings } = this
    return new Turns({
      records,
      log,
      sessions,
      interruptTimeoutMs: settings.client.interruptTimeoutMs ?? DEFAULT_INTERRUPT_TIMEOUT_MS,
      onEvent: (record, event) => this.#emitter.emit('turn.event', record, event),
    })
  }

  #makeRuns(): Runs {
    const { records, log, settings, backing } = this
    const { limits, env, codexHome, execRunner } = settings
    return new Runs({
      records,
      results: backing.results,
      log,
      exec: execRunner,
      env: { ...env, CODEX_HOME: codexHome },
      maxConcurrent: limits.maxConcurrentRuns,
      maxQueued: limits.maxQueuedRuns,
      endProcess,
    })
  }

  #makeLoop(): ServerLoop {
    const { server, env, codexHome, client, approvals, spawner, clientFactory, restart } = this.settings
    const { log } = this
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
            note: (pid) => this.home.note(pid),
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
        for (const { sessionId } of this.records.sessions.values()) void this.turns.left.abandon(sessionId)
      },
    })
  }

  #makeSessions(): Sessions {
    return new Sessions({
      records: this.records,
      log: this.log,
      tools: this.settings.tools,
      ready: (signal) => this.loop.ready(signal),
      onAttached: (sessionId, attachment) => this.turns.left.follow(sessionId, attachment),
      onGone: (sessionId) => this.turns.left.abandon(sessionId),
    })
  }

  async #onReady(link: ServerLink): Promise<void> {
    const { endpoint, pid, client } = link
    this.log('info', 'server.ready', 'Codex answers', { endpoint, pid, userAgent: client.server.userAgent })
    await this.sessions.attachAll(link)
  }

  #onLost(link: ServerLink, { kind, message, exitCode, signal, partialBytes }: CloseReason): void {
    const level = kind === 'local' ? 'info' : 'error'
    this.log(level, 'server.closed', message, { pid: link.pid, exitCode, signal, partialBytes })
    this.sessions.detachAll(link)
  }
}

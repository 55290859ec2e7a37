import { randomUUID } from 'node:crypto'
import PQueue from 'p-queue'
import type { ExecOutcome, ExecRequest } from '../../exec/index.js'
import { classifyFailure, type Failure } from '../../failures/index.js'
import { lookUpProcess } from '../../process/process-identity.js'
import { InvalidInputError } from '../../util/errors.js'
import { RunNotFoundError, RunQueueFullError, SupervisorClosedError } from '../errors.js'
import type { Log } from '../log.js'
import type { RecordChange, Records } from '../records/records.js'
import { isRunOver, type RunRecord, type RunRequest, type RunStatus } from '../records/run-record.js'
import type { endProcess } from '../server/end-process.js'
import { endedRecord } from './ended-record.js'
import { endLeftRun } from './left-run.js'
import { type LiveRun, newLiveRun } from './live-run.js'
import { type CreateRunOptions, checkRun } from './options.js'
import type { RunResults } from './results.js'
import { endedNow, endOf, newRun, put } from './run-changes.js'

/** Runs a job to its end; as `runExec` does. Must not reject. */
export type ExecRunner = (request: ExecRequest) => Promise<ExecOutcome<unknown>>

/** What {@link Runs} needs of the supervisor. */
export interface RunsOptions {
  readonly records: Records
  readonly results: RunResults
  readonly log: Log
  readonly exec: ExecRunner
  /** Variables of every run. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly maxConcurrent: number
  readonly maxQueued: number
  readonly endProcess: typeof endProcess
}

/** Place in the queue of a run whose turn had come already. */
const FIRST = 1

/**
 * The runs: queued, a few at a time, followed to their one end. What has not begun changes only once that is on the
 * disk: a run that a restart would begin is never told to be over.
 */
export class Runs {
  readonly #options: RunsOptions
  readonly #queue: PQueue
  readonly #live = new Map<string, LiveRun>()
  #isStarted = false

  constructor(options: RunsOptions) {
    this.#options = options
    this.#queue = new PQueue({ concurrency: options.maxConcurrent, autoStart: false })
  }

  /**
   * Takes up what an earlier program has left: what it had not begun is queued again; what it had begun has failed,
   * and its process is ended if it is still there. Rejects never.
   */
  async recover(): Promise<void> {
    const { records } = this.#options
    const left = [...records.runs.values()].filter(({ status }) => !isRunOver(status))
    await Promise.all(
      left.map((run) => (run.status === 'queued' ? this.#enqueue(run.runId) : this.#giveUp(run))),
    )
  }

  /** Lets queued runs begin. */
  start(): void {
    this.#isStarted = true
    this.#queue.start()
  }

  /** Lets queued runs begin that had to wait for the disk, unless they are not to begin at all. */
  resume(): void {
    if (this.#isStarted) this.#queue.start()
  }

  /** Cancels the runs that have begun, and keeps the others for the next program. Resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#isStarted = false
    this.#queue.pause()
    // Whether they have begun is known once that is written, or cannot be.
    await Promise.all([...this.#live.values()].map(({ writing }) => writing))
    const running = [...this.#live].filter(([runId]) => this.#statusOf(runId) === 'running')
    for (const [, { stop }] of running) stop.abort(new Error('The supervisor was stopped'))
    await Promise.all(running.map(([, { ended }]) => ended.promise))
  }

  /** Tells those who wait for a run that this program will not end it. Only once stopped. */
  close(): void {
    for (const { ended } of this.#live.values()) ended.reject(new SupervisorClosedError())
  }

  /** Queues a run, once it lasts. Rejects with `InvalidInputError` and {@link RunQueueFullError}. */
  async create(options: CreateRunOptions): Promise<RunRecord> {
    const { records, log, maxQueued } = this.#options
    const request = await checkRun(options)
    const record = newRun(options.runId ?? `run-${randomUUID()}`, request)
    const { runId } = record
    if (records.runs.has(runId)) throw new InvalidInputError('runId', runId, 'an id that no run has')
    // Those that are still being written count, too.
    const waiting = [...records.runs.values()].filter(({ status }) => status === 'queued').length
    if (waiting >= maxQueued) throw new RunQueueFullError(maxQueued)
    // Before it is written: it can be cancelled from then on.
    const live = this.#expect(runId)
    try {
      const change = { type: 'put', kind: 'run-request', key: runId, value: request } as const
      await this.#write(live, [put(record), change])
    } catch (error) {
      live.ended.reject(error)
      this.#live.delete(runId)
      throw error
    }
    log('info', 'run.queued', 'A run is queued', { runId, purpose: record.purpose })
    this.#enqueue(runId, live)
    return record
  }

  /**
   * Cancels a run that has not ended, and resolves with its record when it has. Rejects as the store does when the end
   * of one that waits cannot be kept; it waits on then.
   */
  async cancel(runId: string): Promise<RunRecord> {
    const record = this.#record(runId)
    const live = this.#live.get(runId)
    if (!live) return record
    live.cancelling ??= this.#cancel(runId, live)
    return await live.cancelling
  }

  /** Resolves with the final record. Throws {@link RunNotFoundError}. */
  async ended(runId: string): Promise<RunRecord> {
    const record = this.#record(runId)
    return (await this.#live.get(runId)?.ended.promise) ?? record
  }

  #record(runId: string): RunRecord {
    const record = this.#options.records.runs.get(runId)
    if (!record) throw new RunNotFoundError(runId)
    return record
  }

  #statusOf(runId: string): RunStatus | undefined {
    return this.#options.records.runs.get(runId)?.status
  }

  async #cancel(runId: string, live: LiveRun): Promise<RunRecord> {
    await live.writing
    const record = this.#record(runId)
    if (record.status === 'queued') {
      try {
        return await this.#endWaiting(live, { ...record, status: 'cancelled' })
      } catch (error) {
        live.cancelling = undefined
        if (!live.isQueued) this.#enqueue(runId, live, FIRST)
        throw error
      }
    }
    live.stop.abort(new Error('The run was cancelled'))
    return await live.ended.promise
  }

  /** Writes what must last before a run goes on. Rejects when it cannot. */
  async #write(live: LiveRun, changes: readonly RecordChange[]): Promise<void> {
    const written = this.#options.records.add(changes)
    live.writing = written.catch(() => {})
    await written
  }

  #expect(runId: string): LiveRun {
    const live = newLiveRun()
    this.#live.set(runId, live)
    return live
  }

  #enqueue(runId: string, live = this.#expect(runId), priority = 0): void {
    live.isQueued = true
    void this.#queue.add(() => this.#run(runId, live), { priority })
  }

  async #run(runId: string, live: LiveRun): Promise<void> {
    const { stop } = live
    const { exec, env, log } = this.#options
    const request = await this.#begin(runId, live)
    if (!request) return
    if (live.cancelling) stop.abort(new Error('The run was cancelled'))
    try {
      log('info', 'run.started', 'A run is started', { runId })
      const outcome = await exec({
        ...(request as ExecRequest),
        env,
        signal: stop.signal,
        onSpawn: (pid) => this.#spawned(runId, pid),
      })
      await this.#conclude(runId, outcome)
    } catch (error) {
      const failure = classifyFailure(error, { phase: 'exec' })
      await this.#end(runId, { ...this.#record(runId), status: 'failed', failure })
    }
  }

  /**
   * Writes that a run has begun, and resolves with what it is to do; with `undefined` when it does not begin now. On
   * the disk before anything is started: after a crash it must not be started again.
   */
  async #begin(runId: string, live: LiveRun): Promise<RunRequest | undefined> {
    const { records, log } = this.#options
    const leave = () => {
      live.isQueued = false
      return undefined
    }
    if (live.cancelling) return leave()
    try {
      const request = await this.#requestOf(runId)
      // While it was read.
      if (live.cancelling) return leave()
      if (this.#queue.isPaused) {
        this.#enqueue(runId, live, FIRST)
        return undefined
      }
      if ('failure' in request) {
        await this.#endWaiting(live, { ...this.#record(runId), status: 'failed', ...request })
        return leave()
      }
      const startedAt = new Date().toISOString()
      const begun = { ...this.#record(runId), status: 'running', startedAt, updatedAt: startedAt } as const
      await this.#write(live, [put(begun)])
      return request.request
    } catch (error) {
      // It stays queued, as the disk has it, and is not begun before the disk takes more.
      log('error', 'run.held', (error as Error).message, { runId })
      if (live.cancelling || records.behind === 0) return leave()
      this.#queue.pause()
      this.#enqueue(runId, live, FIRST)
      return undefined
    }
  }

  /** What a run is to do, or why that cannot be known. */
  async #requestOf(runId: string): Promise<{ readonly request: RunRequest } | { readonly failure: Failure }> {
    try {
      const request = await this.#options.records.runRequest(runId)
      if (request) return { request }
      throw new Error('What the run was to do is not in the store')
    } catch (error) {
      return { failure: classifyFailure(error, { phase: 'exec', requestWritten: false }) }
    }
  }

  async #spawned(runId: string, pid: number): Promise<void> {
    const { start } = await lookUpProcess(pid)
    await this.#options.records.add([put({ ...this.#record(runId), pid, pidStart: start })])
  }

  async #conclude(runId: string, outcome: ExecOutcome<unknown>): Promise<void> {
    const { results, log } = this.#options
    try {
      await results.save(runId, outcome)
    } catch (error) {
      log('error', 'run.result-not-kept', (error as Error).message, { runId })
    }
    await this.#end(runId, endedRecord(this.#record(runId), outcome))
  }

  /** Ends what an earlier program had begun. It may have done anything, so it is not begun again. */
  async #giveUp(run: RunRecord): Promise<void> {
    const { endProcess, log } = this.#options
    await this.#end(run.runId, await endLeftRun(run, endProcess, log))
  }

  /** Ends a run that has begun: it has, whether the disk takes that or not. */
  async #end(runId: string, record: RunRecord): Promise<void> {
    if (isRunOver(this.#statusOf(runId) ?? 'failed')) return
    const ended = endedNow(record)
    // Logged once it lasts, so that no second end is logged after a kill in between.
    await this.#options.records.update(endOf(ended))
    this.#tellEnd(ended)
  }

  /** Ends a run that has not begun. Rejects when that cannot be kept, since the next program would begin it. */
  async #endWaiting(live: LiveRun, record: RunRecord): Promise<RunRecord> {
    const ended = endedNow(record)
    await this.#write(live, endOf(ended))
    this.#tellEnd(ended)
    return ended
  }

  #tellEnd(ended: RunRecord): void {
    const { log } = this.#options
    const { runId, status, failure, error } = ended
    log(status === 'failed' ? 'error' : 'info', 'run.settled', `A run is ${status}`, {
      runId,
      status,
      failure,
      error,
    })
    this.#live.get(runId)?.ended.resolve(ended)
    this.#live.delete(runId)
  }
}

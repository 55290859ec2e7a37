import { randomUUID } from 'node:crypto'
import PQueue from 'p-queue'
import type { ExecOutcome, ExecRequest } from '../../exec/index.js'
import { classifyFailure, createFailure } from '../../failures/index.js'
import { lookUpProcess } from '../../process/process-identity.js'
import { deferred } from '../../util/deferred.js'
import { InvalidInputError } from '../../util/errors.js'
import { RunNotFoundError, RunQueueFullError, SupervisorClosedError } from '../errors.js'
import type { Log } from '../log.js'
import type { RecordChange, Records } from '../records/records.js'
import { isRunOver, type RunRecord, type RunRequest, type RunStatus } from '../records/run-record.js'
import type { endProcess } from '../server/end-process.js'
import { summariseText } from '../turns/summary.js'
import { endedRecord } from './ended-record.js'
import { type CreateRunOptions, checkRun } from './options.js'
import type { RunResults } from './results.js'

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

interface LiveRun {
  readonly stop: AbortController
  readonly ended: ReturnType<typeof deferred<RunRecord>>
}

/** The runs: queued, a few at a time, followed to their one end. */
export class Runs {
  readonly #options: RunsOptions
  readonly #queue: PQueue
  readonly #live = new Map<string, LiveRun>()

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
    this.#queue.start()
  }

  /** Cancels the runs that have begun, and keeps the others for the next program. Resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#queue.pause()
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
      await records.add([put(record), { type: 'put', kind: 'run-request', key: runId, value: request }])
    } catch (error) {
      live.ended.reject(error)
      this.#live.delete(runId)
      throw error
    }
    log('info', 'run.queued', 'A run is queued', { runId, purpose: record.purpose })
    this.#enqueue(runId, live)
    return record
  }

  /** Cancels a run that has not ended, and resolves with its record when it has. */
  async cancel(runId: string): Promise<RunRecord> {
    const record = this.#record(runId)
    const live = this.#live.get(runId)
    if (isRunOver(record.status) || !live) return record
    live.stop.abort(new Error('The run was cancelled'))
    if (record.status === 'queued') await this.#end(runId, { ...record, status: 'cancelled' })
    return await live.ended.promise
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

  #expect(runId: string): LiveRun {
    const live = { stop: new AbortController(), ended: deferred<RunRecord>() }
    // Nobody may wait for it.
    live.ended.promise.catch(() => {})
    this.#live.set(runId, live)
    return live
  }

  #enqueue(runId: string, live = this.#expect(runId)): void {
    void this.#queue.add(() => this.#run(runId, live))
  }

  async #run(runId: string, live: LiveRun): Promise<void> {
    const { stop } = live
    const { records, exec, env, log } = this.#options
    if (stop.signal.aborted) return
    const startedAt = new Date().toISOString()
    const begun: RunRecord = { ...this.#record(runId), status: 'running', startedAt, updatedAt: startedAt }
    try {
      const request = await records.runRequest(runId)
      // Cancelled, or stopped, while it was read.
      if (stop.signal.aborted) return
      if (this.#queue.isPaused) {
        void this.#queue.add(() => this.#run(runId, live))
        return
      }
      if (!request) throw new Error('What the run was to do is not in the store')
      // On the disk before anything is started: after a crash it must not be started again.
      await records.add([put(begun)])
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
    const { runId, pid, pidStart } = run
    const end = pid === undefined ? 'gone' : await endProcess({ pid, start: pidStart })
    if (end !== 'gone')
      log('warn', 'run.orphan-ended', `A run of an earlier program was ended: ${end}`, { runId, pid })
    const failure = createFailure('backend-failed', 'The program that had started the run ended before it', {
      phase: 'exec',
      sideEffectsPossible: true,
    })
    await this.#end(runId, { ...run, status: 'failed', failure })
  }

  /** The one place where a run ends. */
  async #end(runId: string, record: RunRecord): Promise<void> {
    const { records, log } = this.#options
    if (isRunOver(this.#statusOf(runId) ?? 'failed')) return
    const now = new Date().toISOString()
    const ended = { ...record, pid: undefined, pidStart: undefined, updatedAt: now, finishedAt: now }
    const { status, failure, error } = ended
    // Logged once it lasts, so that no second end is logged after a kill in between.
    await records.update([put(ended), { type: 'delete', kind: 'run-request', key: runId }])
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

function newRun(runId: string, request: RunRequest): RunRecord {
  const createdAt = new Date().toISOString()
  const { purpose, metadata, prompt, review, cwd, model } = request
  return {
    runId,
    status: 'queued',
    purpose,
    promptSummary: summariseText(prompt ?? (review === undefined ? '' : 'review')),
    cwd,
    model,
    metadata,
    createdAt,
    updatedAt: createdAt,
  }
}

function put(value: RunRecord): RecordChange {
  return { type: 'put', kind: 'run', key: value.runId, value }
}

import { classifyFailure, type FailureContext } from '../failures/index.js'
import { type ExitStatus, locateCodex, spawnChild, TailBuffer } from '../process/index.js'
import { redact } from '../redaction/index.js'
import { deferred } from '../util/deferred.js'
import { InvalidInputError } from '../util/errors.js'
import { onAbort } from '../util/on-abort.js'
import { type ExecFiles, execArgs, execInput } from './args.js'
import { envRedaction } from './env-secrets.js'
import { type ExecJob, readJob } from './job.js'
import { readNotes } from './notes.js'
import type { ExecErrorCode, ExecInvocation, ExecOutcome } from './outcome.js'
import { readLastMessage, writeRunFiles } from './run-files.js'
import { type EventObserver, RunRecord } from './run-record.js'
import { judgeRun, type RunFailure, type StopReason } from './verdict.js'

/** One run of `codex exec`, from the request to the outcome. */
export class ExecRun<Output> {
  readonly #request: unknown
  readonly #isStream: boolean
  readonly #record: RunRecord
  readonly #stopped = deferred<void>()
  #stop: StopReason | undefined
  #isOver = false
  #status: ExitStatus = { code: null, signal: null }
  #linger: NodeJS.Timeout | undefined
  #command: string | undefined
  #args: readonly string[] = []
  #redact = redact

  /** @param onEvent - who waits for events: the request must then ask for them */
  constructor(request: unknown, onEvent?: EventObserver) {
    this.#request = request
    this.#isStream = onEvent !== undefined
    this.#record = new RunRecord(onEvent ?? (() => {}))
  }

  /** Ends the run as soon as can be. The first reason stands; after the exit there is nothing to stop. */
  stop(reason: StopReason): void {
    if (this.#isOver) return
    this.#stop ??= reason
    this.#stopped.resolve()
  }

  /** Runs it, once. Never rejects, and nothing is left running or lying about. */
  async execute(): Promise<ExecOutcome<Output>> {
    let job: ExecJob<Output>
    try {
      job = await readJob<Output>(this.#request)
      if (this.#isStream && !job.isJson) throw new InvalidInputError('json', false, 'true for a stream')
    } catch (error) {
      const context: FailureContext = { phase: 'configure', requestWritten: false }
      return this.#fail(undefined, failureOf('CODEX_EXEC_INVALID_INPUT', error, context))
    }
    this.#redact = envRedaction(job.env)
    const release = this.#watch(job)
    try {
      return await this.#run(job)
    } catch (error) {
      // What can fail by throwing is the search for Codex, its start, and the temporary folder.
      const context: FailureContext = { phase: 'spawn', requestWritten: false, redact: this.#redact }
      return this.#fail(job, failureOf('CODEX_EXEC_SPAWN_FAILED', error, context))
    } finally {
      release()
    }
  }

  #watch({ request: { signal }, timeoutMs }: ExecJob<Output>): () => void {
    const cancel = () => this.stop({ kind: 'cancelled', cause: signal?.reason })
    if (signal?.aborted) cancel()
    const unwatch = signal && !signal.aborted ? onAbort(signal, cancel) : undefined
    const left = Math.max(0, timeoutMs - this.#record.elapsedMs)
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.stop({ kind: 'timeout', timeoutMs }), left)
    return () => {
      unwatch?.()
      clearTimeout(timer)
      clearTimeout(this.#linger)
    }
  }

  async #run(job: ExecJob<Output>): Promise<ExecOutcome<Output>> {
    // Whether there is a Codex does not matter any more.
    if (this.#stop !== undefined) return await this.#conclude(job, {})
    const { cliPath } = job.request
    this.#command = locateCodex({ env: job.env, ...(cliPath === undefined ? {} : { binary: cliPath }) }).path
    const files = await writeRunFiles(job)
    try {
      const args = execArgs(job.request, files)
      this.#args = args.map((arg) => this.#redact(arg))
      if (this.#stop === undefined) await this.#runChild(job, this.#command, args)
      return await this.#conclude(job, files)
    } finally {
      await files.remove()
    }
  }

  async #runChild(job: ExecJob<Output>, command: string, args: readonly string[]): Promise<void> {
    const record = this.#record
    const stdout = new TailBuffer(job.limits.stdoutTailBytes)
    const child = spawnChild({
      command,
      args,
      cwd: job.cwd,
      env: job.env,
      inheritEnv: false,
      stderrTailBytes: job.limits.stderrTailBytes,
      onStdinError: () => this.#lingers(job, 'stopped to read its prompt'),
    })
    await child.spawned
    record.spawned(child, stdout, job.limits, this.#redact)
    try {
      child.stdout.on('data', (chunk: Buffer) => {
        stdout.write(chunk)
        if (!job.isJson) return
        record.read(chunk)
        this.#heed(job)
      })
      child.stdout.once('end', () => this.#lingers(job, 'closed its output without exiting'))
      await this.#tellSpawned(job, child.pid)
      // Codex waits for the end of its input, prompt or not.
      if (this.#stop === undefined) child.stdin.end(execInput(job.request))
      await Promise.race([child.exited, this.#stopped.promise])
    } finally {
      this.#isOver = true
      // It may have exited in the very moment in which it was to be stopped.
      if (child.exitStatus !== undefined) this.#stop = undefined
      const { code, signal } = await child.terminate(job.termination)
      this.#status = { code, signal }
      if (job.isJson) record.endOfOutput()
    }
  }

  async #tellSpawned({ request }: ExecJob<Output>, pid: number | undefined): Promise<void> {
    if (request.onSpawn === undefined || pid === undefined) return
    // A run that is stopped waits for nobody.
    await Promise.race([request.onSpawn(pid), this.#stopped.promise])
  }

  /** Codex that has told the end of its turn has little time left; one that goes on has as much as it likes. */
  #heed(job: ExecJob<Output>): void {
    if (this.#record.ending !== undefined) {
      this.#lingers(job, 'did not exit after its turn')
      return
    }
    clearTimeout(this.#linger)
    this.#linger = undefined
  }

  #lingers({ exitGraceMs }: ExecJob<Output>, why: string): void {
    if (this.#isOver) return
    this.#linger ??= setTimeout(() => this.stop({ kind: 'lingering', why }), exitGraceMs)
  }

  async #conclude(job: ExecJob<Output>, files: ExecFiles): Promise<ExecOutcome<Output>> {
    const record = this.#record
    const failure = judgeRun({
      isSpawned: record.isSpawned,
      stopped: this.#stop,
      status: this.#status,
      isJson: job.isJson,
      ending: record.ending,
      errorText: record.errorText,
      hasTurnBegun: record.hasTurnBegun,
      sideEffectsSeen: record.sideEffectsSeen,
      stderr: record.stderr,
      redact: this.#redact,
    })
    if (failure !== undefined) return this.#fail(job, failure)
    const lastMessage = job.isJson ? record.lastMessage : await readLastMessage(job, files)
    let output: Output | undefined
    try {
      output = await job.parse?.(lastMessage ?? '')
    } catch (error) {
      const context: FailureContext = {
        phase: 'exec',
        sideEffectsPossible: record.sideEffectsSeen,
        redact: this.#redact,
      }
      return this.#fail(job, failureOf('CODEX_EXEC_OUTPUT_MISMATCH', error, context), lastMessage)
    }
    return {
      ok: true,
      invocation: this.#invocation(job),
      result: record.result(this.#status, false, lastMessage, output as Output),
    }
  }

  #fail(
    job: ExecJob<Output> | undefined,
    { code, failure }: RunFailure,
    lastMessage = this.#record.lastMessage,
  ): ExecOutcome<Output> {
    const { message, retryable, details } = failure
    return {
      ok: false,
      error: { code, message, retryable, details },
      failure,
      invocation: this.#invocation(job),
      result: this.#record.result(this.#status, code === 'CODEX_EXEC_TIMEOUT', lastMessage, undefined),
    }
  }

  #invocation(job: ExecJob<Output> | undefined): ExecInvocation {
    return {
      command: this.#command,
      args: this.#args,
      cwd: job?.cwd,
      ...readNotes(job?.request ?? this.#request),
    }
  }
}

function failureOf(code: ExecErrorCode, error: unknown, context: FailureContext): RunFailure {
  return { code, failure: classifyFailure(error, context) }
}

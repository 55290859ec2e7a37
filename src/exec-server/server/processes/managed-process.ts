import { deferred } from '../../../util/deferred.js'
import type { ExecNotificationMethod, ExecNotificationParams, ExecResult } from '../../protocol/index.js'
import type { AnswerTurns } from '../answer-turns.js'
import { ChangeSignal } from './change-signal.js'
import type { Child, ChildSink, OutputStream } from './child.js'
import { OutputParams } from './output-params.js'
import type { OutputPool } from './output-pool.js'
import { RetainedOutput } from './retained-output.js'
import { WriteMemory } from './write-memory.js'

/** Sends a notification; returns a promise while the other side has much to read. Must not throw. */
export type Notify = <M extends ExecNotificationMethod>(
  method: M,
  params: ExecNotificationParams<M>,
) => void | Promise<void>

/** What a read asks for. */
export interface ReadRequest {
  readonly afterSeq: number
  readonly maxBytes: number | undefined
  readonly waitMs: number
}

/** How much output a process keeps. */
export interface OutputLimits {
  readonly retainedOutputBytes: number
  readonly retainedOutputChunks: number
  /** What bounds it over all processes. */
  readonly pool: OutputPool
}

/** One process of a session: numbers what it does, keeps its output, and tells whoever is attached. */
export class ManagedProcess implements ChildSink {
  /** Resolves when nothing more comes of it. */
  readonly ended: Promise<void>
  readonly #processId: string
  readonly #notify: Notify
  readonly #output: RetainedOutput
  readonly #writes = new WriteMemory()
  readonly #changes = new ChangeSignal()
  readonly #onClosed: () => void
  #child: Child | undefined
  #lastSeq = 0
  #exitCode: number | undefined
  #isClosed = false
  #isPaused = false
  #isEnding = false
  readonly #exit = deferred<void>()
  readonly #end = deferred<void>()

  /** `onClosed` is called once, when the process has closed. */
  constructor(processId: string, limits: OutputLimits, notify: Notify, onClosed: () => void) {
    this.#processId = processId
    this.#output = new RetainedOutput(limits.retainedOutputBytes, limits.retainedOutputChunks, limits.pool)
    this.#notify = notify
    this.#onClosed = onClosed
    this.ended = this.#end.promise
  }

  /** Whether it has been started. */
  get isStarted(): boolean {
    return this.#child !== undefined
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isExited(): boolean {
    return this.#exitCode !== undefined
  }

  /** Takes over what was started with this as its sink. */
  started(child: Child): void {
    this.#child = child
    if (this.#isPaused) child.pause()
    if (this.#isEnding) this.end()
  }

  /** It could not be started: nothing will come. */
  abandoned(): void {
    this.#end.resolve()
  }

  output(stream: OutputStream, bytes: Buffer): void {
    const seq = this.#next()
    this.#output.add(seq, stream, bytes)
    const drained = this.#notify('process/output', new OutputParams(this.#processId, seq, stream, bytes))
    this.#changes.notify()
    if (drained) this.#pauseUntil(drained)
  }

  exited(exitCode: number): void {
    this.#exitCode = exitCode
    this.#exit.resolve()
    const seq = this.#next()
    this.#notify('process/exited', { processId: this.#processId, seq, exitCode, sandboxDenied: false })
    this.#changes.notify()
  }

  closed(): void {
    this.#isClosed = true
    this.#notify('process/closed', { processId: this.#processId, seq: this.#next() })
    this.#changes.notify()
    this.#onClosed()
    this.#end.resolve()
  }

  /** Reads what is kept; waits for something new when there is nothing, and then for its turn among `turns`. */
  async read(
    { afterSeq, maxBytes, waitMs }: ReadRequest,
    signal: () => AbortSignal,
    turns: AnswerTurns,
  ): Promise<ExecResult<'process/read'>> {
    const deadline = performance.now() + waitMs
    for (;;) {
      const chunks = this.#output.after(afterSeq, maxBytes)
      const left = deadline - performance.now()
      const isNews = chunks.length > 0 || this.isExited || this.#isClosed
      if (isNews || left <= 0 || signal().aborted) return this.#answer(chunks, maxBytes !== undefined)
      await this.#changes.wait(left, signal())
      // All who waited for the same output go on now.
      if (!signal().aborted) await turns.next()
    }
  }

  /** Whether its input takes writes, or took them before it exited. */
  get acceptsInput(): boolean {
    return this.#child?.acceptsInput === true
  }

  /** The ids of its writes. */
  get writes(): WriteMemory {
    return this.#writes
  }

  /** Writes to its input. Resolves when it can take more, or is gone. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length > 0 && !this.isExited) await this.#child?.write(bytes)
  }

  /** Sends SIGINT to its group, if it has not exited. */
  interrupt(): void {
    if (!this.isExited) this.#child?.interrupt()
  }

  /** Kills its group, if it has not exited; returns whether it ran. */
  terminate(): boolean {
    if (this.isExited || !this.#child) return false
    this.#child.kill()
    return true
  }

  /** Kills whatever is left of it and lets go of its streams. One that is being started is killed at once. */
  end(): void {
    this.#isEnding = true
    this.kill()
    // Output that nobody takes must not delay the end.
    this.#child?.resume()
    void this.#exit.promise.then(() => this.#child?.release())
  }

  /** Kills whatever is left of it before it returns. */
  kill(): void {
    this.#child?.kill()
  }

  /** Keeps nothing of its output any more: nobody will read it. */
  discardOutput(): void {
    this.#output.discard()
  }

  /** Whether members of its group outlived it. */
  hasOrphans(): boolean {
    return this.#child?.hasOrphans() === true
  }

  #answer(chunks: ReturnType<RetainedOutput['after']>, isLimited: boolean): ExecResult<'process/read'> {
    const last = chunks.at(-1)
    return {
      chunks: chunks.map(({ seq, stream, bytes }) => ({ seq, stream, chunk: bytes.toString('base64') })),
      nextSeq: (isLimited && last ? last.seq : this.#lastSeq) + 1,
      exited: this.isExited,
      exitCode: this.#exitCode ?? null,
      closed: this.#isClosed,
      failure: null,
      sandboxDenied: false,
    }
  }

  #next(): number {
    this.#lastSeq += 1
    return this.#lastSeq
  }

  /** What the other side does not read blocks the process in the end, instead of filling this one. */
  #pauseUntil(drained: Promise<void>): void {
    if (this.#isPaused || this.#isEnding) return
    this.#isPaused = true
    this.#child?.pause()
    const resume = () => {
      this.#isPaused = false
      this.#child?.resume()
    }
    void drained.then(resume, resume)
  }
}

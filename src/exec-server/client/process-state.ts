import { classifyFailure, type Failure } from '../../failures/index.js'
import { deferred } from '../../util/deferred.js'
import type { ExecResult } from '../protocol/index.js'
import { ByteStream, type WhenTruncated } from './byte-stream.js'
import { ProcessLostError } from './errors.js'
import { CLOSED, type OutputStreamName, type ProcessEvent, readChunks } from './process-events.js'
import { SequenceOrder } from './sequence-order.js'

/** How a process ended, as far as it is known. */
export interface ProcessExit {
  /** Its exit code: 128 + n for a signal without a terminal, 1 with one. `null` when it is not known. */
  readonly exitCode: number | null
  /** Whether the sandbox refused it something. */
  readonly sandboxDenied: boolean
  /** Why the end is not known: the process can be followed no longer. */
  readonly failure?: Failure
}

/** How much output is kept for readers. */
export interface OutputKeeping {
  readonly maxBufferedBytes: number
  readonly whenTruncated: WhenTruncated
  /** The number after which output is wanted, or `kept` for all that the server still has. @default 0 */
  readonly afterSeq?: number | 'kept' | undefined
}

/** Events that may wait for a missing one before it is asked for. */
const MOST_WAITING = 4_096

/** What is known of a process: its output in order, its exit, its end. Settles once, whatever comes. */
export class ProcessState {
  readonly processId: string
  readonly streams: Readonly<Record<OutputStreamName, ByteStream>>
  /** Resolves with the exit, or with a failure. Never rejects. */
  readonly exit: Promise<ProcessExit>
  /** Resolves when all output has come and the process has exited; rejects with a {@link ProcessLostError}. */
  readonly closed: Promise<ProcessExit>
  /** Whether a start was sent and not answered: events come, but nothing can be read yet. */
  isStarting = true
  readonly #order: SequenceOrder<ProcessEvent>
  readonly #exit = deferred<ProcessExit>()
  readonly #closed = deferred<ProcessExit>()
  readonly #onGap: () => void
  readonly #onEnd: () => void
  /** Whether what the server no longer has is no loss: it is the first that is asked for. */
  #takesKept: boolean
  #exited: ProcessExit | undefined
  /** Whether the number of the exit is known, so that what is missing is something else. */
  #hasExitSeq = false
  #isEnded = false
  #lost: ProcessLostError | undefined
  /** Numbers the output of a server that does not. */
  #count = 0

  /**
   * @param onGap - called when events are missing that will not come by themselves
   * @param onEnd - called once, when nothing more can come
   */
  constructor(processId: string, keeping: OutputKeeping, onGap: () => void, onEnd: () => void) {
    this.processId = processId
    const stream = (name: OutputStreamName) =>
      new ByteStream(name, keeping.maxBufferedBytes, keeping.whenTruncated)
    this.streams = { stdout: stream('stdout'), stderr: stream('stderr'), pty: stream('pty') }
    const afterSeq = typeof keeping.afterSeq === 'number' ? keeping.afterSeq : 0
    this.exit = this.#exit.promise
    this.closed = this.#closed.promise
    // Told through `exit` too: nobody has to look here.
    this.closed.catch(() => {})
    this.#order = new SequenceOrder((event) => this.#deliver(event), afterSeq)
    this.#onGap = onGap
    this.#takesKept = keeping.afterSeq === 'kept'
    this.#onEnd = onEnd
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Why it can be followed no longer, when that is so. */
  get lost(): ProcessLostError | undefined {
    return this.#lost
  }

  get hasExited(): boolean {
    return this.#exited !== undefined
  }

  /** The number of the last event before which none is missing. */
  get lastSeq(): number {
    return this.#order.last
  }

  /** Takes an event as it came. v0 numbers none; its output comes in order. */
  take(seq: number | undefined, event: ProcessEvent): void {
    if (this.#isEnded) return
    if (event.kind === 'exited') this.#onExited(event.exitCode, event.sandboxDenied)
    if (seq !== undefined && event.kind === 'exited') this.#hasExitSeq = true
    if (seq !== undefined) this.#order.add(seq, event)
    else if (event.kind === 'output') this.#order.add(++this.#count, event)
    const { waiting } = this.#order
    // Servers between the versions number everything but the end.
    if (seq === undefined && event.kind === 'closed' && waiting === 0) this.close()
    if (waiting === 0) return
    // Nothing comes after the end: what is missing then was lost. Otherwise it is mostly on its way.
    if (event.kind === 'closed' || waiting % MOST_WAITING === 0) this.#onGap()
  }

  /** Takes what a server of the current version still has; afterwards nothing is missing, or the process is lost. */
  recover(result: ExecResult<'process/read'>): void {
    if (this.#isEnded) return
    const wasExited = this.hasExited
    if (this.#takesKept) this.#skipDropped(result)
    for (const [seq, event] of readChunks(result)) this.#order.add(seq, event)
    if (result.exited && !wasExited) {
      this.#onExited(result.exitCode ?? null, result.sandboxDenied === true)
    }
    const lastSeq = result.nextSeq - 1
    if (result.closed === true) this.#order.add(lastSeq, CLOSED)
    const missing = this.#order.missingTo(lastSeq)
    const [exitSeq] = missing
    // The exit has a number as well, and is not among the chunks.
    if (missing.length === 1 && exitSeq !== undefined && result.exited && !this.#hasExitSeq) {
      this.#hasExitSeq = true
      this.#order.add(exitSeq, { kind: 'exited', exitCode: result.exitCode ?? 0, sandboxDenied: false })
    } else if (missing.length > 0) {
      const why = 'the server no longer has all of the output that was missed'
      this.fail(new ProcessLostError(this.processId, why))
    } else if (result.closed === true) {
      this.close()
    }
  }

  /** Takes output of a v0 server that came by a read. */
  drain(result: ExecResult<'process/read'>): void {
    for (const [seq, event] of readChunks(result)) this.#order.add(seq, event)
  }

  /** Nothing more comes: all output is there. */
  close(): void {
    if (this.#isEnded) return
    for (const stream of Object.values(this.streams)) stream.end()
    const exit = this.#exited ?? UNKNOWN_EXIT
    this.#closed.resolve(exit)
    this.#finish(exit)
  }

  /** The process can be followed no longer. What came stays readable; then readers meet the error. */
  fail(error: ProcessLostError): void {
    if (this.#isEnded) return
    this.#lost = error
    for (const stream of Object.values(this.streams)) stream.fail(error)
    this.#closed.reject(error)
    this.#finish({ ...UNKNOWN_EXIT, failure: classifyFailure(error) })
  }

  /** Begins with the first chunk that is kept. */
  #skipDropped({ chunks, nextSeq }: ExecResult<'process/read'>): void {
    this.#takesKept = false
    const [first] = chunks
    this.#order.skipTo(first?.seq ?? nextSeq)
  }

  #deliver(event: ProcessEvent): void {
    if (event.kind === 'output') this.streams[event.stream].push(event.bytes)
    else if (event.kind === 'closed') this.close()
  }

  #onExited(exitCode: number | null, sandboxDenied: boolean): void {
    if (this.#exited) return
    this.#exited = { exitCode, sandboxDenied }
    this.#exit.resolve(this.#exited)
  }

  #finish(exit: ProcessExit): void {
    this.#isEnded = true
    this.#exit.resolve(exit)
    this.#onEnd()
  }
}

const UNKNOWN_EXIT: ProcessExit = { exitCode: null, sandboxDenied: false }

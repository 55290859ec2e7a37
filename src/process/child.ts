import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { waitAtMost } from './bounded-wait.js'
import { guardChild } from './exit-guard.js'
import type { ExitStatus } from './exit-status.js'
import { LineSplitter } from './line-splitter.js'
import { killSurvivors, killTreeNow, signalTree } from './process-tree.js'
import { StderrTail } from './stderr-tail.js'
import {
  type TerminateOptions,
  Termination,
  type TerminationResult,
  type TerminationTarget,
} from './terminate.js'

/** A child process and everything this process holds of it. */
export interface ChildHandle {
  /** Process number; absent when the child could not be started. On POSIX it is also its group's number. */
  readonly pid: number | undefined
  /** The program that was run. */
  readonly command: string
  /** Standard input. Its errors are handled; see `onStdinError`. */
  readonly stdin: Writable
  /**
   * Standard output, for the caller to read; a child blocks when nobody does. It ends after the exit, but a
   * program outside the child's group can keep it open until {@link terminate}, which destroys it.
   */
  readonly stdout: Readable
  /** Resolves when the program runs; rejects with `SpawnError`. Need not be observed. */
  readonly spawned: Promise<void>
  /**
   * Resolves when the program has exited, even if another one still holds its pipes; output written before may
   * still be unread. Never rejects: a child that could not be started has `null` for code and signal.
   */
  readonly exited: Promise<ExitStatus>
  /** The exit, once it is known. */
  readonly exitStatus: ExitStatus | undefined
  /** Bytes the child has written to its error stream so far. */
  readonly stderrBytes: number
  /** The last part of its error stream, secrets and colour codes removed. Complete after {@link terminate}. */
  stderrTail(): string
  /**
   * Ends the child in bounded steps: end of input, SIGINT if asked for, SIGTERM, SIGKILL; then reads what is left
   * of its output for a moment and destroys the streams. Call it after the child has exited by itself too: it then only cleans
   * up. Idempotent; never rejects. Throws `InvalidInputError` for a wrong option.
   */
  terminate(options?: TerminateOptions): Promise<TerminationResult>
  /** Lets this process end while the child lives; the child's group is killed then. Undone by {@link ref}. */
  unref(): void
  /** Keeps this process alive while the child lives, as it is at the start. */
  ref(): void
  /** Terminates with the default times. */
  [Symbol.asyncDispose](): Promise<void>
}

/** How a child's error stream is observed. */
export interface ChildObservers {
  /** Most bytes of the error stream that are kept for its tail. */
  readonly stderrTailBytes: number
  /** Receives each line of the error stream, secrets included. What it throws is ignored. */
  readonly onStderr?: ((line: string) => void) | undefined
  /** Receives errors of standard input, such as `EPIPE`. What it throws is ignored. */
  readonly onStdinError?: ((error: Error) => void) | undefined
}

/** A child that has been started. */
export class RunningChild implements ChildHandle {
  readonly pid: number
  readonly command: string
  readonly stdin: Writable
  readonly stdout: Readable
  readonly spawned: Promise<void> = Promise.resolve()
  readonly exited: Promise<ExitStatus>
  readonly #process: ChildProcessWithoutNullStreams
  readonly #tail: StderrTail
  readonly #termination: Termination
  #status: ExitStatus | undefined
  #leftSurvivors = false

  constructor(child: ChildProcessWithoutNullStreams, pid: number, observers: ChildObservers) {
    this.#process = child
    this.pid = pid
    this.command = child.spawnfile
    this.stdin = child.stdin
    this.stdout = child.stdout
    this.#tail = new StderrTail(observers.stderrTailBytes)
    const releaseGuard = guardChild(() => killTreeNow(pid))
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#leftSurvivors = killSurvivors(pid)
        releaseGuard()
        this.#status = { code, signal }
        resolve(this.#status)
      })
    })
    this.#observe(observers)
    this.#termination = new Termination(this.#target())
  }

  get exitStatus(): ExitStatus | undefined {
    return this.#status
  }

  get stderrBytes(): number {
    return this.#tail.totalBytes
  }

  stderrTail(): string {
    return this.#tail.text()
  }

  terminate(options?: TerminateOptions): Promise<TerminationResult> {
    return this.#termination.run(options)
  }

  unref(): void {
    for (const handle of this.#handles()) handle.unref()
  }

  ref(): void {
    for (const handle of this.#handles()) handle.ref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }

  /** What keeps this process alive: the child and its pipes, which Node makes as sockets. */
  #handles(): readonly { ref(): unknown; unref(): unknown }[] {
    const { stdin, stdout, stderr } = this.#process
    return [this.#process, ...([stdin, stdout, stderr] as unknown as Socket[])]
  }

  #observe({ onStderr, onStdinError }: ChildObservers): void {
    const { stdin, stdout, stderr } = this.#process
    // After a start that succeeded this can only be a signal that could not be sent.
    this.#process.on('error', ignore)
    stdin.on('error', (error) => callSafely(onStdinError, error))
    stdout.on('error', ignore)
    stderr.on('error', ignore)
    stderr.on('data', (chunk: Buffer) => this.#tail.write(chunk))
    if (onStderr === undefined) return
    const lines = new LineSplitter((line) => callSafely(onStderr, line))
    stderr.on('data', (chunk: Buffer) => lines.write(chunk))
    stderr.once('close', () => lines.end())
  }

  #target(): TerminationTarget {
    return {
      exited: this.exited,
      status: () => this.#status,
      endInput: () => this.stdin.end(),
      signal: (signal) => signalTree(this.pid, signal),
      leftSurvivors: () => this.#leftSurvivors,
      release: (drainGraceMs) => this.#release(drainGraceMs),
    }
  }

  async #release(drainGraceMs: number): Promise<void> {
    const { stdin, stdout, stderr } = this.#process
    if (this.#status !== undefined) {
      await waitAtMost(drainGraceMs, Promise.all([closed(stdout), closed(stderr)]))
    } else {
      // A child that not even SIGKILL ends must not keep this process alive.
      this.#process.unref()
    }
    const open = [stdin, stdout, stderr].filter((stream) => !stream.closed)
    for (const stream of open) stream.destroy()
    await Promise.all(open.map(closed))
  }
}

/** Resolves when a stream of ours has let go of its handle, which a destroyed stream always does. */
function closed(stream: Readable | Writable): Promise<void> {
  if (stream.closed) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('close', () => resolve())
  })
}

function callSafely<T>(observer: ((value: T) => void) | undefined, value: T): void {
  try {
    observer?.(value)
  } catch {
    // An observer cannot break the reading of the child's output.
  }
}

function ignore(): void {}

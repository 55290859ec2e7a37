import pTimeout from 'p-timeout'
import type { JsonLineReader } from '../framing/json-line-reader.js'
import {
  type ChildHandle,
  checkTermination,
  type ExitStatus,
  type SpawnOptions,
  spawnChild,
  type TerminateOptions,
} from '../process/index.js'
import { redact } from '../redaction/index.js'
import { TransportClosedError } from '../rpc/errors.js'
import type { CloseReason, Transport, WireMessage } from '../rpc/transport.js'
import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOptions, checkString } from '../util/validate.js'
import { checkLimits, type JsonLineLimits, JsonLineWriter, nodeJsonLineReader } from './json-lines.js'

/** How long the end of a child's output and its exit may lie apart: 2,000 ms. */
const EXIT_GRACE_MS = 2_000
/** How long output written before an exit may take to arrive: 1,000 ms. */
const DRAIN_GRACE_MS = 1_000

/** Options of {@link stdio}. */
export interface StdioOptions extends SpawnOptions, JsonLineLimits {
  /** How `close()` ends the child. */
  readonly termination?: Omit<TerminateOptions, 'force'> | undefined
}

const KNOWN: Readonly<Record<keyof StdioOptions, true>> = {
  command: true,
  args: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  stderrTailBytes: true,
  onStderr: true,
  onStdinError: true,
  windowsHide: true,
  maxLineBytes: true,
  maxNoiseLines: true,
  termination: true,
}

/** A transport whose other end is a child process. */
export interface StdioTransport extends Transport {
  /** Process number of the child; absent before `start()` and when the child could not be started. */
  readonly pid: number | undefined
  /** Resolves when the child has exited; with `null` for both when it could not be started. Never rejects. */
  readonly exited: Promise<ExitStatus>
  /** Bytes the child has written to its error stream so far. */
  readonly stderrBytes: number
  /** The last part of the child's error stream, secrets and colour codes removed. */
  stderrTail(): string
  /**
   * Lets this program end while the child runs; the child ends with it. For a child that nobody waits for: what
   * it writes meanwhile is still read as long as something else keeps the program alive. Undone by {@link ref}.
   */
  unref(): void
  /** Keeps this program alive while the child runs, as it is at the start. */
  ref(): void
}

/**
 * Starts a program without a shell and speaks with it over its standard streams, one JSON message a line.
 *
 * The program is spawned by `start()` and ended by `close()`, in bounded steps and with its whole process
 * group. Throws `InvalidInputError` for an option that is not known, a wrong limit or termination time; other wrong
 * options make `start()` reject with it.
 */
export function stdio(options: StdioOptions): StdioTransport {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkKnownKeys(options, KNOWN)
  if (options.command === undefined) throw new InvalidInputError('command', undefined, 'a program')
  checkString('command', options.command)
  checkLimits(options)
  checkTermination(options.termination)
  return new ChildTransport(options)
}

class ChildTransport implements StdioTransport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly exited: Promise<ExitStatus>
  readonly #options: StdioOptions
  readonly #reader: JsonLineReader
  #resolveExited!: (status: ExitStatus | Promise<ExitStatus>) => void
  #child: ChildHandle | undefined
  #writer: JsonLineWriter | undefined
  #starting: Promise<void> | undefined
  #isClosed = false
  #isEnding = false
  #isReferenced = true
  #writeError: Error | undefined

  constructor(options: StdioOptions) {
    this.#options = options
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve
    })
    this.#reader = nodeJsonLineReader(
      {
        message: (message) => this.onmessage?.(message),
        problem: (error) => this.onerror?.(error),
        invalid: (error) => this.#fail('the process wrote something that is not a message', error),
      },
      options,
    )
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get stderrBytes(): number {
    return this.#child?.stderrBytes ?? 0
  }

  stderrTail(): string {
    return this.#child?.stderrTail() ?? ''
  }

  unref(): void {
    this.#isReferenced = false
    this.#child?.unref()
  }

  ref(): void {
    this.#isReferenced = true
    this.#child?.ref()
  }

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  send(message: WireMessage): void | Promise<void> {
    if (this.#isClosed || !this.#writer) throw new TransportClosedError()
    return this.#writer.write(message)
  }

  async close(): Promise<void> {
    this.#writer?.flush()
    this.#end({ kind: 'local', message: 'closed by this side' })
    await this.#release()
  }

  async #start(): Promise<void> {
    if (this.#isClosed) throw new TransportClosedError()
    let child: ChildHandle
    try {
      child = this.#spawn()
      await child.spawned
    } catch (error) {
      const cause = error as Error
      this.#end({ kind: 'error', message: redact(cause.message), cause })
      if (!this.#child) this.#resolveExited({ code: null, signal: null })
      throw error
    }
    if (this.#isClosed) throw new TransportClosedError('closed while starting')
    const ended = new Promise<void>((resolve) => {
      child.stdout.once('close', resolve).once('end', resolve)
    })
    child.stdout.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    void ended.then(() => this.#onOutputEnd(child))
    void child.exited.then((status) => this.#onExit(child, status, ended))
  }

  #spawn(): ChildHandle {
    const { onStdinError } = this.#options
    const child = spawnChild({
      ...this.#options,
      onStdinError: (error) => {
        this.#onStdinError(error)
        onStdinError?.(error)
      },
    })
    this.#child = child
    if (!this.#isReferenced) child.unref()
    this.#resolveExited(child.exited)
    this.#writer = new JsonLineWriter(child.stdin)
    return child
  }

  /** End of output: normally the exit is next; a process that lives on without output is of no use. */
  async #onOutputEnd(child: ChildHandle): Promise<void> {
    if (this.#isEnding || this.#isClosed) return
    this.#isEnding = true
    const status = await within(child.exited, EXIT_GRACE_MS)
    if (status) await this.#endWithExit(child, status)
    else this.#finish({ kind: 'remote', message: 'the process closed its output without exiting' })
  }

  /** Exit: normally the output has ended too, unless another process inherited it. */
  async #onExit(child: ChildHandle, status: ExitStatus, ended: Promise<void>): Promise<void> {
    if (this.#isEnding || this.#isClosed) return
    this.#isEnding = true
    await within(ended, DRAIN_GRACE_MS)
    await this.#endWithExit(child, status)
  }

  async #endWithExit(child: ChildHandle, { code, signal }: ExitStatus): Promise<void> {
    if (this.#isClosed) return
    // The last lines of the error stream tell why: they are there once the termination has drained it.
    await child.terminate(this.#options.termination)
    const stderrTail = child.stderrTail()
    this.#finish({
      kind: 'remote',
      message: signal ? `the process was ended by ${signal}` : `the process exited with code ${code}`,
      ...(code === null ? {} : { exitCode: code }),
      ...(signal === null ? {} : { signal }),
      ...(stderrTail === '' ? {} : { stderrTail }),
      ...(this.#writeError ? { cause: this.#writeError } : {}),
    })
  }

  #onStdinError(error: Error): void {
    if (this.#isClosed || !this.#child) return
    this.#writeError = error
    const child = this.#child
    // A broken pipe is mostly the first sign of an exit, which explains it better.
    void within(child.exited, EXIT_GRACE_MS).then((status) => {
      if (!status) this.#fail('the process no longer reads its input', error)
    })
  }

  #fail(message: string, cause: Error): void {
    this.#reader.stop()
    this.#end({ kind: 'error', message: `${message}: ${redact(cause.message)}`, cause })
    void this.#release()
  }

  /** Ends with what is left of the output: a last message without its line feed, or a message cut off. */
  #finish(reason: CloseReason): void {
    const partialBytes = this.#isClosed ? 0 : this.#reader.end()
    this.#end(partialBytes > 0 ? { ...reason, partialBytes } : reason)
    void this.#release()
  }

  #end(reason: CloseReason): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader.stop()
    this.onclose?.(reason)
  }

  async #release(): Promise<void> {
    // A program that awaits the end must not end before it.
    this.#child?.ref()
    if (this.#child) await this.#child.terminate(this.#options.termination)
    else this.#resolveExited({ code: null, signal: null })
  }
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return pTimeout(promise, { milliseconds, fallback: () => undefined })
}

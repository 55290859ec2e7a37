import { Readable, Writable } from 'node:stream'
import { checkOptions } from '../util/validate.js'
import type { ChildHandle } from './child.js'
import type { ExitStatus } from './exit-status.js'
import type { SpawnError } from './spawn-error.js'
import type { TerminateOptions, TerminationResult } from './terminate.js'

const NEVER_RAN: ExitStatus = { code: null, signal: null }

/** A child that could not be started: its output is empty, its input takes nothing. */
export class FailedChild implements ChildHandle {
  readonly pid = undefined
  readonly command: string
  readonly stdin: Writable
  readonly stdout: Readable
  readonly spawned: Promise<void>
  readonly exited: Promise<ExitStatus>
  readonly stderrBytes = 0
  #status: ExitStatus | undefined

  /** `failure` resolves with the reason, as soon as the system has told it. */
  constructor(command: string, failure: Promise<SpawnError>) {
    this.command = command
    this.stdin = new Writable().on('error', () => {}).destroy()
    this.stdout = Readable.from([])
    this.spawned = failure.then((error) => {
      throw error
    })
    this.exited = this.spawned.catch(() => {
      this.#status = NEVER_RAN
      return NEVER_RAN
    }) as Promise<ExitStatus>
  }

  get exitStatus(): ExitStatus | undefined {
    return this.#status
  }

  stderrTail(): string {
    return ''
  }

  terminate(options?: TerminateOptions): Promise<TerminationResult> {
    checkOptions('options', options)
    return this.exited.then((status) => ({ ...status, steps: [] }))
  }

  unref(): void {}

  ref(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exited
  }
}

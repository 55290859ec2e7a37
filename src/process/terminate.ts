import { LONGEST_TIMER_MS } from '../util/longest-timer.js'
import { checkInteger, checkKnownKeys, checkOptions } from '../util/validate.js'
import { waitAtMost } from './bounded-wait.js'
import type { ExitStatus } from './exit-status.js'
import type { EndSignal } from './process-tree.js'

/** How long each step of a termination may take. All times are in milliseconds. */
export interface TerminateOptions {
  /** Time to exit after its standard input has ended. @default 2000 */
  readonly stdinGraceMs?: number | undefined
  /**
   * Time to exit after SIGINT to its process group, as by Ctrl-C in a terminal; 0 sends none, and Windows has none.
   * @default 0
   */
  readonly interruptGraceMs?: number | undefined
  /** Time to exit after SIGTERM to its process group. @default 2000 */
  readonly termGraceMs?: number | undefined
  /** Time to be gone after SIGKILL; only a child stuck inside the system needs longer. @default 2000 */
  readonly killGraceMs?: number | undefined
  /** Time to read what is left in its output pipes after the exit. @default 500 */
  readonly drainGraceMs?: number | undefined
  /** Skips to SIGKILL. On a termination under way it ends the current wait. @default false */
  readonly force?: boolean | undefined
}

/** The times used for what {@link TerminateOptions} leaves out, in milliseconds. */
export const DEFAULT_TERMINATION = {
  stdinGraceMs: 2_000,
  interruptGraceMs: 0,
  termGraceMs: 2_000,
  killGraceMs: 2_000,
  drainGraceMs: 500,
} as const

/**
 * - `stdin`: standard input was ended.
 * - `interrupt`: SIGINT was sent.
 * - `term`: SIGTERM was sent.
 * - `kill`: SIGKILL was sent.
 * - `group`: the child was gone and members of its process group were killed after it.
 * - `abandoned`: the child was still there after SIGKILL; nothing more can be done from here.
 */
export type TerminationStep = 'stdin' | 'interrupt' | 'term' | 'kill' | 'group' | 'abandoned'

/** How a termination went. */
export interface TerminationResult extends ExitStatus {
  /** The steps taken, in order; empty when the child had exited before. The last of `stdin`, `interrupt`,
   * `term` and `kill` is the one that ended it. */
  readonly steps: readonly TerminationStep[]
}

/** What a termination needs of the child it ends. */
export interface TerminationTarget {
  /** Resolves when the child has exited; never rejects. */
  readonly exited: Promise<ExitStatus>
  /** The exit, once it is known. */
  status(): ExitStatus | undefined
  /** Ends standard input. Must not throw. */
  endInput(): void
  /** Signals the child's tree. Must not throw. */
  signal(signal: EndSignal): void
  /** Whether members of the group outlived the child and were killed. */
  leftSurvivors(): boolean
  /** Reads what is left of the output for at most this long, then lets go of every handle. */
  release(drainGraceMs: number): Promise<void>
}

/** Ends one child in bounded steps, once, however often it is asked to. */
export class Termination {
  readonly #target: TerminationTarget
  readonly #forced: Promise<void>
  #force: () => void = () => {}
  #isForced = false
  #running: Promise<TerminationResult> | undefined

  constructor(target: TerminationTarget) {
    this.#target = target
    this.#forced = new Promise((resolve) => {
      this.#force = resolve
    })
  }

  /**
   * Starts the termination, or joins the one under way, whose times then stay as they are; only `force` still
   * has an effect. The promise never rejects and settles within the sum of the times.
   * Throws {@link InvalidInputError} for a wrong option.
   */
  run(options: TerminateOptions = {}): Promise<TerminationResult> {
    const times = checkTimes(options)
    if (options.force === true) {
      this.#isForced = true
      this.#force()
    }
    this.#running ??= this.#terminate(times)
    return this.#running
  }

  async #terminate(times: Times): Promise<TerminationResult> {
    const target = this.#target
    const steps: TerminationStep[] = []
    if (this.#mayWait()) {
      steps.push('stdin')
      target.endInput()
      await this.#exitWithin(times.stdinGraceMs)
    }
    if (this.#mayWait() && times.interruptGraceMs > 0 && process.platform !== 'win32') {
      steps.push('interrupt')
      target.signal('SIGINT')
      await this.#exitWithin(times.interruptGraceMs)
    }
    if (this.#mayWait()) {
      steps.push('term')
      target.signal('SIGTERM')
      await this.#exitWithin(times.termGraceMs)
    }
    if (target.status() === undefined) {
      steps.push('kill')
      target.signal('SIGKILL')
      await waitAtMost(times.killGraceMs, target.exited)
    }
    const status = target.status()
    if (status === undefined) steps.push('abandoned')
    else if (target.leftSurvivors()) steps.push('group')
    await target.release(times.drainGraceMs)
    return { code: status?.code ?? null, signal: status?.signal ?? null, steps }
  }

  #mayWait(): boolean {
    return this.#target.status() === undefined && !this.#isForced
  }

  async #exitWithin(milliseconds: number): Promise<void> {
    await waitAtMost(milliseconds, Promise.race([this.#target.exited, this.#forced]))
  }
}

type Times = Readonly<Record<keyof typeof DEFAULT_TERMINATION, number>>

const KNOWN: Readonly<Record<keyof TerminateOptions, true>> = {
  stdinGraceMs: true,
  interruptGraceMs: true,
  termGraceMs: true,
  killGraceMs: true,
  drainGraceMs: true,
  force: true,
}

/**
 * Checks the times of an option `termination` before there is a child: a termination that throws would leave it
 * behind. Throws `InvalidInputError` naming the member.
 */
export function checkTermination(times: unknown): void {
  checkOptions('termination', times)
  checkKnownKeys(times ?? {}, KNOWN, 'termination')
  for (const name of Object.keys(DEFAULT_TERMINATION)) {
    const value = (times as Readonly<Record<string, unknown>> | undefined)?.[name]
    checkInteger(`termination.${name}`, value, 0, 0, LONGEST_TIMER_MS)
  }
}

function checkTimes(options: TerminateOptions): Times {
  checkOptions('options', options)
  const time = (name: keyof Times) =>
    checkInteger(name, options[name], DEFAULT_TERMINATION[name], 0, LONGEST_TIMER_MS)
  return {
    stdinGraceMs: time('stdinGraceMs'),
    interruptGraceMs: time('interruptGraceMs'),
    termGraceMs: time('termGraceMs'),
    killGraceMs: time('killGraceMs'),
    drainGraceMs: time('drainGraceMs'),
  }
}

import type { Failure } from '../failures/index.js'
import type { OutputSchema } from '../output/structured-output.js'
import type { Sent } from '../protocol/index.js'
import type { StartThreadOptions } from './codex.js'
import type { TurnEvent } from './events.js'
import type { TurnInput } from './input.js'
import type { CodexOptions } from './options.js'
import type { AppServerExit, LaunchOptions } from './start.js'
import type { TurnResult } from './turn-result.js'

/** Time Codex has to end an interrupted turn of `runTurn` by default: 2,000 ms. */
export const DEFAULT_RUN_INTERRUPT_TIMEOUT_MS = 2_000

/** Options of `runTurn`: what to say, to which Codex, and what it may do. */
export interface RunTurnOptions<Output = undefined>
  extends Omit<CodexOptions, 'signal' | 'reconnect'>,
    Omit<LaunchOptions, 'binary' | 'args'> {
  /** What to say. */
  readonly prompt: TurnInput
  /** The program to run. @default Codex, found as `Codex.start` finds it */
  readonly command?: string | undefined
  /** All of its arguments. @default ['app-server'] */
  readonly args?: readonly string[] | undefined
  /** Thread to resume. @default a new thread */
  readonly threadId?: string | undefined
  /** @default the model of the Codex home's configuration */
  readonly model?: string | undefined
  /** When Codex asks for approval. @default that of the Codex home's configuration */
  readonly approvalPolicy?: Sent.AskForApproval | undefined
  /** What commands may do without approval. @default that of the Codex home's configuration */
  readonly sandbox?: Sent.SandboxMode | undefined
  /** Tools that run in this process, as for `Codex.startThread`. */
  readonly tools?: StartThreadOptions['tools']
  /** Time Codex has to end an interrupted turn, in milliseconds. @default DEFAULT_RUN_INTERRUPT_TIMEOUT_MS */
  readonly interruptTimeoutMs?: number | undefined
  /** Shape of the answer, as for `Thread.run`. */
  readonly output?: OutputSchema<Output> | undefined
  /**
   * Time the whole run has, in milliseconds, from the call on; a turn that runs then has `interruptTimeoutMs` more
   * to end, and the process as long as its termination takes. @default Infinity
   */
  readonly timeoutMs?: number | undefined
  /** Receives each event of the turn as it comes. What it throws or rejects with is kept in `diagnostics`. */
  readonly onEvent?: ((event: TurnEvent) => void) | undefined
  /** Cancels the run. */
  readonly signal?: AbortSignal | undefined
}

/** How long each phase of a run took, in milliseconds; `undefined` for what was not reached. */
export interface RunTurnTimings {
  /** Until the process ran. */
  readonly spawnMs: number | undefined
  /** The handshake. */
  readonly initializeMs: number | undefined
  /** Starting or resuming the thread. */
  readonly threadMs: number | undefined
  /** From the start of the turn to its first event. */
  readonly firstEventMs: number | undefined
  /** From the start of the turn to the first text of the agent. */
  readonly firstTextMs: number | undefined
  readonly totalMs: number
}

/** What became of a `runTurn`. Plain data. */
export interface RunTurnResult<Output = undefined>
  extends Pick<TurnResult<Output>, 'text' | 'usage' | 'items' | 'output'> {
  /** `cancelled` by the signal or by an interrupt; `blocked` when a credential or the Codex home is missing. */
  readonly status: 'completed' | 'cancelled' | 'blocked' | 'failed'
  /** Why the run did not complete; absent when it did. */
  readonly failure?: Failure
  /** The events of the turn; neighbouring deltas of an item are merged into one. */
  readonly events: readonly TurnEvent[]
  /** Absent when no thread was reached. */
  readonly threadId: string | undefined
  /** Absent when no turn was reached. */
  readonly turnId: string | undefined
  /** How the process ended; absent when none was started. */
  readonly appServerExit: AppServerExit | undefined
  readonly timings: RunTurnTimings
  /** What went wrong on the way without ending the run, the first 100. */
  readonly diagnostics: readonly Error[]
}

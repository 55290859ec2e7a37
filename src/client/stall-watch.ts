import type { ApprovalRequest } from '../approvals/index.js'
import { BurstClock } from '../util/burst-clock.js'
import { TurnStalledError } from './errors.js'
import type { StallReason, ThreadItem, TurnStalledEvent } from './events.js'

/** Items that say something and do nothing: while only these are open, nothing but the model is waited for. */
const TALK: ReadonlySet<string> = new Set([
  'userMessage',
  'hookPrompt',
  'agentMessage',
  'reasoning',
  'plan',
  'functionCallOutput',
  'enteredReviewMode',
  'exitedReviewMode',
])

/** When a turn counts as stalled, and what follows. */
export interface StallPolicy {
  /** Time without any sign of life until `turn.stalled` tells, in milliseconds, or `Infinity`. */
  readonly stallTimeoutMs: number
  /** Time from there until a silent turn is interrupted, in milliseconds, or `Infinity`. */
  readonly stallGraceMs: number
  /** Whether silence ends the turn, or is only told. */
  readonly onStall: 'interrupt' | 'report'
}

/** What a stalled turn waits for, as far as is known. */
export interface StallCircumstances {
  /** Approvals that this client was asked for and that are not decided. */
  readonly pendingApprovals: readonly ApprovalRequest[]
  /** What the thread's status says it waits for. */
  readonly threadFlags: readonly unknown[]
  /** Items that have begun and not ended. */
  readonly openItems: readonly ThreadItem[]
  /** Whether something may have begun unheard, while there was no connection. */
  readonly mayWorkUnheard: boolean
  /** Whether Codex tries in vain to reach the provider; for how long it may is decided elsewhere. */
  readonly isProviderUnreachable: boolean
}

/** What a stall watch is to look at and whom it tells. */
export interface StallWatchOptions extends StallPolicy {
  readonly circumstances: () => StallCircumstances
  /** The turn has stalled, for another reason than was told before. */
  readonly tell: (stall: Stall) => void
  /** Nobody here is waited for: is the server there? `cause` is what to stop the turn with if it does not answer. */
  readonly probe: (cause: TurnStalledError | undefined) => void
  /** The turn has been silent for too long. */
  readonly expired: (error: TurnStalledError) => void
}

/** What a `turn.stalled` event tells of a stall. */
export type Stall = Omit<TurnStalledEvent, 'type' | 'threadId' | 'turnId' | 'raw'>

/**
 * Watches a turn in which nothing happens. One timer, armed anew only when it fires, so that a sign of life costs
 * a look at the clock, once for those that come together.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #clock = new BurstClock()
  #lastSignAt = 0
  #told: StallReason | undefined
  #toldAt = 0

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  /** Begins to watch, as if the last sign of life came now. */
  start(): void {
    this.sign()
    this.#arm(this.#options.stallTimeoutMs)
  }

  /** Something happened in the turn. */
  sign(): void {
    this.#lastSignAt = this.#clock.now()
    this.#told = undefined
  }

  /** Stops watching. */
  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(ms: number): void {
    this.dispose()
    if (ms !== Infinity) this.#timer = setTimeout(() => this.#check(), ms)
  }

  #check(): void {
    const { stallTimeoutMs, stallGraceMs, onStall, circumstances, probe, expired } = this.#options
    const silentMs = performance.now() - this.#lastSignAt
    if (silentMs < stallTimeoutMs) {
      this.#arm(stallTimeoutMs - silentMs)
      return
    }
    const now = circumstances()
    const reason = reasonOf(now)
    const work = now.openItems.filter(({ type }) => !TALK.has(type))
    const isOnItsOwn = reason === 'silence' && work.length === 0 && !now.mayWorkUnheard
    const mayEnd = isOnItsOwn && onStall === 'interrupt' && stallGraceMs !== Infinity
    const wasTold = this.#told === reason
    if (!wasTold) this.#tell(reason, silentMs, now.pendingApprovals, work)
    const graceMs = mayEnd ? this.#toldAt + stallGraceMs - performance.now() : Infinity
    if (graceMs <= 0) {
      expired(new TurnStalledError(silentMs))
      return
    }
    // Something may happen meanwhile and stall again, before the grace is over.
    this.#arm(Math.min(graceMs, stallTimeoutMs))
    // Whoever is waited for beyond the server, only the server can tell.
    if (reason === 'silence' || reason === 'providerUnreachable')
      probe(onStall === 'interrupt' ? new TurnStalledError(silentMs) : undefined)
  }

  #tell(
    reason: StallReason,
    silentMs: number,
    pendingApprovals: readonly ApprovalRequest[],
    openItems: readonly ThreadItem[],
  ): void {
    this.#told = reason
    this.#toldAt = performance.now()
    this.#options.tell({
      reason,
      silentMs,
      ...(pendingApprovals.length > 0 ? { pendingApprovals } : {}),
      ...(openItems.length > 0 ? { openItems } : {}),
    })
  }
}

function reasonOf(circumstances: StallCircumstances): StallReason {
  const { pendingApprovals, threadFlags, isProviderUnreachable } = circumstances
  const questions = pendingApprovals.filter(({ kind }) => kind === 'user-input' || kind === 'elicitation')
  const hasApproval = questions.length < pendingApprovals.length
  if (hasApproval || threadFlags.includes('waitingOnApproval')) return 'waitingOnApproval'
  if (questions.length > 0 || threadFlags.includes('waitingOnUserInput')) return 'waitingOnUserInput'
  return isProviderUnreachable ? 'providerUnreachable' : 'silence'
}

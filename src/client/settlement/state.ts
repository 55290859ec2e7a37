import type { CloseReason } from '../../rpc/transport.js'

/** The bounded waits of a turn. The names are those of the table in `docs/settlement.md`. */
export type TimerName = 'start' | 'interrupt' | 'interruptRetry' | 'look'

/** How long each wait may take, in milliseconds; `Infinity` waits for as long as it takes. */
export type Bounds = Readonly<Record<TimerName, number>>

/**
 * Why the thread is to be asked how the turn stands.
 *
 * - `lost`: a message could not be read; it may have been the end.
 * - `silent`: nothing has come for a long time; `cause` stops the turn when the server does not answer either.
 * - `idle`: the thread says that it is idle.
 * - `restored`: the connection was gone, and the thread has been resumed.
 */
export type Doubt =
  | { readonly kind: 'lost' | 'idle' }
  | { readonly kind: 'silent'; readonly cause: Error | undefined }
  | { readonly kind: 'restored'; readonly reason: CloseReason }

/** The one question to the thread whose answer counts. */
export interface OpenQuestion {
  readonly id: number
  readonly doubt: Doubt
}

/** Whether there is a connection; `reason` says why there is none, or was none until the thread was asked. */
export interface ConnectionState {
  readonly status: 'open' | 'lost' | 'closed'
  readonly reason?: CloseReason
}

/**
 * How far the interrupt is. `overtaken`: an event of the turn has come since it was sent; `refused`: Codex did not
 * take it; `repeated`: it was sent a second time, which is the last.
 */
export type InterruptState = 'none' | 'sent' | 'overtaken' | 'refused' | 'repeated'

/** Everything that decides how a turn settles. Plain data. */
export interface SettlementState {
  /** `new` until the start is sent, `starting` until the turn's id is known, `running`, and `settled` for ever. */
  readonly phase: 'new' | 'starting' | 'running' | 'settled'
  readonly bounds: Bounds
  /** Whether the start was sent, and not refused for overload: before, Codex cannot have acted on it. */
  readonly isStartWritten: boolean
  /** Why Codex refused the start that waits to be sent again. */
  readonly refusal: Error | undefined
  readonly turnId: string | undefined
  /** A turn that was seen to run in the thread while the answer to the start is awaited. */
  readonly seenTurnId: string | undefined
  /** Why the turn is to stop; the first cause counts. */
  readonly stopCause: Error | undefined
  readonly interrupt: InterruptState
  readonly connection: ConnectionState
  /** What the `look` timer, or the end of the start, will ask the thread for. */
  readonly doubt: Doubt | undefined
  readonly question: OpenQuestion | undefined
  /** How many questions were asked or dropped: answers to all but the last are of the past. */
  readonly questions: number
  readonly armed: readonly TimerName[]
}

/** A turn of which nothing has happened yet. */
export function newSettlement(bounds: Bounds): SettlementState {
  return {
    phase: 'new',
    bounds,
    isStartWritten: false,
    refusal: undefined,
    turnId: undefined,
    seenTurnId: undefined,
    stopCause: undefined,
    interrupt: 'none',
    connection: { status: 'open' },
    doubt: undefined,
    question: undefined,
    questions: 0,
    armed: [],
  }
}

const STRENGTH: Readonly<Record<Doubt['kind'], number>> = { lost: 0, silent: 1, idle: 2, restored: 3 }

/** The doubt whose answer weighs more. */
export function strongerDoubt(known: Doubt | undefined, added: Doubt): Doubt {
  return known && STRENGTH[known.kind] > STRENGTH[added.kind] ? known : added
}

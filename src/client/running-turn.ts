import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import type { PreparedOutput } from '../output/structured-output.js'
import type { Received, Sent, ServerNotification } from '../protocol/index.js'
import type { CloseReason } from '../rpc/transport.js'
import type { EventStream } from '../util/event-stream.js'
import type { TurnEvent } from './events.js'
import type { StallPolicy } from './stall-watch.js'
import type { TurnResult } from './turn-result.js'
import type { TokenCounts } from './usage.js'

/** A running turn as the rest of the client sees it. */
export interface RunningTurn<Output> {
  readonly threadId: string
  /** Id of the turn, once Codex has told it. */
  readonly id: string | undefined
  readonly isSettled: boolean
  /**
   * Resolves with the turn's id when its first event has come, which is when Codex can steer or interrupt it;
   * rejects with `TurnNotRunningError` when the turn ended before.
   */
  readonly started: Promise<string>
  readonly events: EventStream<TurnEvent>
  readonly result: Promise<TurnResult<Output>>
  /** Takes the next notification of the thread. `turnId` is the turn it names, if it names one. */
  receive(message: ServerNotification, turnId: string | undefined): void
  /** Tells the reader that Codex waits for an answer. */
  approvalRequested(request: ApprovalRequest): void
  /** Tells the reader that it no longer does. */
  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void
  /** A notification was lost: it may have been the one that ends the turn. */
  notificationLost(): void
  /** Interrupts the turn for a reason; it settles within the interrupt's deadline whatever Codex does. */
  stop(cause: Error): void
  /**
   * The connection is gone and may come back: nothing settles for now, save a turn whose start was not answered and
   * that nobody has seen to run, once the request of the start has rejected. A stopped turn still settles within
   * the interrupt's deadline. Followed by `connectionRestored` or `connectionClosed`.
   */
  connectionLost(reason: CloseReason): void
  /** The connection is back and the thread was resumed on it: the thread is asked what became of the turn. */
  connectionRestored(): void
  /** The connection has ended: nothing more will come. Returns a promise when the turn does not settle at once. */
  connectionClosed(reason: CloseReason): Promise<void> | undefined
}

/** What a turn needs of the client that runs it. */
export interface TurnHost {
  /**
   * Sends `turn/start` when its turn among the requests has come, and tells `onWrite`; the signal takes it back
   * before. Tells `onOverload` when Codex had no room for it, and it waits again. Resolves with the id of the turn,
   * however late it is told.
   */
  startTurn(
    params: Sent.TurnStartParams,
    options: {
      readonly signal: AbortSignal
      readonly onWrite: () => void
      readonly onOverload: (refusal: Error) => void
    },
  ): Promise<string>
  /** Asks the thread how a turn stands; `undefined` when it does not know the turn. */
  readTurn(threadId: string, turnId: string): Promise<Received.Turn | undefined>
  /** Sends `turn/interrupt`; rejects with an `RpcError` when Codex does not take it. */
  interruptTurn(threadId: string, turnId: string): Promise<unknown>
  /** Interrupts a turn that no run follows any more: as soon as there is a connection and Codex takes it. */
  interruptStray(threadId: string, turnId: string): Promise<unknown>
  /** The turn gets the notifications of its thread from here on, until it is released. */
  register(run: RunningTurn<unknown>): void
  release(run: RunningTurn<unknown>): void
  /** Tells the program of something that ends nothing. */
  report(error: Error): void
  /** The thread's token totals before the turn, when they are known. */
  threadUsage(threadId: string): TokenCounts | undefined
}

/** What is to be run, checked and complete. */
export interface TurnSpec<Output> {
  readonly params: Sent.TurnStartParams
  readonly output: PreparedOutput<Output> | undefined
  readonly signal: AbortSignal | undefined
  /** Time the whole turn has, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  /** Time Codex has to confirm an interrupt, in milliseconds, or `Infinity`. */
  readonly interruptTimeoutMs: number
  /** Time Codex has to answer the start, in milliseconds, or `Infinity`. */
  readonly startTimeoutMs: number
  /** Time a provider may stay out of reach, in milliseconds, or `Infinity`. */
  readonly providerTimeoutMs: number
  /** When the turn counts as stalled, and what follows. */
  readonly stall: StallPolicy
  /** Whether somebody will read the events. */
  readonly isStreamed: boolean
}

import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import type { Failure } from '../failures/index.js'
import type { Received, ServerNotification } from '../protocol/index.js'
import type { CloseReason } from '../rpc/transport.js'
import type { TurnUsage } from './usage.js'

/** An item of a turn: a message, a command, a file change, a tool call, and so on; narrow it by `type`. */
export type ThreadItem = Received.ThreadItem

/** How a turn ended. */
export type TurnStatus = 'completed' | 'interrupted' | 'failed'

/** What every event of a turn tells. */
interface TurnEventBase<Type extends string> {
  readonly type: Type
  readonly threadId: string
  /** Empty only in a `turn.completed` of a turn that was never started. */
  readonly turnId: string
  /** The notification behind the event; absent when the library made the event itself. */
  readonly raw?: ServerNotification
}

/** The turn runs. First event of every turn that was started. */
export type TurnStartedEvent = TurnEventBase<'turn.started'>

/** The turn has ended. Last event of every turn, exactly once, whatever happened. */
export interface TurnCompletedEvent extends TurnEventBase<'turn.completed'> {
  readonly status: TurnStatus
  /** Why the turn did not complete. */
  readonly failure?: Failure
}

/** Something went wrong and Codex tries again by itself. The next attempt may send items anew. */
export interface TurnRetryingEvent extends TurnEventBase<'turn.retrying'> {
  readonly message: string
  /** The provider's own words, when Codex passes them on. */
  readonly details?: string
}

/** The agent's plan changed. */
export interface TurnPlanUpdatedEvent extends TurnEventBase<'turn.plan.updated'> {
  readonly explanation?: string
  readonly plan: readonly Received.TurnPlanStep[]
}

/** The changes of the turn so far, as one unified diff. */
export interface TurnDiffUpdatedEvent extends TurnEventBase<'turn.diff.updated'> {
  readonly diff: string
}

/**
 * An item began. Its deltas follow, and one end: `item.completed` or `item.abandoned`. An item that begins again
 * replaces what it said before.
 */
export interface ItemStartedEvent extends TurnEventBase<'item.started'> {
  readonly itemId: string
  readonly item: ThreadItem
}

/** An item is complete. */
export interface ItemCompletedEvent extends TurnEventBase<'item.completed'> {
  readonly itemId: string
  readonly item: ThreadItem
}

/**
 * An item ended without being completed. The library makes this event, so that every `item.started` is followed by
 * one end: `item.completed`, or this one in its place.
 */
export interface ItemAbandonedEvent extends TurnEventBase<'item.abandoned'> {
  readonly itemId: string
  /** The item as last known, with the text that was streamed. */
  readonly item: ThreadItem
  /**
   * `repeated`: Codex begins the item again, which the next event tells. `turn-ended`: the turn is over, which
   * `turn.completed` tells; in a turn that completed, it is the remains of an attempt that Codex repeated under
   * another id, and is not in the result.
   */
  readonly reason: 'repeated' | 'turn-ended'
}

/** What the streamed parts of items have in common. */
interface DeltaEvent<Type extends string> extends TurnEventBase<Type> {
  readonly itemId: string
  readonly delta: string
}

/** More text of an agent message. */
export type MessageDeltaEvent = DeltaEvent<'message.delta'>

/** More text of a reasoning item. */
export interface ReasoningDeltaEvent extends DeltaEvent<'reasoning.delta'> {
  /** Whether it belongs to the summary or to the content itself. */
  readonly part: 'summary' | 'content'
  /** Which summary or content part it continues, from 0. */
  readonly index: number
}

/** More text of a proposed plan. */
export type PlanDeltaEvent = DeltaEvent<'plan.delta'>

/** More output of a running command. */
export type CommandOutputEvent = DeltaEvent<'command.output'>

/** The changes of a file change item became known or changed. */
export interface FilePatchEvent extends TurnEventBase<'file.patch'> {
  readonly itemId: string
  readonly changes: readonly Received.FileUpdateChange[]
}

/** An MCP tool reports how far it is. */
export interface ToolProgressEvent extends TurnEventBase<'tool.progress'> {
  readonly itemId: string
  readonly message: string
}

/** More tokens were used. */
export interface UsageUpdatedEvent extends TurnEventBase<'usage.updated'> {
  readonly usage: TurnUsage
}

/** Codex waits for an answer; the hook or policy is being asked. */
export interface ApprovalRequestedEvent extends TurnEventBase<'approval.requested'> {
  readonly request: ApprovalRequest
}

/** Codex got its answer, or no longer wants one. */
export interface ApprovalResolvedEvent extends TurnEventBase<'approval.resolved'> {
  readonly request: ApprovalRequest
  readonly outcome: ApprovalOutcome
}

/**
 * The connection is gone and is being made anew; Codex goes on meanwhile, if only the connection broke. Only with the
 * option `reconnect`.
 */
export interface ConnectionLostEvent extends TurnEventBase<'connection.lost'> {
  readonly reason: CloseReason
}

/**
 * The connection is back. The events of items follow that began or ended meanwhile; deltas of that time are lost,
 * so that the text of an item is whole only in its `item.completed`.
 */
export type ConnectionRestoredEvent = TurnEventBase<'connection.restored'>

/**
 * Why nothing happens in a turn.
 *
 * - `waitingOnApproval`: Codex waits for a decision, of this client or of another one.
 * - `waitingOnUserInput`: Codex waits for an answer to a question.
 * - `providerUnreachable`: Codex tries to reach the model's provider, and tells that it fails.
 * - `silence`: nothing is heard, and nothing is known that the turn waits for, save its own `openItems`.
 */
export type StallReason = 'waitingOnApproval' | 'waitingOnUserInput' | 'providerUnreachable' | 'silence'

/**
 * Nothing has happened in the turn for `stallTimeoutMs`. Told once for each reason, and again when something
 * happened in between. What follows is told at the option `onStall`.
 */
export interface TurnStalledEvent extends TurnEventBase<'turn.stalled'> {
  readonly reason: StallReason
  /** Time since the last sign of life, in milliseconds. */
  readonly silentMs: number
  /** Approvals and questions that this client has not decided; absent when there is none. */
  readonly pendingApprovals?: readonly ApprovalRequest[]
  /** Commands, tool calls and other work that runs; absent when there is none. */
  readonly openItems?: readonly ThreadItem[]
}

/** Codex warns of something that does not stop the turn. */
export interface WarningEvent extends TurnEventBase<'warning'> {
  readonly message: string
}

/** Anything else that Codex said about the thread while the turn ran, in `raw`. */
export interface OtherNotificationEvent extends TurnEventBase<'notification'> {
  readonly method: string
  readonly raw: ServerNotification
}

/**
 * Stands where events were dropped because the reader is too far behind. Only what is streamed is ever dropped:
 * deltas, output, progress, states that a later event tells anew, and other notifications. The reader has lost
 * them, the turn has not: what they said is in its `result`.
 */
export interface LaggedEvent extends TurnEventBase<'lagged'> {
  /** How many events stood here; deltas that had been merged count each. */
  readonly skipped: number
}

/** What happens in a turn, in order. Narrow it by `type`; expect types that a later version adds. */
export type TurnEvent =
  | TurnStartedEvent
  | TurnCompletedEvent
  | TurnRetryingEvent
  | TurnStalledEvent
  | TurnPlanUpdatedEvent
  | TurnDiffUpdatedEvent
  | ItemStartedEvent
  | ItemCompletedEvent
  | ItemAbandonedEvent
  | MessageDeltaEvent
  | ReasoningDeltaEvent
  | PlanDeltaEvent
  | CommandOutputEvent
  | FilePatchEvent
  | ToolProgressEvent
  | UsageUpdatedEvent
  | ApprovalRequestedEvent
  | ApprovalResolvedEvent
  | ConnectionLostEvent
  | ConnectionRestoredEvent
  | WarningEvent
  | OtherNotificationEvent
  | LaggedEvent

import type { ApprovalDecision } from './decisions.js'
import type { ApprovalRequest } from './requests.js'

/** What an {@link ApprovalHook} is told besides the request. */
export interface ApprovalContext {
  /**
   * Aborts when an answer is no longer wanted: the deadline passed, somebody else answered, the turn ended,
   * or the connection closed.
   */
  readonly signal: AbortSignal
  /** Takes a problem that changes nothing about the decision; the client emits it as a `diagnostic`. */
  readonly report?: ((error: Error) => void) | undefined
}

/**
 * Decides about one request. May take its time: the stream goes on, other requests too. Throwing, answering
 * nothing valid, or not answering before the deadline is a `decline`.
 */
export type ApprovalHook = (
  request: ApprovalRequest,
  context: ApprovalContext,
) => ApprovalDecision | Promise<ApprovalDecision>

/**
 * Who decided: the hook, the policy, the deadline (`timeout`), nobody (`withdrawn`: the request was resolved
 * elsewhere, its turn or the connection ended), or the library for want of a valid answer: `no-hook`,
 * `hook-failed`, `invalid-decision`, `not-offered`, `malformed-request`.
 */
export type ApprovalDecider =
  | 'hook'
  | 'policy'
  | 'timeout'
  | 'withdrawn'
  | 'no-hook'
  | 'hook-failed'
  | 'invalid-decision'
  | 'not-offered'
  | 'malformed-request'

/** What became of an approval request. */
export interface ApprovalOutcome {
  /** The decision that was sent; `decline` unless the hook said otherwise. Nothing was sent when withdrawn. */
  readonly decision: ApprovalDecision
  readonly decidedBy: ApprovalDecider
  /** What the hook threw, when it failed. */
  readonly error?: Error
}

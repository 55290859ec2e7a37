import type { Received, Sent, ServerRequestParams } from '../protocol/index.js'

/** What every approval request tells. */
interface ApprovalRequestBase {
  /** Thread that asks. Sub-agents ask with a thread of their own. */
  readonly threadId: string
  readonly turnId: string
  /** Item of the turn that waits for the answer. */
  readonly itemId: string
  /** Why Codex asks, in its own words. */
  readonly reason: string | undefined
  /** When it asked, in milliseconds since the Unix epoch. */
  readonly startedAtMs: number | undefined
}

/** Codex wants to run a command that its sandbox or approval policy does not allow by itself. */
export interface CommandApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'command'
  /** The command as a shell would read it; absent for a request that is only about the network. */
  readonly command: string | undefined
  /** Folder it would run in. */
  readonly cwd: string | undefined
  /**
   * The decisions Codex offers, in its order; absent when it does not say. A decision that is not among
   * them is replaced by `decline`.
   */
  readonly availableDecisions: readonly CommandDecision[] | undefined
  /** The request as it was received, with every further detail. */
  readonly params: ServerRequestParams<'item/commandExecution/requestApproval'>
}

/** Codex wants to change files that its sandbox or approval policy does not allow by itself. */
export interface FileChangeApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'file-change'
  /** The changes with their diffs, taken from the item that waits; empty when Codex did not announce it. */
  readonly changes: readonly Received.FileUpdateChange[]
  /** Folder for which writes would be allowed for the rest of the session, when Codex asks for that. */
  readonly grantRoot: string | undefined
  /** The request as it was received. */
  readonly params: ServerRequestParams<'item/fileChange/requestApproval'>
}

/** Something that Codex must not do before it is allowed. */
export type ApprovalRequest = CommandApprovalRequest | FileChangeApprovalRequest

/**
 * Answer to a command: `accept` once, `acceptForSession` for the same command in this thread, `decline` and let
 * the turn go on, or `cancel` and interrupt the turn. `acceptWithExecpolicyAmendment` also writes a rule
 * into the Codex home, for all threads and for good; `applyNetworkPolicyAmendment` does so for a host.
 */
export type CommandDecision = Sent.CommandExecutionApprovalDecision

/** Answer to a file change: as for a command, `acceptForSession` being for the same path. */
export type FileChangeDecision = Sent.FileChangeApprovalDecision

/** Answer to an {@link ApprovalRequest}. */
export type ApprovalDecision = CommandDecision | FileChangeDecision

/** What an {@link ApprovalHook} is told besides the request. */
export interface ApprovalContext {
  /**
   * Aborts when an answer is no longer wanted: the deadline passed, somebody else answered, the turn ended,
   * or the connection closed.
   */
  readonly signal: AbortSignal
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
 * Who decided: the hook, the deadline (`timeout`), nobody (`withdrawn`: the request was resolved elsewhere,
 * its turn or the connection ended), or the library for want of a valid answer: `no-hook`, `hook-failed`,
 * `invalid-decision`, `not-offered`, `malformed-request`.
 */
export type ApprovalDecider =
  | 'hook'
  | 'timeout'
  | 'withdrawn'
  | 'no-hook'
  | 'hook-failed'
  | 'invalid-decision'
  | 'not-offered'
  | 'malformed-request'

/** What became of an {@link ApprovalRequest}. */
export interface ApprovalOutcome {
  /** The decision that was sent; `decline` unless the hook said otherwise. Nothing was sent when withdrawn. */
  readonly decision: ApprovalDecision
  readonly decidedBy: ApprovalDecider
  /** What the hook threw, when it failed. */
  readonly error?: Error
}

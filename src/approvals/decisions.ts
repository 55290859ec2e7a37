import type { Sent } from '../protocol/index.js'

/**
 * Answer to a command: `accept` once, `acceptForSession` for the same command in this thread, `decline` and let
 * the turn go on, or `cancel` and interrupt the turn. `acceptWithExecpolicyAmendment` also writes a rule
 * into the Codex home, for all threads and for good; `applyNetworkPolicyAmendment` does so for a host. Both
 * must be word for word what Codex proposed.
 */
export type CommandDecision = Sent.CommandExecutionApprovalDecision

/** Answer to a file change: as for a command, `acceptForSession` being for the same path. */
export type FileChangeDecision = Sent.FileChangeApprovalDecision

/**
 * Answer to a request for permissions: `accept` grants all of it for the turn, `acceptForSession` for the
 * session, `grant` a part of it. What was not asked for is left out of a grant. `cancel` also interrupts the
 * turn.
 */
export type PermissionsDecision =
  | 'accept'
  | 'acceptForSession'
  | 'decline'
  | 'cancel'
  | {
      readonly grant: Sent.GrantedPermissionProfile
      /** How long it holds. @default 'turn' */
      readonly scope?: Sent.PermissionGrantScope | undefined
    }

/** Answer to a call of an MCP tool; `acceptForSession` is for this tool. `cancel` also interrupts the turn. */
export type McpToolDecision = 'accept' | 'acceptForSession' | 'decline' | 'cancel'

/**
 * Answer to an MCP server's form or URL. The content of a form must match its schema. `cancel` tells the server
 * that the user dismissed it, and interrupts the turn.
 */
export type ElicitationDecision =
  | { readonly action: 'accept'; readonly content?: Readonly<Record<string, unknown>> | null | undefined }
  | 'decline'
  | 'cancel'

/** Answer to the agent's questions, by their ids. `cancel` also interrupts the turn. */
export type UserInputDecision =
  | { readonly answers: Readonly<Record<string, string | readonly string[]>> }
  | 'decline'
  | 'cancel'

/** The decisions that each kind of request takes. */
export interface DecisionByKind {
  readonly command: CommandDecision
  readonly 'file-change': FileChangeDecision
  readonly permissions: PermissionsDecision
  readonly 'mcp-tool': McpToolDecision
  readonly elicitation: ElicitationDecision
  readonly 'user-input': UserInputDecision
}

/** Answer to an approval request. `decline` and `cancel` are valid for every kind. */
export type ApprovalDecision = DecisionByKind[keyof DecisionByKind]

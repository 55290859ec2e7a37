import type { Received, ServerRequestParams } from '../protocol/index.js'
import type { CommandDecision, McpToolDecision } from './decisions.js'

/** What every approval request tells. */
interface ApprovalRequestBase {
  /** Thread that asks. Sub-agents ask with a thread of their own. */
  readonly threadId: string
  /** Turn that waits; absent when an MCP server asks outside of any turn. */
  readonly turnId: string | undefined
  /** Item of the turn that waits for the answer, when Codex tells. */
  readonly itemId: string | undefined
  /** Why Codex asks, in its own words. Written by the model: never show it without {@link visibleText}. */
  readonly reason: string | undefined
  /** When it asked, in milliseconds since the Unix epoch. */
  readonly startedAtMs: number | undefined
}

/** A host that a command wants to reach. */
export interface NetworkTarget {
  /** As Codex names it: a name or an address, perhaps with a port. */
  readonly host: string
  /** `http`, `https`, `socks5Tcp`, `socks5Udp`, or what a newer Codex knows. */
  readonly protocol: Received.NetworkApprovalProtocol
}

/** Codex wants to run a command that its sandbox or approval policy does not allow by itself. */
export interface CommandApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'command'
  /**
   * What exactly is to be allowed: a `command`, input for a program that runs (`writeStdin`), or a command that
   * only a person may allow (`humanCommand`).
   */
  readonly action: Received.CommandExecutionApprovalKind
  /** The command as a shell would read it; absent for a request that is only about the network. */
  readonly command: string | undefined
  /** Folder it would run in. */
  readonly cwd: string | undefined
  /** The host it wants to reach, when the request is about that. */
  readonly network: NetworkTarget | undefined
  /** Whether the command is also to get further permissions, which are in `params.additionalPermissions`. */
  readonly wantsPermissions: boolean
  /**
   * The decisions Codex offers, in its order; absent when it does not say. A decision that is not among
   * them is replaced by `decline`, except for `acceptForSession`, which can be given where `accept` is offered.
   */
  readonly availableDecisions: readonly CommandDecision[] | undefined
  /** The request as it was received, with every further detail. */
  readonly params: ServerRequestParams<'item/commandExecution/requestApproval'>
}

/** Codex wants to change files that its sandbox or approval policy does not allow by itself. */
export interface FileChangeApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'file-change'
  /**
   * The changes with their diffs, taken from the item that waits; empty when Codex did not announce it. The
   * diff of a file that is added or deleted is its whole content.
   */
  readonly changes: readonly Received.FileUpdateChange[]
  /** Folder for which writes would be allowed for the rest of the session, when Codex asks for that. */
  readonly grantRoot: string | undefined
  /** The request as it was received. */
  readonly params: ServerRequestParams<'item/fileChange/requestApproval'>
}

/** The agent wants more permissions for its later commands. */
export interface PermissionsApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'permissions'
  /** What it wants: access to paths, access to the network. */
  readonly permissions: Received.RequestPermissionProfile
  /** Folder of the thread. */
  readonly cwd: string | undefined
  /** The request as it was received. */
  readonly params: ServerRequestParams<'item/permissions/requestApproval'>
}

/**
 * The agent wants to call a tool of an MCP server. Codex sends these as elicitations with an empty form, or
 * as questions to the user; here they are what they mean.
 */
export interface McpToolApprovalRequest extends ApprovalRequestBase {
  readonly kind: 'mcp-tool'
  /** Name of the server in Codex's configuration; absent when Codex does not tell. */
  readonly server: string | undefined
  /** Name of the tool; absent when Codex does not tell. */
  readonly tool: string | undefined
  /** Arguments of the call, as the model wrote them. */
  readonly arguments: unknown
  /** The decisions that can be given. */
  readonly availableDecisions: readonly McpToolDecision[]
  /** The request as it was received. */
  readonly params: ServerRequestParams<'mcpServer/elicitation/request' | 'item/tool/requestUserInput'>
}

/** An MCP server asks the user to fill in a form or to open a URL. */
export interface ElicitationRequest extends ApprovalRequestBase {
  readonly kind: 'elicitation'
  readonly server: string
  /** `form`, `url`, or what a newer Codex knows. */
  readonly mode: string
  /** What the server says. */
  readonly message: string
  /** JSON schema of the form. */
  readonly requestedSchema: unknown
  /** The URL to open. */
  readonly url: string | undefined
  /** The request as it was received. */
  readonly params: ServerRequestParams<'mcpServer/elicitation/request'>
}

/** The agent asks the user questions. */
export interface UserInputRequest extends ApprovalRequestBase {
  readonly kind: 'user-input'
  /** The questions; with `isOther` any text answers, else only the labels of the options. */
  readonly questions: readonly Received.ToolRequestUserInputQuestion[]
  /** The request as it was received. */
  readonly params: ServerRequestParams<'item/tool/requestUserInput'>
}

/** Something that Codex must not do, or cannot know, before it is told. Narrow it by `kind`. */
export type ApprovalRequest =
  | CommandApprovalRequest
  | FileChangeApprovalRequest
  | PermissionsApprovalRequest
  | McpToolApprovalRequest
  | ElicitationRequest
  | UserInputRequest

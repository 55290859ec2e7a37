/** How far a command is. A command that was declined counts as `failed`. */
export type CommandExecutionStatus = 'in_progress' | 'completed' | 'failed'

/** A command that the agent runs. */
export type CommandExecutionItem = {
  id: string
  type: 'command_execution'
  /** The command as the shell gets it. */
  command: string
  /** What it wrote so far, standard output and error mixed. Empty until it ends. */
  aggregated_output: string
  /** Its exit code. While it runs there is none; Codex then says `null`, whatever this type says. */
  exit_code?: number
  status: CommandExecutionStatus
}

/** What becomes of a file. */
export type PatchChangeKind = 'add' | 'delete' | 'update'

/** One file of a patch. */
export type FileUpdateChange = {
  path: string
  kind: PatchChangeKind
}

/** How a patch ended. While it is being applied Codex says `in_progress`, whatever this type says. */
export type PatchApplyStatus = 'completed' | 'failed'

/** Changes of files that the agent makes. */
export type FileChangeItem = {
  id: string
  type: 'file_change'
  changes: FileUpdateChange[]
  status: PatchApplyStatus
}

/** How far a call of an MCP tool is. */
export type McpToolCallStatus = 'in_progress' | 'completed' | 'failed'

/** A part of what an MCP tool returned, as the MCP specification has it. */
export type McpContentBlock = {
  _meta?: { [key: string]: unknown }
  annotations?: { audience?: ('user' | 'assistant')[]; priority?: number; lastModified?: string }
} & (
  | { type: 'text'; text: string }
  | { type: 'image' | 'audio'; data: string; mimeType: string }
  | {
      type: 'resource_link'
      uri: string
      name: string
      title?: string
      description?: string
      mimeType?: string
      size?: number
    }
  | {
      type: 'resource'
      resource: { uri: string; mimeType?: string; _meta?: { [key: string]: unknown } } & (
        | { text: string }
        | { blob: string }
      )
    }
)

/** A call of a tool of an MCP server. */
export type McpToolCallItem = {
  id: string
  type: 'mcp_tool_call'
  /** Name of the server in Codex's configuration. */
  server: string
  tool: string
  arguments: unknown
  /** What the tool returned; `null` before, and when the call failed. */
  result?: {
    content: McpContentBlock[]
    _meta?: unknown
    structured_content: unknown
  }
  /** Why the call failed; `null` otherwise. */
  error?: { message: string }
  status: McpToolCallStatus
}

/** Something the agent says: text, or JSON when an output schema was given. */
export type AgentMessageItem = {
  id: string
  type: 'agent_message'
  text: string
}

/** The summary of what the agent thought. */
export type ReasoningItem = {
  id: string
  type: 'reasoning'
  text: string
}

/** A search of the web. */
export type WebSearchItem = {
  id: string
  type: 'web_search'
  query: string
  /** What was searched or opened, as Codex tells it. Not in the types of the official package, but in its events. */
  action?: unknown
}

/** Something went wrong that does not end the turn. */
export type ErrorItem = {
  id: string
  type: 'error'
  message: string
}

/** One step of the agent's plan. */
export type TodoItem = {
  text: string
  completed: boolean
}

/** The agent's plan. It starts with the first plan of a turn, changes with it, and completes with the turn. */
export type TodoListItem = {
  id: string
  type: 'todo_list'
  items: TodoItem[]
}

/**
 * What happens in a turn. As in the official package, there can be items of further types, such as
 * `collab_tool_call`, that these types do not name.
 */
export type ThreadItem =
  | AgentMessageItem
  | ReasoningItem
  | CommandExecutionItem
  | FileChangeItem
  | McpToolCallItem
  | WebSearchItem
  | TodoListItem
  | ErrorItem

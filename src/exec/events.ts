/** A known value, or one that a newer Codex may have added. */
type Open<Known extends string> = Known | (string & {})

/** A new session, or the one that is gone on with. The first event. */
export interface ExecThreadStarted {
  readonly type: 'thread.started'
  readonly thread_id: string
}

/** The turn has begun. */
export interface ExecTurnStarted {
  readonly type: 'turn.started'
}

/** The turn has succeeded: the only event that says so. */
export interface ExecTurnCompleted {
  readonly type: 'turn.completed'
  readonly usage: ExecUsageReport
}

/** The turn has failed. */
export interface ExecTurnFailed {
  readonly type: 'turn.failed'
  readonly error: { readonly message: string }
}

/** Something went wrong. Not an end: Codex also tells so that it tries again. */
export interface ExecErrorEvent {
  readonly type: 'error'
  readonly message: string
}

/** A part of the turn has begun, changed or ended. */
export interface ExecItemEvent {
  readonly type: 'item.started' | 'item.updated' | 'item.completed'
  readonly item: ExecItem
}

/** An event of a kind that this version of the library does not know. */
export interface UnknownExecEvent {
  readonly type: 'unknown'
  /** The type that Codex wrote. */
  readonly name: string
  /** The event as Codex wrote it. */
  readonly raw: Readonly<Record<string, unknown>>
}

/**
 * One line of `codex exec --json`, as Codex 0.169.0 writes it. Members that a newer one adds are there too; events and
 * items that it adds come as `unknown`.
 */
export type ExecEvent =
  | ExecThreadStarted
  | ExecTurnStarted
  | ExecTurnCompleted
  | ExecTurnFailed
  | ExecErrorEvent
  | ExecItemEvent
  | UnknownExecEvent

/** Tokens as Codex reports them: of the whole session, what went before a `resume` or `fork` included. */
export interface ExecUsageReport {
  readonly input_tokens: number
  readonly cached_input_tokens: number
  readonly cache_write_input_tokens?: number
  readonly output_tokens: number
  readonly reasoning_output_tokens?: number
}

interface Item<Type extends string> {
  readonly id: string
  readonly type: Type
}

/** A message of the agent; the last one is the answer. */
export interface ExecAgentMessage extends Item<'agent_message'> {
  readonly text: string
}

/** A summary of what the model thinks. */
export interface ExecReasoning extends Item<'reasoning'> {
  readonly text: string
}

/** A command that the model runs. */
export interface ExecCommand extends Item<'command_execution'> {
  readonly command: string
  /** Standard output and error so far. */
  readonly aggregated_output: string
  readonly exit_code: number | null
  readonly status: Open<'in_progress' | 'completed' | 'failed' | 'declined'>
}

/** A patch of files. */
export interface ExecFileChange extends Item<'file_change'> {
  readonly changes: readonly {
    readonly path: string
    readonly kind: Open<'add' | 'delete' | 'update'>
  }[]
  readonly status: Open<'in_progress' | 'completed' | 'failed'>
}

/** A call of a tool of an MCP server. */
export interface ExecMcpToolCall extends Item<'mcp_tool_call'> {
  readonly server: string
  readonly tool: string
  readonly arguments?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string } | null
  readonly status: Open<'in_progress' | 'completed' | 'failed'>
}

/** A search of the web. */
export interface ExecWebSearch extends Item<'web_search'> {
  readonly query: string
}

/** The agent's plan. */
export interface ExecTodoList extends Item<'todo_list'> {
  readonly items: readonly { readonly text: string; readonly completed: boolean }[]
}

/** A warning. The turn goes on. */
export interface ExecWarning extends Item<'error'> {
  readonly message: string
}

/** An item of a kind that this version of the library does not know. */
export interface UnknownExecItem extends Item<'unknown'> {
  /** The type that Codex wrote. */
  readonly name: string
  /** The item as Codex wrote it. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** What a turn consists of. */
export type ExecItem =
  | ExecAgentMessage
  | ExecReasoning
  | ExecCommand
  | ExecFileChange
  | ExecMcpToolCall
  | ExecWebSearch
  | ExecTodoList
  | ExecWarning
  | UnknownExecItem

/** Stands in a stream where events were dropped because its reader lags behind. */
export interface ExecLagged {
  readonly type: 'lagged'
  /** How many events were dropped here. */
  readonly skipped: number
}

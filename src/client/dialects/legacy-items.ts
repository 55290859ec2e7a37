import type { Received } from '../../protocol/index.js'
import { type Fields, fieldsOf, listOf, millisecondsOf, numberOf, textOf, textsOf } from './fields.js'
import { shellJoin } from './shell-join.js'

/** An item of a turn in the shape of the current protocol. */
export type ThreadItem = Received.ThreadItem

/**
 * An item as `item_started` and `item_completed` carry it: `{ Kind: { … } }` up to 0.58, `{ type: 'Kind', … }` later.
 * `undefined` when it has no id.
 */
export function toThreadItem(value: unknown): ThreadItem | undefined {
  const { kind, fields } = untag(value)
  const id = textOf(fields.id)
  if (id === undefined || kind === undefined) return undefined
  switch (kind) {
    case 'UserMessage':
      return { type: 'userMessage', id, content: listOf(fields.content) as Received.UserInput[] }
    case 'AgentMessage':
      return { type: 'agentMessage', id, text: agentText(fields.content) }
    case 'Reasoning':
      return {
        type: 'reasoning',
        id,
        summary: textsOf(fields.summary_text),
        content: textsOf(fields.raw_content),
      }
    case 'WebSearch':
      return { type: 'webSearch', id, query: textOf(fields.query) ?? '' }
  }
  // A kind that this version does not know reaches the caller as it is.
  const type = kind.charAt(0).toLowerCase() + kind.slice(1)
  return { ...fields, type, id } as unknown as ThreadItem
}

/** A command that begins: `exec_command_begin`, or an approval that asks for one. */
export function toCommandItem(callId: string, msg: Fields): ThreadItem {
  return {
    type: 'commandExecution',
    id: callId,
    command: commandLine(msg.command),
    cwd: textOf(msg.cwd) ?? '',
    commandActions: toCommandActions(msg.parsed_cmd),
    status: 'inProgress',
    aggregatedOutput: null,
    exitCode: null,
    durationMs: null,
  }
}

/** A command that ended: what `exec_command_end` adds to the item. */
export function toEndedCommand(item: ThreadItem, msg: Fields, wasAsked: boolean): ThreadItem {
  const exitCode = numberOf(msg.exit_code) ?? null
  const output = textOf(msg.aggregated_output) ?? `${textOf(msg.stdout) ?? ''}${textOf(msg.stderr) ?? ''}`
  // Measured: a command that was declined ends like one that failed, but for these words.
  const isDeclined = wasAsked && exitCode === -1 && output === 'exec command rejected by user'
  return {
    ...item,
    status: isDeclined ? 'declined' : exitCode === 0 ? 'completed' : 'failed',
    aggregatedOutput: isDeclined ? null : output,
    exitCode: isDeclined ? null : exitCode,
    durationMs: isDeclined ? null : (millisecondsOf(msg.duration) ?? null),
  } as ThreadItem
}

/**
 * The changes of a patch: a record by path, in any order, of `{ add: { … } }` up to 0.58, of `{ type: 'add', … }`
 * later. Sorted by path, as the current dialect has them.
 */
export function toFileChanges(value: unknown): Received.FileUpdateChange[] {
  const changes = Object.entries(fieldsOf(value)).sort(([a], [b]) => (a < b ? -1 : 1))
  return changes.map(([path, change]) => {
    const { kind, fields } = untag(change)
    if (kind === 'update') {
      const movePath = textOf(fields.move_path) ?? null
      return { path, kind: { type: 'update', move_path: movePath }, diff: textOf(fields.unified_diff) ?? '' }
    }
    const type = kind === 'add' || kind === 'delete' ? kind : 'update'
    return { path, kind: { type }, diff: textOf(fields.content) ?? '' }
  })
}

/** A tool call: `mcp_tool_call_begin`, and with its outcome `mcp_tool_call_end`. */
export function toMcpItem(callId: string, msg: Fields): ThreadItem {
  const { server, tool, arguments: args } = fieldsOf(msg.invocation)
  const outcome = fieldsOf(msg.result)
  const answer = outcome.Ok === undefined ? undefined : fieldsOf(outcome.Ok)
  const hasFailed = outcome.Err !== undefined || answer?.isError === true || answer?.is_error === true
  return {
    type: 'mcpToolCall',
    id: callId,
    server: textOf(server) ?? '',
    tool: textOf(tool) ?? '',
    arguments: args ?? null,
    status: msg.result === undefined ? 'inProgress' : hasFailed ? 'failed' : 'completed',
    result: answer ? { ...answer, content: [...listOf(answer.content)] } : null,
    error: outcome.Err === undefined ? null : { message: String(outcome.Err) },
    durationMs: millisecondsOf(msg.duration) ?? null,
  }
}

/** What Codex reads in a command. */
export function toCommandActions(parsed: unknown): Received.CommandAction[] {
  return listOf(parsed).map((one) => {
    const fields = fieldsOf(one)
    const command = textOf(fields.cmd) ?? ''
    const path = textOf(fields.path) ?? null
    switch (fields.type) {
      case 'read':
        return { type: 'read', command, name: textOf(fields.name) ?? '', path: path ?? '' }
      case 'list_files':
        return { type: 'listFiles', command, path }
      case 'search':
        return { type: 'search', command, query: textOf(fields.query) ?? null, path }
    }
    return { type: 'unknown', command }
  })
}

/** A command as a shell would read it; the older dialect sends argument lists. */
export function commandLine(value: unknown): string {
  return textOf(value) ?? shellJoin(textsOf(value))
}

function agentText(content: unknown): string {
  return listOf(content)
    .map((part) => textOf(untag(part).fields.text) ?? '')
    .join('')
}

/** Reads both ways in which Rust writes an enum: `{ Kind: { … } }` and `{ type: 'Kind', … }`. */
function untag(value: unknown): { readonly kind: string | undefined; readonly fields: Fields } {
  const fields = fieldsOf(value)
  if (typeof fields.type === 'string') return { kind: fields.type, fields }
  const [entry] = Object.entries(fields)
  return entry ? { kind: entry[0], fields: fieldsOf(entry[1]) } : { kind: undefined, fields }
}

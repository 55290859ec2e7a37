import type { ThreadItem as ClientItem } from '../../client/index.js'
import type { ThreadItem } from './items.js'

/** An item without its id, which the turn counts. */
type ItemBody = { readonly type: string } & Readonly<Record<string, unknown>>

/**
 * Turns an item into the form of the official package; `undefined` for kinds that it does not show.
 *
 * @param id - gives the item's id; called only for what is shown
 */
export function mapItem(item: ClientItem, id: () => string): ThreadItem | undefined {
  const body = bodyOf(item)
  if (body === undefined) return undefined
  const counted = { id: id(), ...body }
  // Measured: of a web search Codex writes both its count and its own id, and readers keep the latter.
  return (item.type === 'webSearch' ? { ...counted, id: item.id } : counted) as unknown as ThreadItem
}

// Off the wire: the types say what should be there, and members that are missing become what Codex would say.
function bodyOf(item: ClientItem): ItemBody | undefined {
  switch (item.type) {
    case 'agentMessage':
      return { type: 'agent_message', text: item.text ?? '' }
    case 'reasoning': {
      const text = (item.summary ?? []).join('\n')
      return text.trim() === '' ? undefined : { type: 'reasoning', text }
    }
    case 'commandExecution':
      return {
        type: 'command_execution',
        command: item.command,
        aggregated_output: item.aggregatedOutput ?? '',
        exit_code: item.exitCode ?? null,
        status: statusOf(item.status),
      }
    case 'fileChange':
      return {
        type: 'file_change',
        changes: (item.changes ?? []).map(({ path, kind }) => ({ path, kind: kind?.type })),
        status: statusOf(item.status),
      }
    case 'mcpToolCall':
      return {
        type: 'mcp_tool_call',
        server: item.server,
        tool: item.tool,
        arguments: item.arguments,
        result: item.result ? resultOf(item.result) : null,
        error: item.error ? { message: item.error.message } : null,
        status: statusOf(item.status),
      }
    case 'collabAgentToolCall':
      return {
        type: 'collab_tool_call',
        tool: snakeCase(item.tool),
        sender_thread_id: item.senderThreadId,
        receiver_thread_ids: item.receiverThreadIds,
        prompt: item.prompt ?? null,
        agents_states: Object.fromEntries(
          Object.entries(item.agentsStates ?? {}).map(([id, state]) => [
            id,
            { status: snakeCase(state?.status), message: state?.message ?? null },
          ]),
        ),
        status: statusOf(item.status),
      }
    case 'webSearch':
      return {
        type: 'web_search',
        query: item.query,
        action: item.action ? withoutNulls(item.action) : { type: 'other' },
      }
  }
  return undefined
}

function resultOf(result: { content?: unknown; _meta?: unknown; structuredContent?: unknown }) {
  return {
    content: result.content ?? [],
    ...(result._meta == null ? {} : { _meta: result._meta }),
    structured_content: result.structuredContent ?? null,
  }
}

/** `declined` has no place in the official types; whoever declined knows. */
function statusOf(status: unknown): string {
  return status === 'declined' ? 'failed' : snakeCase(status)
}

function snakeCase(name: unknown): string {
  return String(name).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function withoutNulls(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, key === 'type' ? snakeCase(member) : member]),
  )
}

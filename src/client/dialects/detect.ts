import type { ServerNotification } from '../../protocol/index.js'
import { fieldsOf } from './fields.js'
import { isLegacyMethod } from './legacy-event.js'

/**
 * What a notification tells of its server's dialect: that turns are told in the current protocol, that they
 * are told in the older one, that it must be kept until a later one tells (`keep`), that it is the older one if
 * something of it was heard before (`unnamed`), or nothing.
 */
export type Evidence = 'current' | 'legacy' | 'keep' | 'unnamed' | 'none'

/**
 * Events of a turn that come before anything else in it. Where a server speaks both dialects, they can come
 * before the first notification of the current one.
 */
const OPENING: ReadonlySet<string> = new Set(['task_started', 'turn_started', 'item_started'])

/** Events that only come inside a turn, and behind the first notification of the current dialect if any. */
const INNER = new Set([
  'agent_message',
  'agent_message_content_delta',
  'agent_message_delta',
  'agent_reasoning',
  'agent_reasoning_delta',
  'apply_patch_approval_request',
  'error',
  'exec_approval_request',
  'exec_command_begin',
  'item_completed',
  'mcp_tool_call_begin',
  'patch_apply_begin',
  'plan_update',
  'stream_error',
  'task_complete',
  'turn_aborted',
  'user_message',
])

/** Judges one notification by itself. */
export function evidenceOf(message: ServerNotification): Evidence {
  const { method } = message
  const params = fieldsOf(message.params)
  if (isLegacyMethod(method)) {
    const { type, turn_id: turnId } = fieldsOf(params.msg)
    if (typeof type !== 'string' || typeof params.id !== 'string' || params.id === '') return 'none'
    // Measured: 0.104 and later name the turn inside the event, and always tell it in the current dialect too.
    if (type === 'task_started' && typeof turnId === 'string') return 'current'
    if (OPENING.has(type)) return 'keep'
    return INNER.has(type) ? 'legacy' : 'keep'
  }
  if (!isTurnMethod(method)) return 'none'
  // Measured: 0.57 to 0.63 have the methods of today, but name neither thread nor turn in them. So does a
  // broken message of any server, which alone must not decide.
  return typeof params.threadId === 'string' ? 'current' : 'unnamed'
}

/** Whether a notification of the current dialect is about a turn. */
export function isTurnMethod(method: string): boolean {
  return (
    method.startsWith('item/') ||
    method.startsWith('turn/') ||
    method === 'error' ||
    method === 'thread/tokenUsage/updated' ||
    method === 'thread/status/changed'
  )
}

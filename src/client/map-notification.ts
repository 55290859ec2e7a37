import type { ServerNotification } from '../protocol/index.js'
import type { TurnEvent } from './events.js'

/** Events that a notification alone determines; the rest depend on the turn's state. */
export type MappedEvent = Exclude<
  TurnEvent,
  {
    type:
      | 'turn.completed'
      | 'turn.stalled'
      | 'item.abandoned'
      | 'usage.updated'
      | 'approval.requested'
      | 'approval.resolved'
  }
>

/**
 * Turns a notification about a thread into the event of its turn. Unknown notifications, and known ones
 * whose shape is not what it should be, become `notification` events: nothing is dropped.
 */
export function mapNotification(raw: ServerNotification, threadId: string, turnId: string): MappedEvent {
  switch (raw.method) {
    case 'item/agentMessage/delta':
      return delta('message.delta', raw, threadId, turnId)
    case 'item/commandExecution/outputDelta':
      return delta('command.output', raw, threadId, turnId)
    case 'item/plan/delta':
      return delta('plan.delta', raw, threadId, turnId)
    case 'item/reasoning/summaryTextDelta': {
      const { itemId, delta, summaryIndex } = raw.params
      if (!isText(itemId) || !isText(delta) || typeof summaryIndex !== 'number') break
      return {
        type: 'reasoning.delta',
        threadId,
        turnId,
        itemId,
        delta,
        part: 'summary',
        index: summaryIndex,
        raw,
      }
    }
    case 'item/reasoning/textDelta': {
      const { itemId, delta, contentIndex } = raw.params
      if (!isText(itemId) || !isText(delta) || typeof contentIndex !== 'number') break
      return {
        type: 'reasoning.delta',
        threadId,
        turnId,
        itemId,
        delta,
        part: 'content',
        index: contentIndex,
        raw,
      }
    }
    case 'item/started':
    case 'item/completed': {
      const { item } = raw.params
      if (!isText(item?.id) || !isText(item.type)) break
      const type = raw.method === 'item/started' ? 'item.started' : 'item.completed'
      return { type, threadId, turnId, itemId: item.id, item, raw }
    }
    case 'item/fileChange/patchUpdated': {
      const { itemId, changes } = raw.params
      if (!isText(itemId) || !Array.isArray(changes)) break
      return { type: 'file.patch', threadId, turnId, itemId, changes, raw }
    }
    case 'item/mcpToolCall/progress': {
      const { itemId, message } = raw.params
      if (!isText(itemId) || !isText(message)) break
      return { type: 'tool.progress', threadId, turnId, itemId, message, raw }
    }
    case 'turn/started':
      return { type: 'turn.started', threadId, turnId, raw }
    case 'turn/plan/updated': {
      const { explanation, plan } = raw.params
      if (!Array.isArray(plan)) break
      return {
        type: 'turn.plan.updated',
        threadId,
        turnId,
        plan,
        ...(isText(explanation) && explanation !== '' ? { explanation } : {}),
        raw,
      }
    }
    case 'turn/diff/updated': {
      const { diff } = raw.params
      if (!isText(diff)) break
      return { type: 'turn.diff.updated', threadId, turnId, diff, raw }
    }
    case 'error': {
      const { error, willRetry } = raw.params
      // A final error comes again inside the turn's end, which is where it is told.
      if (willRetry !== true || !isText(error?.message)) break
      const details = error.additionalDetails
      return {
        type: 'turn.retrying',
        threadId,
        turnId,
        message: error.message,
        ...(isText(details) && details !== '' ? { details } : {}),
        raw,
      }
    }
    case 'warning':
    case 'guardianWarning': {
      const { message } = raw.params
      if (!isText(message)) break
      return { type: 'warning', threadId, turnId, message, raw }
    }
  }
  return { type: 'notification', threadId, turnId, method: raw.method, raw }
}

/** Off the wire: the types say what should be there. */
function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function delta(
  type: 'message.delta' | 'command.output' | 'plan.delta',
  raw: ServerNotification<
    'item/agentMessage/delta' | 'item/commandExecution/outputDelta' | 'item/plan/delta'
  >,
  threadId: string,
  turnId: string,
): MappedEvent {
  const { itemId, delta } = raw.params
  if (!isText(itemId) || !isText(delta)) {
    return { type: 'notification', threadId, turnId, method: raw.method, raw }
  }
  return { type, threadId, turnId, itemId, delta, raw }
}

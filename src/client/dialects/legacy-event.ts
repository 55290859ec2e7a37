import type { ServerNotification } from '../../protocol/index.js'
import { type Fields, fieldsOf, textOf } from './fields.js'

/** What the methods of the older dialect begin with. */
const LEGACY_PREFIX = 'codex/event/'

/** A notification of the older dialect: `{ id, msg: { type, … }, conversationId }`. */
export interface LegacyEvent {
  readonly threadId: string
  /** Empty for what belongs to no turn. */
  readonly turnId: string
  readonly type: string
  readonly msg: Fields
}

/** Whether a notification is written in the older dialect. */
export function isLegacyMethod(method: string): boolean {
  return method.startsWith(LEGACY_PREFIX)
}

/** Reads a notification of the older dialect; `undefined` when it names no thread. */
export function readLegacyEvent(message: ServerNotification): LegacyEvent | undefined {
  const { id, msg, conversationId } = fieldsOf(message.params)
  const threadId = textOf(conversationId)
  if (threadId === undefined) return undefined
  const fields = fieldsOf(msg)
  const type = textOf(fields.type) ?? message.method.slice(LEGACY_PREFIX.length)
  return { threadId, turnId: textOf(id) ?? '', type, msg: fields }
}

import type { ServerNotification } from '../../protocol/index.js'
import type { ThreadItem } from './legacy-items.js'
import { notification } from './notification.js'

/** What every notification of a turn's items names. */
export interface ItemScope {
  readonly threadId: string
  readonly turnId: string
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** Tells that an item began. */
export function itemStarted({ threadId, turnId, now }: ItemScope, item: ThreadItem): ServerNotification {
  return notification('item/started', { threadId, turnId, item, startedAtMs: now() })
}

/** Tells that an item is complete. */
export function itemCompleted({ threadId, turnId, now }: ItemScope, item: ThreadItem): ServerNotification {
  return notification('item/completed', { threadId, turnId, item, completedAtMs: now() })
}

type TextKind = 'agentMessage' | 'reasoning'

/**
 * Makes items of texts: servers before 0.57 stream messages and reasoning without saying which item they
 * belong to. A text is an item from its first delta to its full form.
 */
export class LegacyTexts {
  readonly #scope: ItemScope
  readonly #open = new Map<TextKind, string>()
  #made = 0

  constructor(scope: ItemScope) {
    this.#scope = scope
  }

  /** More of a text. */
  delta(kind: TextKind, delta: string): readonly ServerNotification[] {
    const { threadId, turnId } = this.#scope
    const { itemId, begun } = this.#begin(kind)
    const told =
      kind === 'agentMessage'
        ? notification('item/agentMessage/delta', { threadId, turnId, itemId, delta })
        : notification('item/reasoning/summaryTextDelta', {
            threadId,
            turnId,
            itemId,
            delta,
            summaryIndex: 0,
          })
    return [...begun, told]
  }

  /** The whole of a text. */
  complete(kind: TextKind, text: string): readonly ServerNotification[] {
    const { itemId, begun } = this.#begin(kind)
    this.#open.delete(kind)
    return [...begun, itemCompleted(this.#scope, textItem(kind, itemId, text))]
  }

  /** What the user said, at once. */
  userMessage(text: string): readonly ServerNotification[] {
    const item: ThreadItem = {
      type: 'userMessage',
      id: this.#newId(),
      content: [{ type: 'text', text, text_elements: [] }],
    }
    return [itemStarted(this.#scope, item), itemCompleted(this.#scope, item)]
  }

  #begin(kind: TextKind): { itemId: string; begun: readonly ServerNotification[] } {
    const open = this.#open.get(kind)
    if (open !== undefined) return { itemId: open, begun: [] }
    const itemId = this.#newId()
    this.#open.set(kind, itemId)
    return { itemId, begun: [itemStarted(this.#scope, textItem(kind, itemId, ''))] }
  }

  #newId(): string {
    return `turn-${this.#scope.turnId}-text-${this.#made++}`
  }
}

function textItem(kind: TextKind, id: string, text: string): ThreadItem {
  if (kind === 'agentMessage') return { type: 'agentMessage', id, text }
  return { type: 'reasoning', id, summary: text === '' ? [] : [text], content: [] }
}

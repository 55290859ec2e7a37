import type { Received, ServerNotification } from '../../protocol/index.js'
import { type Fields, fieldsOf, numberOf, textOf } from './fields.js'
import { toPlan, toTokenUsage, toTurnError } from './legacy-facts.js'
import { type ThreadItem, toThreadItem } from './legacy-items.js'
import { type ItemScope, itemCompleted, itemStarted, LegacyTexts } from './legacy-texts.js'
import { LegacyTools } from './legacy-tools.js'
import { notification } from './notification.js'

/** Nothing to tell. */
const NOTHING: readonly ServerNotification[] = []

/** How a turn ended; `undefined` while it runs. */
type End = Received.TurnStatus

/** One turn of the older dialect: turns its events into the notifications of the current one. */
export class LegacyTurn {
  readonly id: string
  readonly #scope: ItemScope
  readonly #texts: LegacyTexts
  readonly #tools: LegacyTools
  /** Whether the server tells messages and reasoning as items, so that their other forms are twins. */
  #isItemised = false
  #error: Received.TurnError | undefined
  /** Summary parts of each open reasoning item, where the server does not number them. */
  #summaryParts = 0

  constructor(scope: ItemScope) {
    this.id = scope.turnId
    this.#scope = scope
    this.#texts = new LegacyTexts(scope)
    this.#tools = new LegacyTools(scope)
  }

  /** The turn runs. */
  start(): readonly ServerNotification[] {
    const { threadId, turnId } = this.#scope
    return [notification('turn/started', { threadId, turn: turnOf(turnId, 'inProgress', null) })]
  }

  /** The turn has ended by the given event. */
  end(type: 'task_complete' | 'turn_aborted'): readonly ServerNotification[] {
    const { threadId, turnId } = this.#scope
    const status: End = type === 'turn_aborted' ? 'interrupted' : this.#error ? 'failed' : 'completed'
    const error = status === 'failed' ? (this.#error ?? null) : null
    const declined = type === 'task_complete' ? this.#tools.declinePatches() : NOTHING
    return [...declined, notification('turn/completed', { threadId, turn: turnOf(turnId, status, error) })]
  }

  /** Translates an event inside the turn; `undefined` when this version does not know it. */
  translate(type: string, msg: Fields): readonly ServerNotification[] | undefined {
    const { threadId, turnId } = this.#scope
    switch (type) {
      case 'item_started':
        return this.#item(msg, itemStarted)
      case 'item_completed':
        return this.#item(msg, itemCompleted)
      case 'agent_message_content_delta':
        return this.#delta(msg, (itemId, delta) =>
          notification('item/agentMessage/delta', { threadId, turnId, itemId, delta }),
        )
      case 'agent_reasoning_section_break':
        this.#summaryParts++
        return NOTHING
      case 'reasoning_content_delta':
        return this.#delta(msg, (itemId, delta) => {
          const summaryIndex = numberOf(msg.summary_index) ?? Math.max(0, this.#summaryParts - 1)
          return notification('item/reasoning/summaryTextDelta', {
            threadId,
            turnId,
            itemId,
            delta,
            summaryIndex,
          })
        })
      case 'reasoning_raw_content_delta':
        return this.#delta(msg, (itemId, delta) => {
          const contentIndex = numberOf(msg.content_index) ?? 0
          return notification('item/reasoning/textDelta', { threadId, turnId, itemId, delta, contentIndex })
        })
      case 'token_count': {
        const tokenUsage = toTokenUsage(msg)
        return tokenUsage
          ? [notification('thread/tokenUsage/updated', { threadId, turnId, tokenUsage })]
          : NOTHING
      }
      case 'plan_update': {
        const explanation = textOf(msg.explanation) ?? null
        return [notification('turn/plan/updated', { threadId, turnId, explanation, plan: toPlan(msg) })]
      }
      case 'turn_diff':
        return [notification('turn/diff/updated', { threadId, turnId, diff: textOf(msg.unified_diff) ?? '' })]
      case 'warning':
        return [notification('warning', { threadId, message: textOf(msg.message) ?? '' })]
      case 'error':
        this.#error = toTurnError(msg)
        return [notification('error', { threadId, turnId, error: this.#error, willRetry: false })]
      case 'stream_error':
        return [notification('error', { threadId, turnId, error: toTurnError(msg), willRetry: true })]
    }
    return this.#text(type, msg) ?? this.#tools.translate(type, msg, this.#isItemised)
  }

  /** Messages and reasoning without items, which servers that tell items send as well. */
  #text(type: string, msg: Fields): readonly ServerNotification[] | undefined {
    const tell = (told: () => readonly ServerNotification[]) => (this.#isItemised ? NOTHING : told())
    switch (type) {
      case 'user_message':
        return tell(() => this.#texts.userMessage(textOf(msg.message) ?? ''))
      case 'agent_message_delta':
        return tell(() => this.#texts.delta('agentMessage', textOf(msg.delta) ?? ''))
      case 'agent_message':
        return tell(() => this.#texts.complete('agentMessage', textOf(msg.message) ?? ''))
      case 'agent_reasoning_delta':
        return tell(() => this.#texts.delta('reasoning', textOf(msg.delta) ?? ''))
      case 'agent_reasoning':
        return tell(() => this.#texts.complete('reasoning', textOf(msg.text) ?? ''))
      case 'agent_reasoning_raw_content':
      case 'agent_reasoning_raw_content_delta':
        return this.#isItemised ? NOTHING : undefined
    }
    return undefined
  }

  #item(
    msg: Fields,
    told: (scope: ItemScope, item: ThreadItem) => ServerNotification,
  ): readonly ServerNotification[] | undefined {
    this.#isItemised = true
    this.#summaryParts = 0
    const item = toThreadItem(fieldsOf(msg.item))
    return item && [told(this.#scope, item)]
  }

  #delta(
    msg: Fields,
    told: (itemId: string, delta: string) => ServerNotification,
  ): readonly ServerNotification[] | undefined {
    const itemId = textOf(msg.item_id)
    const delta = textOf(msg.delta)
    return itemId === undefined || delta === undefined ? undefined : [told(itemId, delta)]
  }
}

function turnOf(id: string, status: Received.TurnStatus, error: Received.TurnError | null): Received.Turn {
  return { id, status, error, items: [], itemsView: 'notLoaded' }
}

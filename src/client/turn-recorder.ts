import type { Received } from '../protocol/index.js'
import type { ThreadItem, TurnEvent } from './events.js'
import type { ItemProgress } from './missed-items.js'
import { StreamedText } from './streamed-text.js'
import type { TurnUsage } from './usage.js'

/** What a turn has brought so far. */
export interface TurnRecord {
  /** Items in the order they began. Those still open come last known, with the text that was streamed. */
  readonly items: readonly ThreadItem[]
  /** Text of the last agent message, or what was streamed of it. Empty when the agent said nothing. */
  readonly text: string
  readonly usage: TurnUsage | undefined
  readonly plan: readonly Received.TurnPlanStep[] | undefined
  readonly diff: string | undefined
}

interface RecordedItem {
  item: ThreadItem
  isOpen: boolean
  /**
   * Text streamed since the item last began, up to a loss of the connection: what follows one does not join on.
   * `undefined` while there is none.
   */
  streamed: StreamedText | undefined
  hasGap?: true
}

/**
 * Accumulates a turn from its events. Codex summarises a turn at its end, but leaves out its items, so
 * they are collected here.
 */
export class TurnRecorder {
  readonly #items = new Map<string, RecordedItem>()
  /** What the last delta belonged to, and the next mostly does: found without a look into the map. */
  #streaming: { readonly itemId: string; readonly recorded: RecordedItem } | undefined
  #usage: TurnUsage | undefined
  #plan: readonly Received.TurnPlanStep[] | undefined
  #diff: string | undefined

  /** Takes the next event of the turn. */
  record(event: TurnEvent): void {
    switch (event.type) {
      case 'message.delta':
      case 'plan.delta': {
        const recorded = this.#streamed(event.itemId)
        if (!recorded?.isOpen || recorded.hasGap) break
        recorded.streamed ??= new StreamedText()
        recorded.streamed.add(event.delta)
        break
      }
      case 'item.started': {
        // A retry sends an item again, with the same id: it starts over.
        this.#items.delete(event.itemId)
        this.#set(event.itemId, { item: event.item, isOpen: true, streamed: undefined })
        break
      }
      case 'item.completed':
        this.#set(event.itemId, { item: event.item, isOpen: false, streamed: undefined })
        break
      case 'file.patch': {
        const recorded = this.#items.get(event.itemId)
        if (recorded?.item.type === 'fileChange') {
          recorded.item = { ...recorded.item, changes: [...event.changes] }
        }
        break
      }
      case 'connection.lost':
        for (const recorded of this.#items.values()) recorded.hasGap = true
        break
      case 'usage.updated':
        this.#usage = event.usage
        break
      case 'turn.plan.updated':
        this.#plan = event.plan
        break
      case 'turn.diff.updated':
        this.#diff = event.diff
        break
    }
  }

  /** How far an item has come. */
  progressOf(itemId: string): ItemProgress {
    const recorded = this.#items.get(itemId)
    return recorded && (recorded.isOpen ? 'open' : 'completed')
  }

  /** The item as last known; `undefined` when it did not begin in this turn. */
  item(itemId: string): ThreadItem | undefined {
    return this.#items.get(itemId)?.item
  }

  /** The item as last known, with the text that was streamed; `undefined` unless it has begun and not ended. */
  openItem(itemId: string): ThreadItem | undefined {
    const recorded = this.#items.get(itemId)
    return recorded?.isOpen ? withStreamedText(recorded) : undefined
  }

  /** The items that have begun and not ended, as {@link openItem} gives them. */
  openItems(): readonly ThreadItem[] {
    return [...this.#items.values()].filter(({ isOpen }) => isOpen).map(withStreamedText)
  }

  /**
   * What there is now.
   *
   * @param isComplete - whether the turn completed: an item that is still open then is the remains of an
   * attempt that Codex gave up and repeated, and is left out
   */
  snapshot(isComplete: boolean): TurnRecord {
    const items: ThreadItem[] = []
    let text = ''
    for (const recorded of this.#items.values()) {
      if (recorded.isOpen && isComplete) continue
      const item = withStreamedText(recorded)
      items.push(item)
      if (item.type === 'agentMessage' && typeof item.text === 'string') text = item.text
    }
    return { items, text, usage: this.#usage, plan: this.#plan, diff: this.#diff }
  }

  #set(itemId: string, recorded: RecordedItem): void {
    this.#items.set(itemId, recorded)
    this.#streaming = undefined
  }

  #streamed(itemId: string): RecordedItem | undefined {
    if (this.#streaming?.itemId === itemId) return this.#streaming.recorded
    const recorded = this.#items.get(itemId)
    this.#streaming = recorded && { itemId, recorded }
    return recorded
  }
}

function withStreamedText({ item, isOpen, streamed }: RecordedItem): ThreadItem {
  const text = isOpen ? (streamed?.toString() ?? '') : ''
  if (text === '') return item
  return item.type === 'agentMessage' || item.type === 'plan' ? { ...item, text } : item
}

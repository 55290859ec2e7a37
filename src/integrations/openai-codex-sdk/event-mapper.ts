import type { ThreadItem as ClientItem, TurnEvent } from '../../client/index.js'
import type { Received } from '../../protocol/index.js'
import { redact } from '../../redaction/index.js'
import type { ThreadEvent, Usage } from './events.js'
import type { TodoItem } from './items.js'
import { mapItem } from './map-item.js'

const NO_USAGE: Usage = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
}

/** Turns the events of one turn into those of the official package, which counts the items of each turn anew. */
export class EventMapper {
  #count = 0
  /** Ids of the items that have begun, by Codex's own. */
  readonly #begun = new Map<string, string>()
  #todoList: { readonly id: string; items: TodoItem[] } | undefined
  #usage = NO_USAGE
  #lastError: string | undefined

  /** The tokens that the thread has used, once Codex has told. */
  get usage(): Usage {
    return this.#usage
  }

  /** What Codex last said went wrong. */
  get lastError(): string | undefined {
    return this.#lastError
  }

  /** What an event is to a reader: mostly one event or none. The end of the turn is not mapped here. */
  map(event: TurnEvent): ThreadEvent[] {
    switch (event.type) {
      case 'turn.started':
        return [{ type: 'turn.started' }]
      case 'item.started':
        return this.#onStarted(event.item)
      case 'item.completed':
        return this.#onCompleted(event.item)
      case 'file.patch':
        return this.#onPatch(event.itemId, event.changes)
      case 'turn.plan.updated':
        return this.#onPlan(event.plan)
      case 'turn.retrying':
        return this.#onError(event)
      case 'warning':
        return event.raw?.method === 'warning' ? [this.notice(redact(event.message))] : []
      case 'usage.updated':
        this.#usage = usageOf(event.raw) ?? this.#usage
        return []
      case 'notification':
        return this.#onNotification(event.raw)
      default:
        return []
    }
  }

  /** Something that went wrong without ending the turn, as an item. */
  notice(message: string): ThreadEvent {
    return { type: 'item.completed', item: { id: this.#nextId(), type: 'error', message } }
  }

  /** What is told when the turn ends, before its end. */
  end(): ThreadEvent[] {
    const list = this.#todoList
    this.#todoList = undefined
    return list ? [{ type: 'item.completed', item: { ...list, type: 'todo_list' } }] : []
  }

  #onStarted(item: ClientItem): ThreadEvent[] {
    // Messages and reasoning are told when they are complete.
    if (item.type === 'agentMessage' || item.type === 'reasoning') return []
    const isKnown = this.#begun.has(item.id)
    const mapped = mapItem(item, () => this.#begin(item.id))
    if (!mapped) return []
    return [{ type: isKnown && item.type === 'fileChange' ? 'item.updated' : 'item.started', item: mapped }]
  }

  #onCompleted(item: ClientItem): ThreadEvent[] {
    const mapped = mapItem(item, () => this.#begun.get(item.id) ?? this.#nextId())
    this.#begun.delete(item.id)
    return mapped ? [{ type: 'item.completed', item: mapped }] : []
  }

  #onPatch(id: string, changes: readonly Received.FileUpdateChange[]): ThreadEvent[] {
    const patch: ClientItem = { type: 'fileChange', id, changes: [...changes], status: 'inProgress' }
    const item = mapItem(patch, () => this.#begin(id))
    return item ? [{ type: 'item.updated', item }] : []
  }

  #onPlan(plan: readonly Received.TurnPlanStep[]): ThreadEvent[] {
    const items = plan.map(({ step, status }) => ({ text: step, completed: status === 'completed' }))
    const type = this.#todoList ? 'item.updated' : 'item.started'
    this.#todoList ??= { id: this.#nextId(), items }
    this.#todoList.items = items
    return [{ type, item: { ...this.#todoList, type: 'todo_list' } }]
  }

  #onError({ message, details }: { readonly message: string; readonly details?: string }): ThreadEvent[] {
    this.#lastError = errorText({ message, additionalDetails: details })
    return [{ type: 'error', message: this.#lastError }]
  }

  #onNotification(raw: Extract<TurnEvent, { type: 'notification' }>['raw']): ThreadEvent[] {
    // The client tells a final error with the end of the turn; the command line tells it twice.
    if (raw.method === 'error') {
      const { message, additionalDetails } = raw.params.error ?? {}
      if (typeof message !== 'string') return []
      return this.#onError({ message, ...(additionalDetails ? { details: additionalDetails } : {}) })
    }
    if (raw.method === 'model/rerouted') {
      const { fromModel, toModel, reason } = raw.params
      const why = String(reason).replace(/^./, (letter) => letter.toUpperCase())
      return [this.notice(`model rerouted: ${fromModel} -> ${toModel} (${why})`)]
    }
    return []
  }

  #begin(id: string): string {
    const known = this.#begun.get(id) ?? this.#nextId()
    this.#begun.set(id, known)
    return known
  }

  #nextId(): string {
    const id = `item_${this.#count}`
    this.#count += 1
    return id
  }
}

/** The text of an error of a turn, without secrets. Takes anything. */
export function errorText(error: unknown): string {
  const { message, additionalDetails } = (error ?? {}) as { message?: unknown; additionalDetails?: unknown }
  const text = typeof message === 'string' ? message : 'turn failed'
  const details = typeof additionalDetails === 'string' ? additionalDetails : ''
  return redact(details === '' ? text : `${text} (${details})`)
}

function usageOf(raw: TurnEvent['raw']): Usage | undefined {
  if (raw?.method !== 'thread/tokenUsage/updated') return undefined
  const { total } = raw.params.tokenUsage
  return {
    input_tokens: total.inputTokens ?? 0,
    cached_input_tokens: total.cachedInputTokens ?? 0,
    cache_write_input_tokens: total.cacheWriteInputTokens ?? 0,
    output_tokens: total.outputTokens ?? 0,
    reasoning_output_tokens: total.reasoningOutputTokens ?? 0,
  }
}

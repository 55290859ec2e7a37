import type { ExecEvent, ExecItem, ExecItemEvent, ExecTurnCompleted, ExecTurnFailed } from './events.js'

/** Token counts of a run. */
export interface ExecUsage {
  readonly totalTokens: number
  readonly inputTokens: number
  /** Part of `inputTokens` that came from the provider's cache. */
  readonly cachedInputTokens: number
  /** Part of `inputTokens` that went into the provider's cache. */
  readonly cacheWriteInputTokens: number
  readonly outputTokens: number
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningOutputTokens: number
}

type Json = Readonly<Record<string, unknown>>
type Known<Type extends string> = Exclude<Type, 'unknown'>

const EVENTS: { readonly [Type in Known<ExecEvent['type']>]: 'item' | 'plain' } = {
  'thread.started': 'plain',
  'turn.started': 'plain',
  'turn.completed': 'plain',
  'turn.failed': 'plain',
  error: 'plain',
  'item.started': 'item',
  'item.updated': 'item',
  'item.completed': 'item',
}

/** Every kind of item, and whether one can have changed anything outside the conversation. */
const ITEMS: { readonly [Type in Known<ExecItem['type']>]: 'harmless' | 'effects' } = {
  agent_message: 'harmless',
  reasoning: 'harmless',
  web_search: 'harmless',
  todo_list: 'harmless',
  error: 'harmless',
  command_execution: 'effects',
  file_change: 'effects',
  mcp_tool_call: 'effects',
}

/** Reads a parsed line; `undefined` when it has no type, or no item where it tells of one. */
export function readEvent(value: unknown): ExecEvent | undefined {
  if (!isObject(value) || typeof value.type !== 'string') return undefined
  const { type } = value
  if (!isKeyOf(EVENTS, type)) return { type: 'unknown', name: type, raw: value }
  if (EVENTS[type] === 'plain') return value as unknown as ExecEvent
  const { item } = value
  if (!isObject(item) || typeof item.type !== 'string') return undefined
  if (isKeyOf(ITEMS, item.type)) return value as unknown as ExecEvent
  const id = typeof item.id === 'string' ? item.id : ''
  return { ...value, item: { id, type: 'unknown', name: item.type, raw: item } } as unknown as ExecEvent
}

/** Whether an event tells of an item. */
function isItemEvent(event: ExecEvent): event is ExecItemEvent {
  return event.type !== 'unknown' && EVENTS[event.type] === 'item'
}

/** Whether an event ends the turn. */
export function isTurnEnd(event: ExecEvent): event is ExecTurnCompleted | ExecTurnFailed {
  return event.type === 'turn.completed' || event.type === 'turn.failed'
}

/** Whether the item of an event can have changed anything outside the conversation. Unknown kinds count as if. */
export function mayHaveSideEffects(event: ExecEvent): boolean {
  return isItemEvent(event) && (event.item.type === 'unknown' || ITEMS[event.item.type] === 'effects')
}

/** The text of a message that the event completes. */
export function readMessage(event: ExecEvent): string | undefined {
  if (event.type !== 'item.completed' || event.item.type !== 'agent_message') return undefined
  return typeof event.item.text === 'string' ? event.item.text : undefined
}

/** Why the event says that something failed. */
export function readErrorText(event: ExecEvent): string | undefined {
  if (event.type === 'error') return readText(event.message)
  return event.type === 'turn.failed' ? readText(event.error?.message) : undefined
}

/** The tokens that a completed turn tells; parts that are left out count as nothing. */
export function readUsage({ usage }: ExecTurnCompleted): ExecUsage | undefined {
  if (!isObject(usage)) return undefined
  const inputTokens = count(usage.input_tokens)
  const outputTokens = count(usage.output_tokens)
  return {
    totalTokens: inputTokens + outputTokens,
    inputTokens,
    cachedInputTokens: count(usage.cached_input_tokens),
    cacheWriteInputTokens: count(usage.cache_write_input_tokens),
    outputTokens,
    reasoningOutputTokens: count(usage.reasoning_output_tokens),
  }
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isKeyOf<Keys extends object>(object: Keys, key: string): key is Extract<keyof Keys, string> {
  return Object.hasOwn(object, key)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { ThreadItem } from './items.js'

/** First event of every turn: the thread's id, to resume it with. */
export type ThreadStartedEvent = {
  type: 'thread.started'
  thread_id: string
}

/** The turn runs. */
export type TurnStartedEvent = {
  type: 'turn.started'
}

/** Tokens used, over **all turns of the thread** so far: as Codex reports them, and the official package too. */
export type Usage = {
  input_tokens: number
  /** Part of the input that came from the provider's cache. */
  cached_input_tokens: number
  /** Part of the input that the provider wrote to its cache. */
  cache_write_input_tokens: number
  output_tokens: number
  /** Part of the output that was reasoning. */
  reasoning_output_tokens: number
}

/** The turn is over and went well. */
export type TurnCompletedEvent = {
  type: 'turn.completed'
  usage: Usage
}

/** Why a turn failed. */
export type ThreadError = {
  message: string
}

/** The turn is over and failed. Reading on throws; see `CodexSdkError`. */
export type TurnFailedEvent = {
  type: 'turn.failed'
  error: ThreadError
}

/** An item began. */
export type ItemStartedEvent = {
  type: 'item.started'
  item: ThreadItem
}

/** An item changed. */
export type ItemUpdatedEvent = {
  type: 'item.updated'
  item: ThreadItem
}

/** An item is complete. Messages and reasoning come only so, in one piece. */
export type ItemCompletedEvent = {
  type: 'item.completed'
  item: ThreadItem
}

/** Something went wrong: Codex tries again, or the turn is about to fail. */
export type ThreadErrorEvent = {
  type: 'error'
  message: string
}

/** What happens in a turn, in order. */
export type ThreadEvent =
  | ThreadStartedEvent
  | TurnStartedEvent
  | TurnCompletedEvent
  | TurnFailedEvent
  | ItemStartedEvent
  | ItemUpdatedEvent
  | ItemCompletedEvent
  | ThreadErrorEvent

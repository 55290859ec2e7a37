import type { Received } from '../../protocol/index.js'
import type { Chunks } from './chunks.js'

/** Settings of `turn.say`. */
export interface SayOptions {
  /**
   * The pieces that the text arrives in; they should join to it. An async iterable is read as it comes, and the
   * message stays open until it ends. @default one piece with all of it
   */
  readonly chunks?: Chunks
  /** `commentary` for interim messages or `final_answer`. @default none */
  readonly phase?: Received.MessagePhase
}

/** Settings of `turn.retries`. */
export interface RetryOptions {
  /** Text of a message that had begun when the stream broke; its item never ends. @default none */
  readonly after?: string
  /** How often Codex would try. @default 5 */
  readonly of?: number
  /** HTTP status that the provider answered with. @default none: the stream broke */
  readonly httpStatusCode?: number
}

/** Input that came while the turn ran. */
export interface FakeSteer {
  /** Its texts, joined by line feeds. */
  readonly text: string
  readonly input: readonly Received.UserInput[]
  readonly clientUserMessageId: string | null
}

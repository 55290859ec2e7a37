import type { Thread, TurnInput } from '../../client/index.js'
import type { ServerLink } from '../server/server-loop.js'

/** A turn of a session that has not ended. */
export interface ActiveTurn {
  /** Key of its record. */
  readonly id: string
  /** Adds input. Rejects as `Turn.steer` does. */
  steer(input: TurnInput): Promise<void>
  /** Asks for its end. Resolves when it has settled. */
  interrupt(): Promise<void>
}

/** A thread that is loaded in a server, and subscribed to. */
export interface Attachment {
  readonly link: ServerLink
  readonly thread: Thread
}

/** What the running program knows about a session besides its record. */
export interface LiveSession {
  attachment?: Attachment | undefined
  /** The attaching that is under way, and to which server. */
  attaching?: { readonly link: ServerLink; readonly done: Promise<Attachment> } | undefined
  /** The turn that runs; `reserved` while it is being made. */
  turn?: ActiveTurn | 'reserved' | undefined
}

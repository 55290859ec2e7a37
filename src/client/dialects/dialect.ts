import type { ServerNotification } from '../../protocol/index.js'
import { evidenceOf, isTurnMethod } from './detect.js'
import { fieldsOf } from './fields.js'
import { isLegacyMethod, readLegacyEvent } from './legacy-event.js'
import { LegacyTurn } from './legacy-turn.js'

/** Most notifications that are kept until the dialect is known: 64. */
export const MAX_KEPT_NOTIFICATIONS = 64

/** Which dialect a server tells its turns in; `unknown` until it has told the first. */
export type DialectName = 'unknown' | 'current' | 'legacy'

/** What a {@link Dialect} can be given. */
export interface DialectOptions {
  /** The time, in milliseconds since the Unix epoch; the older dialect does not tell it. @default Date.now */
  readonly now?: () => number
}

/**
 * Translates what a server says of its turns into the current dialect. There are two: that of today, and the
 * `codex/event/…` notifications of servers up to 0.63. Some servers speak both at once; the first notification
 * about a turn decides which one is listened to, for the whole connection.
 */
export class Dialect {
  readonly #now: () => number
  readonly #turns = new Map<string, LegacyTurn>()
  #kept: ServerNotification[] = []
  #name: DialectName = 'unknown'

  constructor(options: DialectOptions = {}) {
    this.#now = options.now ?? Date.now
  }

  get name(): DialectName {
    return this.#name
  }

  /** Whether notifications need no translation: the one check that a server of today costs. */
  get isCurrent(): boolean {
    return this.#name === 'current'
  }

  /** Forgets the server: another may answer from here on. */
  reset(): void {
    this.#name = 'unknown'
    this.#kept = []
    this.#turns.clear()
  }

  /** The running turn of a thread whose server speaks the older dialect, which does not name it in approvals. */
  turnOf(threadId: string): string | undefined {
    return this.#turns.get(threadId)?.id
  }

  /**
   * Takes the next notification of the connection and returns what it says in the current dialect: often one
   * notification, itself if it needs no translation, sometimes none or several.
   */
  translate(message: ServerNotification): readonly ServerNotification[] {
    if (this.#name === 'current') return [message]
    return this.#name === 'legacy' ? this.#translateLegacy(message) : this.#detect(message)
  }

  #detect(message: ServerNotification): readonly ServerNotification[] {
    const evidence = evidenceOf(message)
    if (evidence === 'none') return [message]
    if (evidence === 'keep') {
      this.#kept.push(message)
      if (this.#kept.length < MAX_KEPT_NOTIFICATIONS) return []
      // A server that speaks the current dialect would have shown it by now.
      return this.#decide('legacy')
    }
    if (evidence === 'unnamed') {
      // Without a thread it belongs to no turn, whatever the dialect.
      return this.#kept.length > 0 ? this.#decide('legacy') : []
    }
    return [...this.#decide(evidence), ...this.translate(message)]
  }

  #decide(name: 'current' | 'legacy'): readonly ServerNotification[] {
    this.#name = name
    const kept = this.#kept
    this.#kept = []
    return kept.flatMap((message) => this.translate(message))
  }

  #translateLegacy(message: ServerNotification): readonly ServerNotification[] {
    // What such a server says of turns in the current dialect is a part of the whole, and names no thread.
    if (!isLegacyMethod(message.method)) return isTurnMethod(message.method) ? [] : [message]
    const event = readLegacyEvent(message)
    if (!event) return [message]
    const { threadId, turnId, type, msg } = event
    const running = this.#turns.get(threadId)
    if (type === 'task_started' || type === 'turn_started') return this.#start(threadId, turnId, running)
    const turn = running?.id === turnId ? running : undefined
    if (type === 'task_complete' || type === 'turn_complete' || type === 'turn_aborted') {
      if (turnId === '') return [message]
      if (turn) this.#turns.delete(threadId)
      const ended = turn ?? this.#newTurn(threadId, turnId)
      return ended.end(type === 'turn_aborted' ? 'turn_aborted' : 'task_complete')
    }
    return turn?.translate(type, msg) ?? [addressed(message, threadId, turnId)]
  }

  #start(threadId: string, turnId: string, running: LegacyTurn | undefined): readonly ServerNotification[] {
    if (running?.id === turnId) return []
    const turn = this.#newTurn(threadId, turnId)
    this.#turns.set(threadId, turn)
    // A thread runs one turn at a time: the one before was replaced.
    return [...(running?.end('turn_aborted') ?? []), ...turn.start()]
  }

  #newTurn(threadId: string, turnId: string): LegacyTurn {
    return new LegacyTurn({ threadId, turnId, now: this.#now })
  }
}

/** What this version cannot translate reaches the turn as it is, with the names by which it is routed. */
function addressed(message: ServerNotification, threadId: string, turnId: string): ServerNotification {
  const params = { ...fieldsOf(message.params), threadId, ...(turnId === '' ? {} : { turnId }) }
  return { ...message, params } as unknown as ServerNotification
}

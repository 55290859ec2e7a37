import type { ServerNotification } from '../../protocol/index.js'
import { redact } from '../../redaction/index.js'
import type { WireMessage } from '../../rpc/transport.js'

/** Most turns whose early warnings wait to be taken; those of sub-agents never are. */
const MAX_TURNS = 64
/** Most notices of one kind that wait for a turn. */
const MAX_NOTICES = 64

/** What a turn is told before it starts. */
export interface EarlyNotices {
  readonly messages: readonly string[]
  /** The notifications behind those that the client tells again as events of the turn. */
  readonly told: ReadonlySet<unknown>
}

/**
 * Collects what Codex warns of outside of turns. Its command line, which lives for one turn, shows all of it as
 * error items of that turn, before the turn starts.
 */
export class Notices {
  readonly #ofConfig: string[] = []
  readonly #running = new Set<string>()
  readonly #warnings = new Map<string, ServerNotification<'warning'>[]>()
  readonly #warningsOfTurn = new Map<string, readonly ServerNotification<'warning'>[]>()
  #ofLoading: string[] = []

  /** Takes each message of the server, in order. */
  receive(wire: WireMessage): void {
    // Off the wire: the types say what should be there.
    const message = wire as ServerNotification
    switch (message.method) {
      case 'configWarning':
        // The command line leaves this one out when its events are read by a program.
        if (!/\bbubblewrap\b/.test(message.params?.summary ?? '')) add(this.#ofConfig, textOf(message.params))
        break
      case 'deprecationNotice':
        add(this.#ofLoading, textOf(message.params))
        break
      case 'warning':
        this.#onWarning(message)
        break
      case 'turn/started':
        this.#onTurnStarted(message.params?.threadId, message.params?.turn?.id)
        break
      case 'turn/completed':
        this.#running.delete(message.params?.threadId)
    }
  }

  /**
   * Takes what the next turn is told before it starts.
   *
   * @param isFirst - whether it is the thread's first turn with these settings
   */
  take(turnId: string, isFirst: boolean): EarlyNotices {
    const warnings = this.#warningsOfTurn.get(turnId) ?? []
    this.#warningsOfTurn.delete(turnId)
    const loading = this.#ofLoading
    this.#ofLoading = []
    return {
      messages: [
        ...(isFirst ? this.#ofConfig : []),
        ...loading,
        ...warnings.map(({ params }) => redact(String(params.message))),
      ],
      told: new Set(warnings),
    }
  }

  #onWarning(message: ServerNotification<'warning'>): void {
    const threadId = message.params?.threadId
    if (typeof threadId !== 'string' || this.#running.has(threadId)) return
    const waiting = this.#warnings.get(threadId) ?? []
    add(waiting, message)
    this.#warnings.set(threadId, waiting)
    bound(this.#warnings)
  }

  #onTurnStarted(threadId: string, turnId: string | undefined): void {
    this.#running.add(threadId)
    const waiting = this.#warnings.get(threadId)
    this.#warnings.delete(threadId)
    if (waiting === undefined || turnId === undefined) return
    this.#warningsOfTurn.set(turnId, waiting)
    bound(this.#warningsOfTurn)
  }
}

function textOf(params: { summary?: unknown; details?: unknown } | undefined): string {
  const { summary, details } = params ?? {}
  return redact(details ? `${String(summary)} (${String(details)})` : String(summary))
}

function add<T>(list: T[], entry: T): void {
  if (list.length < MAX_NOTICES) list.push(entry)
}

function bound(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MAX_TURNS) break
    map.delete(key)
  }
}

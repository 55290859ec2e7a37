import {
  codexVersion,
  type Received,
  type ServerNotificationMethod,
  type ServerNotificationParams,
} from '../../protocol/index.js'
import type { FakeClient } from './client.js'
import { environments, type ThreadSettings } from './settings.js'
import type { TurnInput } from './turn-input.js'
import { TokenCount } from './usage.js'

/** A turn as the fake server keeps it: every item that was completed. */
export interface KeptTurn {
  readonly turn: Received.Turn
  readonly items: Received.ThreadItem[]
}

/** The turn that runs in a thread, as far as requests act on it. */
export interface RunningTurn {
  readonly id: string
  /** The turn as it is told. */
  describe(status: Received.TurnStatus): Received.Turn
  /** Takes further input for the turn. */
  steer(input: TurnInput): void
  /** Ends the turn because a user wants it. `answer` is called where Codex answers the request. */
  interrupt(answer?: () => void): void
}

/** What a {@link FakeThread} is made of. */
export interface ThreadFacts {
  readonly id: string
  readonly settings: ThreadSettings
  readonly isEphemeral: boolean
  readonly originator: string
  readonly forkedFromId: string | null
  readonly codexHome: string
  readonly tools: ReadonlySet<string>
  /** Tells everybody who is connected. */
  readonly broadcast: (method: string, params: unknown) => void
}

/** A thread of the fake server. */
export class FakeThread {
  readonly id: string
  readonly isEphemeral: boolean
  readonly forkedFromId: string | null
  /** Names of the dynamic tools that it was started with, with their namespaces. */
  readonly tools: ReadonlySet<string>
  /** Those who are told of its turns, and asked for approvals. */
  readonly subscribers = new Set<FakeClient>()
  /** What was allowed for the session: commands, and paths of files. */
  readonly allowed = new Set<string>()
  readonly turns: KeptTurn[] = []
  tokens = new TokenCount()
  settings: ThreadSettings
  name: string | null = null
  preview = ''
  isArchived = false
  isLoaded = true
  running: RunningTurn | undefined
  readonly #facts: ThreadFacts
  readonly #createdAtMs = Date.now()
  #updatedAtMs = this.#createdAtMs
  #status: Received.ThreadStatus = { type: 'idle' }
  #readState: Received.ThreadReadState | undefined

  constructor(facts: ThreadFacts) {
    this.#facts = facts
    this.id = facts.id
    this.isEphemeral = facts.isEphemeral
    this.forkedFromId = facts.forkedFromId
    this.tools = facts.tools
    this.settings = facts.settings
  }

  get status(): Received.ThreadStatus {
    return this.isLoaded ? this.#status : { type: 'notLoaded' }
  }

  get createdAtMs(): number {
    return this.#createdAtMs
  }

  get updatedAtMs(): number {
    return this.#updatedAtMs
  }

  /** What is unread; `null` as long as there is nothing to read. */
  get readState(): Received.ThreadReadState | null {
    if (this.#readState) return this.#readState
    return this.isMaterialized ? { firstUnread: null, revision: `initial:${this.id}` } : null
  }

  set readState(state: Received.ThreadReadState) {
    this.#readState = state
  }

  /** Whether it has what Codex writes to disk with the first message. */
  get isMaterialized(): boolean {
    return (
      !this.isEphemeral && this.turns.some(({ items }) => items.some((item) => item.type === 'userMessage'))
    )
  }

  /** Tells those who follow the thread. */
  notify<M extends ServerNotificationMethod>(method: M, params: ServerNotificationParams<M>): void {
    for (const client of this.subscribers) client.notify(method, params)
  }

  /** Changes the status and tells everybody. */
  setStatus(status: Received.ThreadStatus): void {
    this.#status = status
    this.#facts.broadcast('thread/status/changed', { threadId: this.id, status: this.status })
  }

  /** Takes the thread out of memory, or back into it, and tells everybody. */
  setLoaded(isLoaded: boolean): void {
    this.isLoaded = isLoaded
    if (!isLoaded) this.subscribers.clear()
    this.setStatus({ type: 'idle' })
  }

  /** Notes that something happens in the thread. */
  touch(): void {
    this.#updatedAtMs = Date.now()
  }

  /** The thread as Codex describes it. */
  describe(turns: Received.Turn[] = []): Received.Thread {
    const { id, settings } = this
    return {
      id,
      environments: this.isLoaded ? environments(settings.cwd) : null,
      extra: null,
      sessionId: id,
      forkedFromId: this.forkedFromId,
      attachedToThreadId: null,
      parentThreadId: null,
      preview: this.preview,
      ephemeral: this.isEphemeral,
      section: null,
      sectionEnteredAt: null,
      projectId: null,
      historyMode: 'paginated',
      modelProvider: settings.modelProvider,
      model: settings.model,
      reasoningEffort: settings.reasoningEffort,
      createdAt: seconds(this.#createdAtMs),
      updatedAt: seconds(this.#updatedAtMs),
      recencyAt: seconds(this.#updatedAtMs),
      status: this.status,
      path: this.isEphemeral ? null : this.#path(),
      cwd: settings.cwd,
      cliVersion: codexVersion,
      originator: this.#facts.originator,
      source: 'vscode',
      canAcceptDirectInput: this.isLoaded ? true : null,
      threadSource: null,
      agentNickname: null,
      agentRole: null,
      gitInfo: null,
      name: this.name,
      daybreakEnabled: null,
      turns,
    }
  }

  /** The same with its whole history. */
  describeFully(): Received.Thread {
    return this.describe(
      this.turns.map(({ turn, items }) => ({ ...turn, items: [...items], itemsView: 'full' })),
    )
  }

  #path(): string {
    const time = new Date(this.#createdAtMs).toISOString().slice(0, 19)
    const day = time.slice(0, 10).replaceAll('-', '/')
    return `${this.#facts.codexHome}/sessions/${day}/rollout-${time.replaceAll(':', '-')}-${this.id}.jsonl`
  }
}

/** Milliseconds as the whole seconds that Codex tells. */
export function seconds(millis: number): number {
  return Math.floor(millis / 1000)
}

import { AnswerTurns } from './answer-turns.js'
import { FileHandles } from './files/handles.js'
import { MissingWatch } from './files/missing-watch.js'
import { HttpQuota } from './http/quota.js'
import type { Notify } from './processes/managed-process.js'
import type { Session } from './session.js'

/** What a connection needs of the way to its client. */
export interface ClientLink {
  readonly notify: Notify
  /** Resolves when the client has read enough for more; nothing when that is now. Must not reject. */
  readonly drained: () => Promise<void> | undefined
}

/** What one connection holds besides its session; it goes with the connection. */
export class Connection {
  readonly session: Session
  /** Whether the client is one of March 2026, which sends native paths and no ids of writes. */
  readonly isV0: boolean
  readonly notify: Notify
  /** For answers that may be long and whose time others decide. */
  readonly answers: AnswerTurns
  readonly files = new FileHandles()
  readonly http: HttpQuota
  readonly watch: MissingWatch
  /** Aborts when the connection has ended. */
  readonly signal: AbortSignal
  readonly #controller = new AbortController()

  constructor(session: Session, isV0: boolean, { notify, drained }: ClientLink, longestHttpBody = 0) {
    this.session = session
    this.isV0 = isV0
    this.notify = notify
    this.answers = new AnswerTurns(drained)
    this.http = new HttpQuota(longestHttpBody)
    this.signal = this.#controller.signal
    this.watch = new MissingWatch((watchId) => {
      notify('fs/missingChanged', { watchId })
    })
  }

  get acceptsNativePaths(): boolean {
    return this.isV0
  }

  /** Releases everything. Resolves when the files are closed. */
  async end(): Promise<void> {
    this.#controller.abort()
    this.watch.end()
    await this.files.end()
  }
}

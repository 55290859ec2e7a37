import { FileHandles } from './files/handles.js'
import { MissingWatch } from './files/missing-watch.js'
import type { Notify } from './processes/managed-process.js'
import type { Session } from './session.js'

/** What one connection holds besides its session; it goes with the connection. */
export class Connection {
  readonly session: Session
  /** Whether the client is one of March 2026, which sends native paths and no ids of writes. */
  readonly isV0: boolean
  readonly notify: Notify
  readonly files = new FileHandles()
  readonly watch: MissingWatch
  /** Aborts when the connection has ended. */
  readonly signal: AbortSignal
  readonly #controller = new AbortController()

  constructor(session: Session, isV0: boolean, notify: Notify) {
    this.session = session
    this.isV0 = isV0
    this.notify = notify
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

import { onAbort } from '../../util/on-abort.js'
import { abortError, closedError } from './errors.js'
import type { Server } from './server.js'

/** A server in use. */
export interface ServerLease {
  readonly server: Server
  /** Ends the use; the server then no longer keeps the program alive. Idempotent. */
  release(): void
}

/**
 * The one app-server of a Codex: started when it is first needed, shared by all that need it, started again when
 * it has ended or could not be started.
 */
export class SharedServer {
  readonly #launch: (signal: AbortSignal) => Promise<Server>
  readonly #closing = new AbortController()
  #current: Promise<Server> | undefined
  #closed: Promise<void> | undefined

  /** `launch` starts a server; it gives up when the signal aborts, and leaves nothing behind then. */
  constructor(launch: (signal: AbortSignal) => Promise<Server>) {
    this.#launch = launch
  }

  /** Whether {@link close} has been called. */
  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Resolves with the server, held. Rejects with what the start rejects with, and with a `CodexSdkError` when the
   * signal aborts, which gives up this wait and not the start, or after {@link close}.
   */
  async acquire(signal: AbortSignal | undefined): Promise<ServerLease> {
    for (;;) {
      if (this.#closed) throw closedError()
      this.#current ??= this.#start()
      const starting = this.#current
      const server = await this.#wait(starting, signal)
      const release = server.hold()
      if (await this.#answers(server, release, signal)) return { server, release }
      this.#forget(starting)
    }
  }

  /** Ends the server, and every turn with it. Resolves when nothing is left of it. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #start(): Promise<Server> {
    const starting = this.#launch(this.#closing.signal)
    const forget = () => this.#forget(starting)
    void starting.then((server) => server.ended.then(forget), forget)
    return starting
  }

  #forget(starting: Promise<Server>): void {
    if (this.#current === starting) this.#current = undefined
  }

  /** Whether a server answers; gives it back if it does not. */
  async #answers(server: Server, release: () => void, signal: AbortSignal | undefined): Promise<boolean> {
    let isAnswering = false
    try {
      isAnswering = await this.#wait(server.answers(), signal)
      return isAnswering
    } finally {
      if (!isAnswering) release()
    }
  }

  async #wait<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal?.aborted) throw abortError(signal)
    let unwatch = () => {}
    const aborted = new Promise<never>((_, reject) => {
      if (signal) unwatch = onAbort(signal, () => reject(abortError(signal)))
    })
    try {
      return await Promise.race([aborted, work])
    } catch (error) {
      throw this.#closed && !signal?.aborted ? closedError() : error
    } finally {
      unwatch()
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    const server = await this.#current?.catch(() => undefined)
    await server?.client.close()
  }
}

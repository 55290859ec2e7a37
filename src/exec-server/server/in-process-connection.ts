import { RpcError } from '../../rpc/errors.js'
import type { CloseReason } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import type { ExecServerConnection } from './accepted-connection.js'
import type { Handlers } from './handlers.js'
import type { Notify } from './processes/managed-process.js'
import { Router } from './router.js'
import type { SessionRegistry } from './session-registry.js'
import type { ServerSettings } from './settings.js'

/** Serves a client in this process: its calls go to the handlers without a transport, ids or JSON. */
export class InProcessConnection implements ExecServerConnection {
  readonly closed: Promise<CloseReason>
  readonly #router: Router
  readonly #closed = deferred<CloseReason>()
  readonly #controller = new AbortController()
  readonly #onError: ServerSettings['onError']
  #closing: Promise<void> | undefined

  /** @param notify - takes the notifications; must not throw */
  constructor(settings: ServerSettings, sessions: SessionRegistry, handlers: Handlers, notify: Notify) {
    this.closed = this.#closed.promise
    this.#onError = settings.onError
    const tell: Notify = (method, params) => (this.#closing ? undefined : notify(method, params))
    this.#router = new Router(settings, sessions, handlers, { notify: tell, drained: () => undefined })
  }

  /** Answers a request. Rejects with an `RpcError`. */
  async request(method: string, params: unknown): Promise<unknown> {
    if (this.#closing) throw RpcError.invalidRequest('the connection has ended')
    try {
      return await this.#router.request(method, params, () => this.#controller.signal)
    } catch (error) {
      if (error instanceof RpcError) throw error
      this.#report(error)
      throw RpcError.internal()
    }
  }

  /** Takes the client's notification. */
  async notification(method: string): Promise<void> {
    const verdict = await this.#router.notification(method, undefined).catch(() => 'close')
    if (verdict === 'close') await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#controller.abort()
    await this.#router.end()
    this.#closed.resolve({ kind: 'remote', message: 'the exec-server has ended the connection' })
  }

  #report(error: unknown): void {
    try {
      this.#onError?.(error instanceof Error ? error : new Error(String(error)))
    } catch {
      // An observer cannot break what it observes.
    }
  }
}

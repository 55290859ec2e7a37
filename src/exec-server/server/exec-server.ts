import { waitAtMost } from '../../process/bounded-wait.js'
import { guardChild } from '../../process/exit-guard.js'
import { report } from '../../rpc/guard.js'
import type { CloseReason, Transport } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { AcceptedConnection, type ExecServerConnection } from './accepted-connection.js'
import { createHandlers } from './create-handlers.js'
import type { Handlers } from './handlers.js'
import { InProcessConnection } from './in-process-connection.js'
import { type ListenStdioOptions, stdioTransport } from './listen/stdio.js'
import { type ExecServerListener, type ListenWebSocketOptions, listenWebSocket } from './listen/web-socket.js'
import type { Notify } from './processes/managed-process.js'
import { SessionRegistry } from './session-registry.js'
import { checkServerOptions, type ExecServerOptions, type ServerSettings } from './settings.js'

/**
 * Serves the exec-server protocol: lets clients start and control processes and work with files on this machine.
 *
 * Nothing is listened on until asked for. The server owns the transports, sessions and processes that come to it;
 * `close()` ends them all, and so does the end of this process by a signal that can be caught. Throws
 * `InvalidInputError` for a wrong option.
 */
export class ExecServer {
  readonly #settings: ServerSettings
  readonly #sessions: SessionRegistry
  readonly #handlers: Handlers
  readonly #connections = new Set<ExecServerConnection>()
  readonly #listeners = new Set<ExecServerListener>()
  readonly #releaseGuard: () => void
  #closing: Promise<void> | undefined

  constructor(options: ExecServerOptions = {}) {
    this.#settings = checkServerOptions(options)
    this.#sessions = new SessionRegistry(this.#settings)
    this.#handlers = createHandlers(this.#settings)
    this.#releaseGuard = guardChild(() => this.#sessions.killNow())
  }

  /** How many connections are served. */
  get connections(): number {
    return this.#connections.size
  }

  /** How many sessions there are: one for each connection after its `initialize`, and those that can be resumed. */
  get sessions(): number {
    return this.#sessions.size
  }

  /**
   * Serves a transport that has not been started, which the server owns from now on. Throws `InvalidInputError`
   * when the server is closed or it is no transport.
   */
  accept(transport: Transport): ExecServerConnection {
    this.#checkOpen()
    return this.#serve(new AcceptedConnection(transport, this.#settings, this.#sessions, this.#handlers))
  }

  /**
   * Serves a client in this process, see `connectInProcess`. Throws `InvalidInputError` when the server is closed.
   *
   * @internal
   */
  acceptInProcess(notify: Notify): InProcessConnection {
    this.#checkOpen()
    return this.#serve(new InProcessConnection(this.#settings, this.#sessions, this.#handlers, notify))
  }

  /**
   * Serves the standard streams of this process, or those given, which the server owns from now on. Resolves with
   * the reason when the client has gone; the server stays open. Rejects with `InvalidInputError` for a wrong option and
   * when the server is closed.
   */
  async listenStdio(options: ListenStdioOptions = {}): Promise<CloseReason> {
    this.#checkOpen()
    return await this.accept(stdioTransport(options)).closed
  }

  /**
   * Listens for WebSocket connections. Resolves when they can come. Rejects with `InvalidInputError` for a wrong
   * option, among them a host beyond this machine without `auth`, and with `ListenError` when the address cannot
   * be had.
   */
  async listenWebSocket(options: ListenWebSocketOptions = {}): Promise<ExecServerListener> {
    this.#checkOpen()
    const listener = await listenWebSocket(
      options,
      (transport) => this.accept(transport),
      (error) => report(this.#settings.onError, error),
    )
    if (this.#closing) {
      await listener.close()
      this.#checkOpen()
    }
    this.#listeners.add(listener)
    void listener.closed.then(() => this.#listeners.delete(listener))
    return listener
  }

  /**
   * Ends everything: listeners, connections, sessions, and all processes by SIGKILL. Resolves when that is done,
   * or when processes that cannot be killed have had `closeTimeoutMs`. Idempotent, never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const ended = this.#sessions.end()
    const { closeTimeoutMs } = this.#settings
    await Promise.all([
      ...[...this.#listeners].map((listener) => listener.close()),
      ...[...this.#connections].map(async (connection) => {
        await connection.close()
        await connection.closed
      }),
      waitAtMost(closeTimeoutMs, ended),
    ])
    this.#releaseGuard()
  }

  #serve<C extends ExecServerConnection>(connection: C): C {
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    return connection
  }

  #checkOpen(): void {
    if (this.#closing) throw new InvalidInputError('server', this, 'a server that is not closed')
  }
}

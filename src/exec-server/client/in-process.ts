import { ConnectionClosedError, RpcError, TransportClosedError } from '../../rpc/errors.js'
import type { RequestOptions } from '../../rpc/peer-options.js'
import { PendingRequests } from '../../rpc/pending-requests.js'
import type { CloseReason } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import { AbortedError, InvalidInputError } from '../../util/errors.js'
import { INITIALIZED } from '../protocol/index.js'
import { ExecServer } from '../server/index.js'
import { ExecServerClient } from './client.js'
import type { ExecLink, LinkEvents } from './link.js'
import type { ExecClientOptions } from './options.js'

/**
 * Connects to a server in this process: requests are calls of its handlers, without a transport and without JSON.
 * What a slow reader has not read does not slow the process down. The server is not closed with the client. Rejects
 * as `ExecServerClient.connect` does.
 */
export async function connectInProcess(
  server: ExecServer,
  options: ExecClientOptions,
): Promise<ExecServerClient> {
  if (!(server instanceof ExecServer)) throw new InvalidInputError('server', server, 'an ExecServer')
  return ExecServerClient.open((events) => new InProcessLink(server, events), false, options)
}

type Served = ReturnType<ExecServer['acceptInProcess']>

/** A link whose other end is a server of this process. */
class InProcessLink implements ExecLink {
  readonly closed: Promise<CloseReason>
  readonly #connection: Served
  readonly #pending = new PendingRequests()
  readonly #closed = deferred<CloseReason>()
  #closeReason: CloseReason | undefined
  #nextId = 1

  constructor(server: ExecServer, events: LinkEvents) {
    this.closed = this.#closed.promise
    this.#connection = server.acceptInProcess((method, params) => events.notified(method, params))
    void this.#connection.closed.then((reason) => this.#end(reason))
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason
  }

  async start(): Promise<void> {}

  request(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closeReason) throw new TransportClosedError(`${method}: ${this.#closeReason.message}`)
      const { signal, timeoutMs = Infinity } = options
      if (signal?.aborted) throw new AbortedError(method, { cause: signal.reason })
      const id = this.#nextId++
      this.#pending.add(id, method, timeoutMs, signal, resolve, reject)
      this.#connection.request(method, params).then(
        (result) => this.#pending.take(id)?.resolve(result),
        (error: unknown) => {
          const refusal = error instanceof RpcError ? RpcError.fromWire(error.toWire(), method) : error
          this.#pending.take(id)?.reject(refusal)
        },
      )
    })
  }

  initialized(): void {
    void this.#connection.notification(INITIALIZED)
  }

  async close(): Promise<void> {
    this.#end({ kind: 'local', message: 'closed by this side' })
    await this.#connection.close()
  }

  #end(reason: CloseReason): void {
    if (this.#closeReason) return
    this.#closeReason = reason
    this.#pending.rejectAll((method) => new ConnectionClosedError(reason, { method }))
    this.#closed.resolve(reason)
  }
}

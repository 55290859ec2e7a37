import { type RpcError, TransportClosedError } from '../../rpc/errors.js'
import type { RequestId } from '../../rpc/messages.js'
import type { Transport, WireMessage } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import { isMap } from './shapes.js'

/** What a {@link FakeClient} needs of the server that it is connected to. */
export interface ClientOwner {
  /** A request came. */
  request(client: FakeClient, id: RequestId, method: string, params: unknown): void
  /** A notification came, or a request whose id Codex cannot read, which it takes for one. */
  notification(client: FakeClient, method: string, params: unknown): void
  /** The answer to a request of the server came. */
  answer(id: RequestId, answer: ServerRequestAnswer): void
  /** The connection has ended. */
  left(client: FakeClient): void
}

/** How a client answered a request of the server. */
export type ServerRequestAnswer = { readonly result: unknown } | { readonly error: unknown }

/** The server's end of one connection. */
export class FakeClient {
  /** Whether it has shaken hands. */
  isInitialized = false
  /** Name that it gave itself. */
  name = ''
  hasExperimentalApi = false
  /** Notifications that it does not want, by their exact names. */
  optedOut: ReadonlySet<string> = new Set()
  readonly #transport: Transport
  readonly #owner: ClientOwner
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>
  #isClosed = false

  constructor(transport: Transport, owner: ClientOwner) {
    this.#transport = transport
    this.#owner = owner
    transport.onmessage = (message) => this.#receive(message)
    // Codex writes broken lines to its log and says nothing.
    transport.onerror = undefined
    const { promise, resolve } = deferred<void>()
    this.closed = promise
    transport.onclose = () => {
      this.#isClosed = true
      owner.left(this)
      resolve()
    }
  }

  start(): Promise<void> {
    return this.#transport.start()
  }

  /** Rejects with what the transport fails with, also when that throws. */
  async close(): Promise<void> {
    await this.#transport.close()
  }

  /** Answers a request. */
  respond(id: RequestId, result: unknown): void {
    this.#send({ id, result: result ?? null })
  }

  /** Refuses a request. */
  refuse(id: RequestId, error: RpcError): void {
    this.#send({ error: error.toWire(), id })
  }

  notify(method: string, params: unknown): void {
    if (this.isInitialized && !this.optedOut.has(method)) {
      this.#send({ method, params, emittedAtMs: Date.now() })
    }
  }

  /** Asks the client something. */
  ask(id: RequestId, method: string, params: unknown): void {
    this.#send({ method, id, params })
  }

  #send(message: WireMessage): void {
    // What is sent to somebody who has left is lost, as on a socket; they may leave before it is told.
    if (this.#isClosed) return
    try {
      this.#transport.send(message)
    } catch (error) {
      if (!(error instanceof TransportClosedError)) throw error
    }
  }

  #receive(message: WireMessage): void {
    // Batches are no messages to Codex: it drops them.
    if (!isMap(message)) return
    const { id, method, params } = message
    if (typeof method === 'string') {
      if (isReadableId(id)) this.#owner.request(this, id, method, params)
      else this.#owner.notification(this, method, params)
      return
    }
    if (method !== undefined || !isReadableId(id)) return
    if (Object.hasOwn(message, 'result')) this.#owner.answer(id, { result: message.result })
    else if (Object.hasOwn(message, 'error')) this.#owner.answer(id, { error: message.error })
  }
}

function isReadableId(id: unknown): id is RequestId {
  return typeof id === 'string' || (typeof id === 'number' && Number.isInteger(id) && Math.abs(id) < 2 ** 63)
}

import { RpcPeer } from '../../rpc/peer.js'
import type { RequestOptions } from '../../rpc/peer-options.js'
import type { CloseReason, Transport } from '../../rpc/transport.js'
import { INITIALIZED } from '../protocol/index.js'
import type { ExecLink, LinkEvents } from './link.js'

/** A link over a transport, which it owns. */
export class PeerLink implements ExecLink {
  readonly closed: Promise<CloseReason>
  readonly #peer: RpcPeer

  constructor(transport: Transport, events: LinkEvents) {
    this.#peer = new RpcPeer(transport, {
      // The server of 0.169.0 ends the connection on answers that it does not expect.
      answerInvalidMessages: false,
      jsonrpcHeader: false,
      onNotification: ({ method, params }) => events.notified(method, params),
      onRequest: (method, params, { signal }) => events.asked(method, params, signal),
      onError: events.problem,
    })
    this.closed = this.#peer.closed
  }

  get closeReason(): CloseReason | undefined {
    return this.#peer.closeReason
  }

  start(): Promise<void> {
    return this.#peer.start()
  }

  request(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#peer.request(method, params, options)
  }

  initialized(): void {
    this.#peer.notify(INITIALIZED, {})
  }

  close(): Promise<void> {
    return this.#peer.close()
  }
}

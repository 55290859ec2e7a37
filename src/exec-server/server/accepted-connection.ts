import { waitAtMost } from '../../process/bounded-wait.js'
import {
  MessageParseError,
  NoiseLineError,
  ProtocolViolationError,
  RPC_ERROR_NUMBERS,
} from '../../rpc/errors.js'
import { report } from '../../rpc/guard.js'
import type { RequestId, ResponseMessage } from '../../rpc/messages.js'
import { RpcPeer } from '../../rpc/peer.js'
import type { CloseReason, Transport } from '../../rpc/transport.js'
import { DrainWatch } from './drain-watch.js'
import type { Handlers } from './handlers.js'
import type { Notify } from './processes/managed-process.js'
import { Router } from './router.js'
import type { SessionRegistry } from './session-registry.js'
import type { ServerSettings } from './settings.js'

/** A connection that an `ExecServer` serves. */
export interface ExecServerConnection {
  /** Resolves with the reason when the connection has ended and what it held is released. Never rejects. */
  readonly closed: Promise<CloseReason>
  /** Ends the connection; its session is then as after any other end. Idempotent, never rejects. */
  close(): Promise<void>
}

/** Serves one transport, which it owns: from JSON-RPC to the router and back. */
export class AcceptedConnection implements ExecServerConnection {
  readonly closed: Promise<CloseReason>
  readonly #peer: RpcPeer
  readonly #closeTimeoutMs: number
  readonly #router: Router

  constructor(transport: Transport, settings: ServerSettings, sessions: SessionRegistry, handlers: Handlers) {
    this.#closeTimeoutMs = settings.closeTimeoutMs
    const watched = new DrainWatch(transport, mostUnread(settings), () => this.#refuseFlood(settings))
    this.#peer = new RpcPeer(watched, {
      jsonrpcHeader: false,
      acceptBatches: false,
      acceptId: isWireId,
      answerInvalidMessages: refuseInvalid,
      onRequest: (method, params, context) => this.#router.request(method, params, () => context.signal),
      orderedNotifications: true,
      onNotification: async ({ method, params }) => {
        const verdict = await this.#router.notification(method, params).catch(() => 'close')
        if (verdict === 'close') await this.close()
      },
      onUnexpectedResponse: () => void this.close(),
      ...(settings.onError ? { onError: settings.onError } : {}),
    })
    const notify: Notify = (method, params) => this.#notify(method, params)
    this.#router = new Router(settings, sessions, handlers, { notify, drained: () => watched.blocked })
    this.closed = this.#run()
  }

  close(): Promise<void> {
    return this.#peer.close()
  }

  async #run(): Promise<CloseReason> {
    // How it failed is told by `closed`.
    await this.#peer.start().catch(() => {})
    const reason = await this.#peer.closed
    // A file on a server that has gone may never close.
    await waitAtMost(this.#closeTimeoutMs, this.#router.end())
    await this.#peer.close()
    return reason
  }

  /** Nothing else bounds the refusals that pile up for a client which sends on and on and reads none of them. */
  #refuseFlood({ onError }: ServerSettings): void {
    if (this.#peer.closeReason) return
    report(
      onError,
      new ProtocolViolationError('the client sends more and more and does not read the answers'),
    )
    void this.close()
  }

  #notify(method: string, params: unknown): void | Promise<void> {
    if (this.#peer.closeReason) return
    try {
      return this.#peer.notify(method, params)
    } catch {
      // The connection ends in this very moment; `closed` tells.
    }
  }
}

/** Messages that may go to a client that does not read, besides answers and what is told of its processes. */
const MORE_UNREAD = 1024
/** A process may tell this often before it stands still: its output, its exit, its end, and once more. */
const UNREAD_PER_PROCESS = 4
/** Longest id of a request in characters: it is kept, and goes back with the answer. */
const LONGEST_ID = 1024

function mostUnread({ maxPendingRequests, maxProcesses }: ServerSettings): number {
  return maxPendingRequests + UNREAD_PER_PROCESS * maxProcesses + MORE_UNREAD
}

/** Numbers beyond what JavaScript holds exactly would come back as others. */
function isWireId(id: RequestId | null): boolean {
  return typeof id === 'string' ? id.length <= LONGEST_ID : Number.isSafeInteger(id)
}

function refuseInvalid(error: Error): ResponseMessage {
  const isSyntax = error instanceof MessageParseError || error instanceof NoiseLineError
  const what = isSyntax ? 'it is not a JSON object' : 'it is no request, response or notification'
  const message = `failed to parse JSON-RPC message from exec-server client: ${what}`
  return { id: -1, error: { code: RPC_ERROR_NUMBERS.invalidRequest, message } }
}

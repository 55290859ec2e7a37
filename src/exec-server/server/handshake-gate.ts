import { RpcError } from '../../rpc/errors.js'
import type { ExecMethod } from '../protocol/index.js'

/** What a request before the handshake is told that it belongs to. */
function groupOf(method: ExecMethod): string {
  if (method.startsWith('fs/')) return 'filesystem'
  if (method.startsWith('http/')) return 'http'
  if (method === 'environment/info') return 'environment info'
  if (method === 'environment/status') return 'environment status'
  return 'exec'
}

/** What a notification of the client leads to. */
export type NotificationVerdict = 'ready' | 'ignore' | 'close'

/** The handshake of a connection: `initialize` once, then `initialized`, then everything else. */
export class HandshakeGate {
  #state: 'new' | 'initialized' | 'ready' = 'new'

  /** Lets an `initialize` pass. Throws an `RpcError` for the second one. */
  checkInitialize(): void {
    if (this.#state !== 'new')
      throw RpcError.invalidRequest('initialize may only be sent once per connection')
  }

  /** An `initialize` was answered with a result. One that was refused may be sent again. */
  initialized(): void {
    this.#state = 'initialized'
  }

  /** Lets any other request pass. Throws an `RpcError` before the handshake is complete. */
  check(method: ExecMethod): void {
    if (this.#state === 'ready') return
    const missing = this.#state === 'new' ? 'call initialize' : 'send initialized'
    throw RpcError.invalidRequest(`client must ${missing} before using ${groupOf(method)} methods`)
  }

  /** Judges a notification: only `initialized` is known, and only after `initialize`. */
  judge(method: string): NotificationVerdict {
    if (method !== 'initialized' || this.#state === 'new') return 'close'
    if (this.#state === 'ready') return 'ignore'
    this.#state = 'ready'
    return 'ready'
  }
}

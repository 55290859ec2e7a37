import type { RequestOptions } from '../../rpc/peer-options.js'
import type { CloseReason } from '../../rpc/transport.js'

/** What a link tells its owner. Neither may throw. */
export interface LinkEvents {
  /** A notification of the server, synchronously and in order of arrival. */
  readonly notified: (method: string, params: unknown) => void
  /** A request of the server; returns or resolves with the answer, or throws an `RpcError`. */
  readonly asked: (method: string, params: unknown, signal: AbortSignal) => unknown
  /** What went wrong without ending the link. */
  readonly problem: (error: Error) => void
}

/** One connection to a server, of whatever kind: messages without meaning. */
export interface ExecLink {
  /** Resolves with the reason when it has ended. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly closeReason: CloseReason | undefined
  /** Opens it. */
  start(): Promise<void>
  /** Sends a request; rejects as `RpcPeer.request` does. */
  request(method: string, params: unknown, options?: RequestOptions): Promise<unknown>
  /** Tells the server that the handshake is complete. Throws when the link has ended. */
  initialized(): void
  /** Ends it and releases what it holds. Idempotent, never rejects. */
  close(): Promise<void>
}

/** Makes a link that has not been started. */
export type LinkOpener = (events: LinkEvents) => ExecLink | Promise<ExecLink>

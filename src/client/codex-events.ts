import type { ServerNotification } from '../protocol/index.js'
import type { CloseReason } from '../rpc/transport.js'
import type { ConnectionRestored } from './reconnect/restorer.js'

/** Events of a client, with the arguments of their listeners. */
export interface CodexEvents {
  /** Every notification of the server, as it came. */
  readonly notification: readonly [message: ServerNotification]
  /** Something went wrong that ends nothing: a skipped line, a hook that threw, an answer to no request. */
  readonly diagnostic: readonly [error: Error]
  /** The connection was lost and is being made anew; only with the option `reconnect`. */
  readonly 'connection.lost': readonly [reason: CloseReason]
  /** A connection that was lost is back: these threads go on, those were lost. */
  readonly 'connection.restored': readonly [restored: ConnectionRestored]
  /** The connection has ended for good; every turn has settled. */
  readonly closed: readonly [reason: CloseReason]
}

/** The names of all {@link CodexEvents}. */
export const CODEX_EVENT_NAMES: readonly (keyof CodexEvents)[] = [
  'notification',
  'diagnostic',
  'connection.lost',
  'connection.restored',
  'closed',
]

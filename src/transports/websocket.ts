import { TransportClosedError } from '../rpc/errors.js'
import type { Transport } from '../rpc/transport.js'
import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOptions } from '../util/validate.js'
import { WebSocketTransport } from './websocket/connection.js'
import { buildHeaders, type CredentialOptions } from './websocket/headers.js'
import { checkSocketOptions, SOCKET_OPTION_NAMES, type SocketOptions } from './websocket/settings.js'
import type { SocketOpener } from './websocket/socket.js'
import { readTarget } from './websocket/target.js'
import { TLS_OPTION_NAMES, type WebSocketTlsOptions } from './websocket/tls.js'

export {
  WebSocketConnectError,
  WebSocketPingTimeoutError,
  WebSocketRefusedError,
} from './websocket/errors.js'
export {
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_MAX_SEND_BYTES,
  DEFAULT_PING_INTERVAL_MS,
  DEFAULT_PONG_TIMEOUT_MS,
  type SocketOptions,
} from './websocket/settings.js'
export type { WebSocketTlsOptions } from './websocket/tls.js'
export { type HostWebSocket, type WrapWebSocketOptions, wrapWebSocket } from './websocket/wrap.js'

/** Options of {@link webSocket}. */
export interface WebSocketOptions extends SocketOptions, CredentialOptions {
  /** How a `wss:` connection is secured. @default Node's own settings */
  readonly tls?: WebSocketTlsOptions | undefined
}

const KNOWN: Readonly<Record<keyof WebSocketOptions, true>> = {
  ...SOCKET_OPTION_NAMES,
  token: true,
  headers: true,
  allowInsecureToken: true,
  tls: true,
}

/**
 * A transport over a WebSocket, one JSON message each.
 *
 * The URL is `ws://`, `wss://`, or `http(s)://` for the same; `unix:///path` or `ws+unix:///path` is a unix socket,
 * its path taken as it is written. No Origin, subprotocol or compression is asked for, and no redirect is
 * followed. Binary messages are read as if they were text. Messages over 15 MiB leave in frames of 8 MiB.
 *
 * `start()` rejects with a `WebSocketRefusedError` when the other side answers with an HTTP status, and with
 * a `WebSocketConnectError` when no connection can be made. Throws `InvalidInputError` for a wrong URL or
 * option, such as a token that would travel unencrypted.
 */
export function webSocket(url: string | URL, options: WebSocketOptions = {}): Transport {
  const target = readTarget(url)
  const settings = checkSocketOptions(options)
  checkKnownKeys(options, KNOWN)
  const handshake = buildHeaders(options, target)
  checkOptions('tls', options.tls)
  checkKnownKeys(options.tls ?? {}, TLS_OPTION_NAMES, 'tls')
  if (options.tls !== undefined && !target.isTls) {
    throw new InvalidInputError('tls', options.tls, 'a wss: URL to use it for')
  }
  const dialOptions = { target, handshake, settings, tls: options.tls }
  const open: SocketOpener = async (sink, isWanted) => {
    const { dial } = await import('./websocket/dial.js')
    // Whoever closed meanwhile does not want its token sent.
    if (!isWanted()) throw new TransportClosedError('closed while starting')
    return dial(dialOptions, sink)
  }
  return new WebSocketTransport(target.label, open, settings)
}

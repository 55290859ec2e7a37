import { TransportClosedError } from '../../rpc/errors.js'
import type { Transport } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf } from '../../util/validate.js'
import { WebSocketTransport } from './connection.js'
import { NodeSocket, type NodeWebSocketLike } from './node-socket.js'
import {
  checkSocketOptions,
  DEFAULT_MAX_SEND_BYTES,
  SOCKET_OPTION_NAMES,
  type SocketOptions,
} from './settings.js'
import { StandardSocket, type StandardWebSocketLike } from './standard-socket.js'

/** A `WebSocket` of the package `ws`, of either side, or a standard one. */
export type HostWebSocket = NodeWebSocketLike | StandardWebSocketLike

/** Options of {@link wrapWebSocket}. */
export interface WrapWebSocketOptions extends SocketOptions {
  /**
   * Longest message in bytes that is sent; `send()` throws a `MessageEncodeError` for a longer one.
   * @default DEFAULT_MAX_SEND_BYTES, or 16 MiB for a standard socket, which cannot send it in parts
   */
  readonly maxSendBytes?: number | undefined
  /**
   * What a message that begins like one but is not valid JSON leads to: `close` ends the connection, `report`
   * gives a `MessageParseError` to `onerror`, which a peer answers as the specification asks of servers, and reads
   * on. @default 'close'
   */
  readonly invalidJson?: 'close' | 'report' | undefined
}

/** Most that an app-server takes in one frame. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024
const CLOSING = 2
const KNOWN: Readonly<Record<keyof WrapWebSocketOptions, true>> = {
  ...SOCKET_OPTION_NAMES,
  invalidJson: true,
}

/**
 * A transport over a socket that the host has made or accepted, open or still connecting.
 *
 * From `start()` on the transport owns the socket: it listens to it, sets its `binaryType`, and closes it
 * however the connection ends. Messages that arrive before `start()` are lost: start in the same tick in which the socket
 * was had. The limits of the host's socket apply before those given here; a message over `maxMessageBytes` is
 * skipped with an `OversizeMessageError`. A standard socket cannot be pinged, and is left to close by itself
 * when the other side does not answer in time. Throws `InvalidInputError` for a wrong socket or option.
 */
export function wrapWebSocket(socket: HostWebSocket, options: WrapWebSocketOptions = {}): Transport {
  const isNode = hasMethods(socket, ['send', 'close', 'ping', 'terminate', 'on', 'off'])
  if (!isNode && !hasMethods(socket, ['send', 'close', 'addEventListener', 'removeEventListener'])) {
    throw new InvalidInputError('socket', socket, 'a WebSocket')
  }
  checkOneOf('invalidJson', options?.invalidJson, ['close', 'report'])
  const settings = checkSocketOptions(options, isNode ? DEFAULT_MAX_SEND_BYTES : MAX_FRAME_BYTES)
  checkKnownKeys(options, KNOWN)
  return new WebSocketTransport(
    'the socket',
    async (sink) => {
      if (socket.readyState >= CLOSING) throw new TransportClosedError('the socket was closed before')
      return isNode
        ? new NodeSocket(socket as NodeWebSocketLike, sink)
        : new StandardSocket(socket as StandardWebSocketLike, sink)
    },
    settings,
    options.invalidJson === 'report',
  )
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  )
}

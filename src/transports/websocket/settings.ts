import { checkInteger, checkOptions, checkTimeoutMs } from '../../util/validate.js'

/** How long a connection may take to be made by default: 10,000 ms. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
/** How long a connection is left alone by default before it is pinged: 30,000 ms. */
export const DEFAULT_PING_INTERVAL_MS = 30_000
/** How long the other side may stay silent after a ping by default: 10,000 ms. */
export const DEFAULT_PONG_TIMEOUT_MS = 10_000
/** How long `close()` waits by default for the other side to close too: 2,000 ms. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 2_000
/** Longest message that is read by default: 128 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 128 * 1024 * 1024
/** Longest message that is sent by default: 64 MiB, the most that an app-server takes. */
export const DEFAULT_MAX_SEND_BYTES = 64 * 1024 * 1024

/** Longest string that can be made on every supported release of Node. */
const LONGEST_MESSAGE_BYTES = 0x1fff_ffe8

/** Options that every WebSocket transport takes. */
export interface SocketOptions {
  /**
   * How long the connection may take to be made, the name lookup, TLS and the opening handshake included, in
   * milliseconds; `Infinity` for no limit. @default DEFAULT_CONNECT_TIMEOUT_MS
   */
  readonly connectTimeoutMs?: number | undefined
  /**
   * How long after the last answer the other side is pinged, in milliseconds; `Infinity` for never.
   * A standard `WebSocket` cannot ping. @default DEFAULT_PING_INTERVAL_MS
   */
  readonly pingIntervalMs?: number | undefined
  /**
   * How long nothing at all may come after a ping before the connection counts as dead and is ended, in
   * milliseconds; `Infinity` for no limit. @default DEFAULT_PONG_TIMEOUT_MS
   */
  readonly pongTimeoutMs?: number | undefined
  /**
   * How long `close()` waits for the other side to take what was sent and to close too, in milliseconds, before
   * it breaks the connection off. @default DEFAULT_CLOSE_TIMEOUT_MS
   */
  readonly closeTimeoutMs?: number | undefined
  /**
   * Longest message in bytes that is read. A longer one ends the connection; one over a socket that was handed to
   * `wrapWebSocket`, which has read it already, is skipped. @default DEFAULT_MAX_MESSAGE_BYTES
   */
  readonly maxMessageBytes?: number | undefined
  /**
   * Longest message in bytes that is sent; `send()` throws a `MessageEncodeError` for a longer one, which an
   * app-server would answer by ending the connection. @default DEFAULT_MAX_SEND_BYTES
   */
  readonly maxSendBytes?: number | undefined
}

/** {@link SocketOptions}, checked and complete. */
export type SocketSettings = { readonly [K in keyof SocketOptions]-?: number }

/** The names of all {@link SocketOptions}. */
export const SOCKET_OPTION_NAMES: Readonly<Record<keyof SocketOptions, true>> = {
  connectTimeoutMs: true,
  pingIntervalMs: true,
  pongTimeoutMs: true,
  closeTimeoutMs: true,
  maxMessageBytes: true,
  maxSendBytes: true,
}

/** Fills in the defaults. Throws `InvalidInputError` for a wrong value. */
export function checkSocketOptions(
  options: SocketOptions,
  maxSendBytes = DEFAULT_MAX_SEND_BYTES,
): SocketSettings {
  checkOptions('options', options)
  const time = (name: keyof SocketOptions, fallback: number) => checkTimeoutMs(name, options[name], fallback)
  const size = (name: keyof SocketOptions, fallback: number) =>
    checkInteger(name, options[name], fallback, 1, LONGEST_MESSAGE_BYTES)
  return {
    connectTimeoutMs: time('connectTimeoutMs', DEFAULT_CONNECT_TIMEOUT_MS),
    pingIntervalMs: time('pingIntervalMs', DEFAULT_PING_INTERVAL_MS),
    pongTimeoutMs: time('pongTimeoutMs', DEFAULT_PONG_TIMEOUT_MS),
    closeTimeoutMs: time('closeTimeoutMs', DEFAULT_CLOSE_TIMEOUT_MS),
    maxMessageBytes: size('maxMessageBytes', DEFAULT_MAX_MESSAGE_BYTES),
    maxSendBytes: size('maxSendBytes', maxSendBytes),
  }
}

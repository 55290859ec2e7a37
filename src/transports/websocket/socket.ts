/** What a socket tells its owner. Each is called only until `closed` was. */
export interface SocketSink {
  /** Messages can be sent. */
  opened(): void
  /** A message came. */
  message(text: string): void
  /** A ping was answered. */
  pong(): void
  /** The connection failed, or could not be made. */
  failed(error: Error): void
  /** The connection has ended: with a code and reason of the closing handshake, or 1006 without one. */
  closed(code: number, reason: string): void
}

/** A WebSocket of whatever make, reduced to what a transport needs. */
export interface MessageSocket {
  /** Whether messages can be sent. */
  readonly isOpen: boolean
  /** Grows with whatever arrives. */
  readonly received: number
  /** Bytes that wait to be written. */
  readonly bufferedBytes: number
  /** Resolves when the connection has ended and nothing of this listens to the socket any more. */
  readonly closed: Promise<void>
  /** Sends a text; returns a promise while much waits to be written. It resolves when less does, or at the end. */
  send(text: string): void | Promise<void>
  /** Asks for a sign of life. Absent where a socket cannot. */
  ping?(): void
  /** Begins the closing handshake. */
  close(code: number): void
  /** Ends the connection at once, as far as that can be done. */
  terminate(): void
}

/**
 * Makes or takes a socket and tells the sink of it from then on. May reject where no socket is wanted any more: its
 * owner may have closed before it was made.
 */
export type SocketOpener = (sink: SocketSink, isWanted: () => boolean) => Promise<MessageSocket>

/** Above this many bytes that wait to be written, senders are asked to wait: 256 KiB. */
export const HIGH_WATER_BYTES = 256 * 1024

/**
 * A JSON-RPC message as it travels: a request, a response, a notification, or a batch of them.
 * Transports move it without looking inside.
 */
export type WireMessage = object

/** Why a connection ended. Plain data: it can be logged, compared and passed on. */
export interface CloseReason {
  /**
   * - `local`: this side called `close()`.
   * - `remote`: the other side ended the connection (end of stream, closing handshake, process exit).
   * - `error`: the connection broke or the other side violated the protocol; `cause` says how.
   */
  readonly kind: 'local' | 'remote' | 'error'
  /** One sentence for people, free of secrets. */
  readonly message: string
  /** The error behind an `error` close, when there is one. */
  readonly cause?: Error
  /** Exit code, when the other side was a child process that exited by itself. */
  readonly exitCode?: number
  /** Signal that ended the child process, for example `SIGKILL`. */
  readonly signal?: string
  /** Last part of what a child process wrote to its error stream, redacted. */
  readonly stderrTail?: string
  /** Length in bytes of an unfinished message that the close cut off; absent when there was none. */
  readonly partialBytes?: number
  /** Status code of a closing handshake, for transports that have one (WebSocket). */
  readonly closeCode?: number
}

/**
 * Moves whole messages between two ends and knows nothing else: no ids, no methods, no retries.
 *
 * The owner assigns the three callbacks, then calls {@link start} once. A transport
 * - calls no callback before `start()` or `close()`, and none after `onclose`;
 * - delivers messages synchronously and in order, as many as one read of the underlying stream brings;
 * - calls `onclose` exactly once, whatever ends the connection: before `start()` rejects when it fails, and
 *   during `close()` when this side ends it.
 *
 * The callbacks must not throw; those of a peer never do.
 */
export interface Transport {
  /**
   * Opens the connection and begins delivery. Resolves when messages can be sent.
   * Rejects when the connection cannot be made, after `onclose`.
   */
  start(): Promise<void>
  /**
   * Sends one message. Returns nothing when it was handed on at once, or a promise that resolves when the
   * other side has drained enough for more, or the connection has ended; callers may ignore it, and it does
   * not reject. Throws a `TransportClosedError` when the connection is not open, and a `MessageEncodeError`
   * when the message cannot be written.
   */
  send(message: WireMessage): void | Promise<void>
  /** Ends the connection and releases everything it holds. Resolves when that is done. Idempotent. */
  close(): Promise<void>
  /** Receives each message. */
  onmessage?: ((message: WireMessage) => void) | undefined
  /** Receives problems that do not end the connection, such as a skipped line. */
  onerror?: ((error: Error) => void) | undefined
  /** Told once, when the connection has ended. */
  onclose?: ((reason: CloseReason) => void) | undefined
}

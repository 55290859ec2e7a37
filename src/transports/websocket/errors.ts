import { ConduitError, type ConduitErrorOptions } from '../../util/errors.js'

/** What all errors about a connection that was not made have in common. */
interface ConnectFields {
  /** Where to, without user, password, query and other secrets. */
  readonly url: string
}

/** The other side answered the request for a WebSocket with an HTTP status, such as 401 or 403. */
export class WebSocketRefusedError extends ConduitError {
  readonly code = 'WEBSOCKET_REFUSED'
  /** Where to, without user, password, query and other secrets. */
  readonly url: string
  /** The HTTP status: 401 for a missing or wrong token, 403 for a forbidden Origin, or any other. */
  readonly statusCode: number
  /** When to try again, in milliseconds, if the other side said so. */
  readonly retryAfterMs: number | undefined

  constructor(
    fields: ConnectFields & {
      readonly statusCode: number
      readonly statusText: string
      /** Beginning of the body, redacted. */
      readonly body: string
      readonly retryAfterMs?: number | undefined
    },
    options?: ConduitErrorOptions,
  ) {
    const status = `${fields.statusCode} ${fields.statusText}`.trim()
    super(
      `${fields.url} refused the connection: unexpected server response: ${status}${fields.body && ` (${fields.body})`}`,
      options,
    )
    this.url = fields.url
    this.statusCode = fields.statusCode
    this.retryAfterMs = fields.retryAfterMs
  }
}

/** The connection could not be made. `cause` is what the system or the handshake failed with. */
export class WebSocketConnectError extends ConduitError {
  readonly code = 'WEBSOCKET_CONNECT_FAILED'
  /** Where to, without user, password, query and other secrets. */
  readonly url: string
  /**
   * The system's name for the failure, when there is one: `ECONNREFUSED`, `ENOENT` (no such socket),
   * `ENOTFOUND`, `ETIMEDOUT` (the connect timeout included), or the name of a TLS problem.
   */
  readonly errno: string | undefined

  constructor(
    fields: ConnectFields & { readonly why: string; readonly errno?: string | undefined },
    options?: ConduitErrorOptions,
  ) {
    super(`could not connect to ${fields.url}: ${fields.why}`, options)
    this.url = fields.url
    this.errno = fields.errno
  }
}

/** The other side fell silent: nothing came from it, not even the answer to a ping. */
export class WebSocketPingTimeoutError extends ConduitError {
  readonly code = 'WEBSOCKET_PING_TIMEOUT'
  /** How long the answer was waited for. */
  readonly pongTimeoutMs: number

  constructor(pongTimeoutMs: number) {
    super(`the connection is half-open: nothing came within ${pongTimeoutMs} ms of a ping`)
    this.pongTimeoutMs = pongTimeoutMs
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Transport } from '../../../rpc/transport.js'
import { isLoopback } from '../../../transports/websocket/target.js'
import { wrapWebSocket } from '../../../transports/websocket/wrap.js'
import { deferred } from '../../../util/deferred.js'
import { ConduitError, InvalidInputError } from '../../../util/errors.js'
import {
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkString,
  checkTimeoutMs,
} from '../../../util/validate.js'
import type { ExecServerConnection } from '../accepted-connection.js'
import { type Authorizer, authorizer, type ExecServerAuth } from './auth.js'
import { Newcomers } from './newcomers.js'

/** Connections of a listener at the same time by default: 128. */
export const DEFAULT_MAX_CONNECTIONS = 128
/** How long a client may take by default until its connection is a WebSocket: 10,000 ms. */
export const DEFAULT_UPGRADE_TIMEOUT_MS = 10_000
/** Longest message that is read by default: 64 MiB. */
export const DEFAULT_MAX_REQUEST_BYTES = 64 * 1024 * 1024

/** Longest string that can be made on every supported release of Node. */
const LONGEST_MESSAGE_BYTES = 0x1fff_ffe8

/** Options of `ExecServer.listenWebSocket`. */
export interface ListenWebSocketOptions {
  /** Address to listen on. One beyond this machine is refused without `auth`. @default '127.0.0.1' */
  readonly host?: string | undefined
  /** Port to listen on; 0 lets the system choose. @default 0 */
  readonly port?: number | undefined
  /** What clients must show to be let in. @default nothing */
  readonly auth?: ExecServerAuth | undefined
  /** Longest message in bytes that is read; a longer one ends its connection. @default DEFAULT_MAX_REQUEST_BYTES */
  readonly maxMessageBytes?: number | undefined
  /**
   * Connections at the same time; further ones are refused with 503. As many again may be on their way to become
   * one: for one more, the one that is longest on its way is broken off.
   * @default DEFAULT_MAX_CONNECTIONS
   */
  readonly maxConnections?: number | undefined
  /**
   * How long a client may take until its connection is a WebSocket, in milliseconds, `Infinity` for no limit; then
   * the connection is broken off.
   * @default DEFAULT_UPGRADE_TIMEOUT_MS
   */
  readonly upgradeTimeoutMs?: number | undefined
}

/** A listener of an `ExecServer`. */
export interface ExecServerListener {
  /** Where clients connect to, for example `ws://127.0.0.1:4500`. */
  readonly url: string
  readonly port: number
  /** Resolves when it has been closed. Never rejects. */
  readonly closed: Promise<void>
  /** Listens no more and ends the connections that came this way. Idempotent, never rejects. */
  close(): Promise<void>
}

/** The address could not be listened on. */
export class ListenError extends ConduitError {
  readonly code = 'LISTEN_FAILED'
  /** The system's name for it: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, … */
  readonly errno: string

  constructor(place: string, cause: Error) {
    const errno = (cause as NodeJS.ErrnoException).code ?? 'UNKNOWN'
    super(`cannot listen on ${place}: ${errno}`, { cause })
    this.errno = errno
  }
}

const KNOWN: Readonly<Record<keyof ListenWebSocketOptions, true>> = {
  host: true,
  port: true,
  auth: true,
  maxMessageBytes: true,
  maxConnections: true,
  upgradeTimeoutMs: true,
}

/** Listens, and hands each connection that is let in to `accept`. `onError` is told what goes wrong, and must not throw. */
export async function listenWebSocket(
  options: ListenWebSocketOptions,
  accept: (transport: Transport) => ExecServerConnection,
  onError: (error: Error) => void,
): Promise<ExecServerListener> {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  checkString('host', options.host)
  const { host = '127.0.0.1' } = options
  const port = checkInteger('port', options.port, 0, 0, 65_535)
  const maxConnections = checkInteger('maxConnections', options.maxConnections, DEFAULT_MAX_CONNECTIONS, 1)
  const maxMessageBytes = checkInteger(
    'maxMessageBytes',
    options.maxMessageBytes,
    DEFAULT_MAX_REQUEST_BYTES,
    1,
    LONGEST_MESSAGE_BYTES,
  )
  const upgradeTimeoutMs = checkTimeoutMs(
    'upgradeTimeoutMs',
    options.upgradeTimeoutMs,
    DEFAULT_UPGRADE_TIMEOUT_MS,
  )
  const authorize = authorizer(options.auth)
  if (options.auth === undefined && !isLoopback(hostInUrl(host))) {
    throw new InvalidInputError('host', host, 'an address of this machine (127.0.0.0/8, ::1), or `auth`')
  }
  const { WebSocketServer } = await import('ws')
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, clientTracking: false })
  const http = createServer(answerPlain)
  const limits = { maxConnections, maxMessageBytes, upgradeTimeoutMs }
  const listener = new Listener(http, sockets, { ...limits, authorize, accept })
  await listening(http, host, port)
  // Such as EMFILE for a connection that could not be taken. The others go on.
  http.on('error', onError)
  listener.listens(host)
  return listener
}

interface ListenerSettings {
  readonly authorize: Authorizer
  readonly maxConnections: number
  readonly maxMessageBytes: number
  readonly upgradeTimeoutMs: number
  readonly accept: (transport: Transport) => ExecServerConnection
}

class Listener implements ExecServerListener {
  readonly closed: Promise<void>
  url = ''
  port = 0
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly #settings: ListenerSettings
  readonly #newcomers: Newcomers
  readonly #connections = new Set<ExecServerConnection>()
  readonly #closed = deferred<void>()
  #closing: Promise<void> | undefined

  constructor(http: Server, sockets: WebSocketServer, settings: ListenerSettings) {
    this.#http = http
    this.#sockets = sockets
    this.#settings = settings
    this.#newcomers = new Newcomers(settings.maxConnections, settings.upgradeTimeoutMs)
    this.closed = this.#closed.promise
    http.on('connection', (socket) => this.#newcomers.add(socket))
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  listens(host: string): void {
    this.port = (this.#http.address() as AddressInfo).port
    this.url = `ws://${hostInUrl(host)}:${this.port}`
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener a reset during the handshake would end the program.
    socket.on('error', () => {})
    const status = this.#refusal(request)
    if (status !== undefined) {
      const text = STATUS_CODES[status]
      // A client that does not close would hold up the end of the listener.
      socket.once('finish', () => socket.destroy())
      socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#newcomers.delete(socket)
      const { maxMessageBytes, accept } = this.#settings
      let connection: ExecServerConnection
      try {
        connection = accept(
          wrapWebSocket(webSocket, {
            maxMessageBytes,
            // What goes out is bounded where it is made, such as by maxReadFileBytes.
            maxSendBytes: LONGEST_MESSAGE_BYTES,
            invalidJson: 'report',
          }),
        )
      } catch {
        // The server was closed in this very moment.
        webSocket.terminate()
        return
      }
      this.#connections.add(connection)
      void connection.closed.then(() => this.#connections.delete(connection))
    })
  }

  /** The status that a connection is refused with. Browsers always send an Origin: no page may come in. */
  #refusal({ headers, url }: IncomingMessage): number | undefined {
    if (headers.origin !== undefined) return 403
    if (url !== '/') return 404
    if (!this.#settings.authorize(headers.authorization)) return 401
    return this.#closing || this.#connections.size >= this.#settings.maxConnections ? 503 : undefined
  }

  async #close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    this.#newcomers.end()
    await Promise.all(
      [...this.#connections].map(async (connection) => {
        await connection.close()
        await connection.closed
      }),
    )
    await gone
    this.#closed.resolve()
  }
}

function answerPlain({ headers, url, method }: IncomingMessage, response: ServerResponse): void {
  const status = headers.origin !== undefined ? 403 : url === '/readyz' && method === 'GET' ? 200 : 404
  response.writeHead(status, { connection: 'close' }).end()
}

function hostInUrl(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

function listening(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new ListenError(`${host}:${port}`, error))
    http.once('error', fail)
    http.listen(port, host.replace(/^\[|\]$/g, ''), () => {
      http.off('error', fail)
      resolve()
    })
  })
}

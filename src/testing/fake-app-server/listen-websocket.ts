import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Transport } from '../../rpc/transport.js'
import { wrapWebSocket } from '../../transports/websocket.js'
import { checkInteger, checkKnownKeys, checkOptions } from '../../util/validate.js'

/** Settings of `fake.listenWebSocket`. */
export interface WebSocketListenOptions {
  /** Port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number
}

/** A fake server that listens on a WebSocket. */
export interface WebSocketListener extends AsyncDisposable {
  /** Where it listens, for example `ws://127.0.0.1:40123`. */
  readonly url: string
  /** Ends its connections and frees the port. Idempotent, never rejects. */
  close(): Promise<void>
}

/** Most that Codex takes in one message: 64 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
const HEALTH_PATHS = ['/readyz', '/healthz']

/** Listens on loopback and hands on each connection as a transport that nobody has started. */
export async function listenWebSocket(
  options: WebSocketListenOptions,
  serve: (transport: Transport) => Promise<void>,
): Promise<WebSocketListener> {
  checkOptions('options', options)
  checkKnownKeys(options, { port: true })
  const port = checkInteger('port', options.port, 0, 0, 65_535)
  const server = createServer((request, response) => {
    response.statusCode = HEALTH_PATHS.includes(request.url ?? '') ? 200 : 404
    response.end()
  })
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
  server.on('upgrade', (request, socket, head) => {
    // A socket that breaks here has nobody to tell, and would end the program.
    socket.on('error', () => {})
    // A page of a browser must not reach it, as it cannot reach Codex.
    if (request.headers.origin !== undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      // One that breaks before it is served has nobody to tell.
      serve(wrapWebSocket(connection)).catch(() => connection.terminate())
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      const gone = once(server, 'close')
      server.close()
      // Codex that ends closes no socket properly either.
      for (const connection of sockets.clients) connection.terminate()
      server.closeAllConnections()
      await gone
    })()
    return closing
  }
  return { url, close, [Symbol.asyncDispose]: close }
}

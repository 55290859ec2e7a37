import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

/** A WebSocket server of the test. */
export interface ServerDouble {
  readonly url: string
  readonly port: number
  /** The connections, in order of arrival. */
  readonly sockets: WebSocket[]
  /** The headers of their opening handshakes. */
  readonly headers: IncomingHttpHeaders[]
  /** Resolves with the next connection. */
  next(): Promise<WebSocket>
}

/** Starts a WebSocket server on loopback; it is gone when the test is over. */
export async function serve(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void = () => {},
  options: ServerOptions = {},
): Promise<ServerDouble> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, ...options })
  const sockets: WebSocket[] = []
  const headers: IncomingHttpHeaders[] = []
  server.on('connection', (socket, request) => {
    socket.on('error', () => {})
    sockets.push(socket)
    headers.push(request.headers)
    onConnection(socket, request)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
  if (!options.server) await once(server, 'listening')
  const { port } = (options.server ?? server).address() as AddressInfo
  const next = async () => (await once(server, 'connection'))[0] as WebSocket
  return { url: `ws://127.0.0.1:${port}`, port, sockets, headers, next }
}

/** Starts a server that answers each request in its own way, and never with a WebSocket. */
export async function serveHttp(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a server of plain connections. */
export async function serveRaw(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createNetServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  const sockets: Socket[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A port on loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An echo: answers requests with their params, as a peer does. */
export function echo(socket: WebSocket): void {
  socket.on('message', (data) => {
    const { id, params } = JSON.parse(String(data)) as { id: number; params: unknown }
    socket.send(JSON.stringify({ id, result: params ?? null }))
  })
}

/** The TCP connections that this process has, of either side. */
export function openConnections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

/** The timers of this process that keep it alive. */
export function liveTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

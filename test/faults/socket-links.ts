import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { webSocket } from '../../src/transports/websocket.js'
import { FaultServer, type Plan, type Port } from '../fixtures/fault-server.mjs'
import { type Links, MAX_BYTES, noCounterpart } from './link.js'

/** A WebSocket server for all links of a kind, over TCP or a unix socket; each connection names its plan. */
export async function socketLinks(path: string | undefined): Promise<Links> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  const plans: Plan[] = []
  const connections = new Map<number, Socket>()
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const index = Number(new URL(request.url ?? '', 'ws://x').searchParams.get('plan'))
    connections.set(index, request.socket)
    const server = new FaultServer(socketPort(socket, request.socket), plans[index] ?? {})
    socket.on('message', (data) => server.receive(JSON.parse(String(data)) as object))
    // What a broken connection tells the server is no concern of these tests.
    socket.on('error', () => {})
  })
  http.listen(path ?? { host: '127.0.0.1', port: 0 })
  await once(http, 'listening')
  const base = path ? `ws+unix://${path}:` : `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    open(plan) {
      const index = plans.push(plan) - 1
      const transport = webSocket(`${base}/?plan=${index}`, {
        maxMessageBytes: MAX_BYTES,
        closeTimeoutMs: 500,
        // A short patience only where silence is the fault: a busy machine is silent for a while too.
        ...(JSON.stringify(plan).includes('"freeze"') ? { pingIntervalMs: 200, pongTimeoutMs: 1_500 } : {}),
      })
      return {
        transport,
        async gone() {
          await transport.close()
          const socket = connections.get(index)
          if (!socket || socket.closed) return
          // A frozen server does not see the end, as a machine that has lost its network does not.
          const closed = once(socket, 'close')
          if (socket.isPaused()) socket.destroy()
          await closed
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function socketPort(socket: WebSocket, connection: Socket): Port {
  /** Ends the connection as the end of its process does: without a closing handshake. */
  const hangUp = () => void connection.end(() => connection.destroy())
  let isCut = false
  return {
    text: (text) => socket.send(text),
    cut: (text) => {
      isCut = true
      connection.write(frameOf(text).subarray(0, text.length / 2))
    },
    long: (message, bytes) => socket.send(JSON.stringify({ ...message, padding: 'x'.repeat(bytes) })),
    // A server that ends in order says so; one that fails, or is killed, does not.
    exit: (code) => (code === 0 && !isCut ? socket.close(1001) : hangUp()),
    kill: hangUp,
    eof: () => void connection.end(),
    freeze: () => void connection.pause(),
    heir: () => noCounterpart('heir'),
    deaf: () => noCounterpart('deaf'),
  }
}

/** One text frame, as a server sends it. */
function frameOf(text: string): Buffer {
  const body = Buffer.from(text)
  const head = body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from(head), body])
}

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that a test can break. */
export interface CutProxy extends AsyncDisposable {
  /** Where to connect instead. */
  readonly url: string
  /** Breaks every connection at once, without a closing handshake. */
  cut(): void
  /** Connections from here on are refused until {@link CutProxy.allow}. */
  refuse(): void
  allow(): void
}

/** Stands between a client and a WebSocket server on loopback. */
export async function cutProxy(target: string): Promise<CutProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isRefusing = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (isRefusing) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    refuse: () => {
      isRefusing = true
    },
    allow: () => {
      isRefusing = false
    },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

import { once } from 'node:events'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { MessageEncodeError, TransportClosedError } from '../../src/rpc/index.js'
import type { StandardWebSocketLike } from '../../src/transports/websocket/standard-socket.js'
import { type HostWebSocket, wrapWebSocket } from '../../src/transports/websocket.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { peerOver, record } from './helpers.js'
import { echo, serve, serveHttp } from './websocket-support.js'

beforeEach(failOnUnhandled)

/** A client of the package ws; it is gone when the test is over. */
function client(url: string): WebSocket {
  const socket = new WebSocket(url)
  onTestFinished(() => {
    socket.on('error', () => {})
    socket.terminate()
  })
  return socket
}

/** Only what the standard has of a WebSocket. */
class StandardSocketDouble implements StandardWebSocketLike {
  readonly #socket: WebSocket

  constructor(url: string) {
    this.#socket = client(url)
  }

  get readyState() {
    return this.#socket.readyState
  }

  get bufferedAmount() {
    return this.#socket.bufferedAmount
  }

  get binaryType() {
    return this.#socket.binaryType
  }

  set binaryType(type) {
    this.#socket.binaryType = type as 'arraybuffer'
  }

  send(data: string) {
    this.#socket.send(data)
  }

  close(code?: number) {
    this.#socket.close(code)
  }

  addEventListener(type: string, listener: (event: object) => void) {
    this.#socket.addEventListener(type as 'message', listener as () => void)
  }

  removeEventListener(type: string, listener: (event: object) => void) {
    this.#socket.removeEventListener(type as 'message', listener as () => void)
  }
}

const MAKES = [
  ['of the package ws', client],
  ['of the standard', (url: string) => new StandardSocketDouble(url)],
] as const satisfies readonly (readonly [string, (url: string) => HostWebSocket])[]

describe.each(MAKES)('a socket %s', (_, make) => {
  test('that still connects becomes a transport, which closes it', async () => {
    const server = await serve(echo)
    const { peer } = await peerOver(wrapWebSocket(make(server.url)))
    expect(await peer.request('echo', { text: 'é'.repeat(100_000) })).toHaveProperty('text')
    const closed = once(server.sockets[0] ?? expect.fail(), 'close')
    await peer.close()
    expect((await closed)[0]).toBe(1000)
  })

  test('that cannot connect makes the start fail, once', async () => {
    const url = await serveHttp((_request, response) => void response.writeHead(401).end())
    const transport = wrapWebSocket(make(url))
    const seen = record(transport)
    await expect(transport.start()).rejects.toMatchObject({ code: 'WEBSOCKET_CONNECT_FAILED' })
    expect(seen.reasons).toMatchObject([{ kind: 'error' }])
  })

  test('that is closed already is refused by the start', async () => {
    const { url } = await serve((socket) => socket.close())
    const socket = make(url)
    await new Promise<void>((resolve) => {
      socket instanceof WebSocket ? socket.on('close', () => resolve()) : listen(socket, 'close', resolve)
    })
    const transport = wrapWebSocket(socket)
    const seen = record(transport)
    await expect(transport.start()).rejects.toThrow(TransportClosedError)
    expect(seen.reasons).toHaveLength(1)
  })

  test('keeps code and reason of the other side', async () => {
    const { url } = await serve((socket) => {
      socket.on('message', () => socket.close(4002, 'enough'))
    })
    const transport = wrapWebSocket(make(url))
    const seen = record(transport)
    await transport.start()
    transport.send({ n: 1 })
    expect(await seen.closed).toMatchObject({ kind: 'remote', closeCode: 4002 })
    expect(seen.reasons[0]?.message).toContain('enough')
  })

  test('skips what is too long and rejects the request it answers; what is no message ends it', async () => {
    const { url } = await serve((socket) => {
      socket.on('message', () => {
        socket.send(JSON.stringify({ id: 1, result: 'x'.repeat(5_000) }))
        socket.send(Buffer.from('{"method":"binary"}'))
        socket.send('{"broken')
      })
    })
    const { peer, errors } = await peerOver(wrapWebSocket(make(url), { maxMessageBytes: 1_000 }))
    const methods: string[] = []
    peer.listen('binary', () => void methods.push('binary'))
    await expect(peer.request('big')).rejects.toMatchObject({ code: 'MESSAGE_OVERSIZE', responseId: 1 })
    expect(await peer.closed).toMatchObject({ kind: 'error', cause: { code: 'MESSAGE_PARSE' } })
    expect(methods).toEqual(['binary'])
    expect(errors).toHaveLength(1)
  })

  test('asks senders to wait, and frees them', async () => {
    const { url, sockets } = await serve()
    const transport = wrapWebSocket(make(url))
    record(transport)
    await transport.start()
    sockets[0]?.pause()
    const waits: Promise<void>[] = []
    while (waits.length < 2) {
      const wait = transport.send({ text: 'x'.repeat(1_000_000) })
      if (wait) waits.push(wait)
    }
    sockets[0]?.resume()
    await Promise.all(waits)
  })

  test('whose other side does not answer close() is let go of', async () => {
    const { url, sockets } = await serve()
    const transport = wrapWebSocket(make(url), { closeTimeoutMs: 20 })
    record(transport)
    await transport.start()
    sockets[0]?.pause()
    await transport.close()
  })
})

test('a server’s own end of a connection can be taken over', async () => {
  const server = await serve((socket) => {
    void peerOver(wrapWebSocket(socket), { onRequest: (method) => `served ${method}` })
  })
  const { peer } = await peerOver(wrapWebSocket(client(server.url)))
  expect(await peer.request('hello')).toBe('served hello')
})

test('a socket of the package ws is pinged, and has no listener of the transport left', async () => {
  const server = await serve()
  const socket = client(server.url)
  const own = socket.eventNames().length
  const transport = wrapWebSocket(socket, { pingIntervalMs: 5 })
  record(transport)
  await transport.start()
  await once(server.sockets[0] ?? expect.fail(), 'ping')
  await transport.close()
  expect(socket.eventNames()).toHaveLength(own)
})

test('a standard socket refuses what an app-server would not take in one frame', async () => {
  const { url } = await serve()
  const transport = wrapWebSocket(new StandardSocketDouble(url))
  record(transport)
  await transport.start()
  expect(() => transport.send({ text: 'x'.repeat(16 * 1024 * 1024) })).toThrow(MessageEncodeError)
})

function listen(socket: StandardSocketDouble, type: string, listener: () => void): void {
  socket.addEventListener(type, listener)
}

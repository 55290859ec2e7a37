import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import net, { type Socket } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { TransportClosedError } from '../../src/rpc/index.js'
import { webSocket } from '../../src/transports/websocket.js'
import { deferred } from '../../src/util/deferred.js'
import { temporaryFolder } from '../process/helpers.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'
import { peerOver, record } from './helpers.js'
import { echo, liveTimers, serve, serveRaw } from './websocket-support.js'

beforeEach(failOnUnhandled)

describe('a server that works', () => {
  test('answers requests, and the connection ends with a closing handshake', async () => {
    const timers = liveTimers()
    const server = await serve(echo)
    const { peer, errors } = await peerOver(webSocket(server.url))
    const texts = ['a', 'é', '😀', '\u2028', 'x'.repeat(300_000)]
    expect(await Promise.all(texts.map((text) => peer.request('echo', { text })))).toEqual(
      texts.map((text) => ({ text })),
    )
    const closed = once(server.sockets[0] ?? expect.fail(), 'close')
    await peer.close()
    expect((await closed)[0]).toBe(1000)
    expect(await peer.closed).toEqual({ kind: 'local', message: 'closed by this side' })
    expect(errors).toEqual([])
    await macrotask()
    expect(liveTimers()).toBeLessThanOrEqual(timers)
  })

  test('sees the token and further headers, but no Origin, subprotocol or compression', async () => {
    const server = await serve()
    const transport = webSocket(server.url, { token: 'tok-1.2_3~4', headers: { 'X-Trace': 'a b' } })
    record(transport)
    await transport.start()
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer tok-1.2_3~4', 'x-trace': 'a b' })
    for (const name of ['origin', 'sec-websocket-protocol', 'sec-websocket-extensions']) {
      expect(server.headers[0]).not.toHaveProperty(name)
    }
  })

  test.each(['http', 'HTTP', 'ws'])('is reached by a URL that begins with %s', async (scheme) => {
    const server = await serve(echo)
    const { peer } = await peerOver(webSocket(server.url.replace('ws', scheme)))
    expect(await peer.request('echo', 1)).toBe(1)
  })

  test('gets user and password of the URL, decoded', async () => {
    const server = await serve()
    const transport = webSocket(server.url.replace('//', '//me:p%40ss@'))
    record(transport)
    await transport.start()
    expect(server.headers[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  test.each([
    ['unix://', ''],
    ['ws+unix://', ''],
    ['ws+unix:', ':/a/path?q=1'],
  ])('is reached on a unix socket by %sPATH%s, whatever its name', async (scheme, httpPath) => {
    const path = join(temporaryFolder(), 'so?ck%20 é#.sock')
    const http = createServer().listen(path)
    await once(http, 'listening')
    onTestFinished(() => void http.close())
    const urls: (string | undefined)[] = []
    serveOn(http, urls)
    const { peer } = await peerOver(webSocket(`${scheme}${path}${httpPath}`, { token: 'secret' }))
    expect(await peer.request('echo', 'hi')).toBe('hi')
    expect(urls).toEqual([httpPath === '' ? '/' : '/a/path?q=1'])
  })

  test('may send messages of any layout, in parts, as binary, many at once and with its opening', async () => {
    const server = await serve((socket) => {
      socket.send('{"first":1}')
      socket.send('\n {\n "a" :\n 1 } \n')
      socket.send(Buffer.from('{"binary":"é"}'))
      const bytes = Buffer.from('{"parts":"é"}')
      socket.send(bytes.subarray(0, 11), { binary: false, fin: false })
      socket.ping()
      socket.send(bytes.subarray(11), { binary: false, fin: true })
      socket.send('')
      socket.send('[{"batch":1}]')
      socket.close(1000, 'done')
    })
    const transport = webSocket(server.url)
    const seen = record(transport)
    await transport.start()
    await seen.closed
    expect(seen.messages).toEqual([{ first: 1 }, { a: 1 }, { binary: 'é' }, { parts: 'é' }, [{ batch: 1 }]])
    expect(seen.errors).toEqual([])
  })
})

describe('the start', () => {
  test('happens once', async () => {
    const server = await serve()
    const transport = webSocket(server.url)
    record(transport)
    const starting = transport.start()
    expect(transport.start()).toBe(starting)
    await starting
    await transport.start()
    expect(server.sockets).toHaveLength(1)
  })

  test('is refused after close(), and nothing is connected', async () => {
    const server = await serve()
    const transport = webSocket(server.url)
    const seen = record(transport)
    await transport.close()
    await expect(transport.start()).rejects.toThrow(TransportClosedError)
    expect(seen.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
    expect(server.sockets).toEqual([])
  })

  test('connects nowhere when it is closed before it could begin to', async () => {
    const server = await serve()
    const connect = vi.spyOn(net, 'connect')
    onTestFinished(() => connect.mockRestore())
    const transport = webSocket(server.url, { token: 'secret' })
    const refused = expect(transport.start()).rejects.toThrow(TransportClosedError)
    await transport.close()
    await refused
    expect(connect).not.toHaveBeenCalled()
    const other = webSocket(server.url)
    await other.start()
    expect(connect).toHaveBeenCalledOnce()
    await other.close()
  })

  test('is given up by close() at once', async () => {
    const server = await serve()
    const transport = webSocket(server.url)
    const seen = record(transport)
    const refused = expect(transport.start()).rejects.toThrow('closed while starting')
    await transport.close()
    await refused
    expect(seen.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
    expect(server.sockets).toEqual([])
  })

  test('is given up by close() in the opening handshake, and the connection with it', async () => {
    const accepted = deferred<Socket>()
    const transport = webSocket(await serveRaw(accepted.resolve))
    const seen = record(transport)
    const refused = expect(transport.start()).rejects.toThrow('closed while starting')
    const closed = once(await accepted.promise, 'close')
    await transport.close()
    await refused
    await closed
    expect(seen.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
  })
})

describe('close()', () => {
  test('may be called often and at once, and nothing can be sent afterwards', async () => {
    const server = await serve()
    const transport = webSocket(server.url)
    const seen = record(transport)
    await transport.start()
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    expect(seen.reasons).toHaveLength(1)
    expect(() => transport.send({})).toThrow(TransportClosedError)
  })

  test('lets the other side have what was sent just before', async () => {
    const server = await serve()
    const transport = webSocket(server.url)
    record(transport)
    await transport.start()
    const received: number[] = []
    const socket = server.sockets[0] ?? expect.fail()
    socket.on('message', (data) => received.push(String(data).length))
    const closed = once(socket, 'close')
    const text = 'x'.repeat(1_000_000)
    for (let count = 0; count < 5; count += 1) transport.send({ text })
    await transport.close()
    await closed
    expect(received).toEqual(Array(5).fill(1_000_011))
  })

  test('breaks off a connection whose other side does not answer it', async () => {
    const server = await serve((socket) => socket.pause())
    const transport = webSocket(server.url, { closeTimeoutMs: 20 })
    const seen = record(transport)
    await transport.start()
    const socket = server.sockets[0] ?? expect.fail()
    await transport.close()
    expect(seen.reasons).toMatchObject([{ kind: 'local' }])
    const closed = once(socket, 'close')
    socket.resume()
    await closed
  })

  test('inside a callback is the last that the owner hears', async () => {
    const server = await serve((socket) => {
      for (const n of [1, 2, 3]) socket.send(JSON.stringify({ n }))
    })
    const transport = webSocket(server.url)
    const seen = record(transport)
    const messages: unknown[] = []
    transport.onmessage = (message) => {
      messages.push(message)
      void transport.close()
    }
    await transport.start().catch(() => {})
    await seen.closed
    await transport.close()
    expect(messages).toEqual([{ n: 1 }])
    expect(seen.reasons).toMatchObject([{ kind: 'local' }])
  })
})

function serveOn(server: Server, urls: (string | undefined)[]): void {
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    urls.push(request.url)
    echo(socket)
  })
}

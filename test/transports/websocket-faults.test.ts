import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { classifyFailure } from '../../src/failures/index.js'
import { ConnectionClosedError, OversizeMessageError, ProtocolViolationError } from '../../src/rpc/index.js'
import {
  WebSocketConnectError,
  WebSocketPingTimeoutError,
  WebSocketRefusedError,
  webSocket,
} from '../../src/transports/websocket.js'
import { temporaryFolder } from '../process/helpers.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { peerOver, record } from './helpers.js'
import { echo, freePort, serve, serveHttp, serveRaw } from './websocket-support.js'

beforeEach(failOnUnhandled)

/** Starts a transport whose start must fail; tells how, once. */
async function failedStart(url: string, options = {}) {
  const transport = webSocket(url, options)
  const seen = record(transport)
  const error = await transport.start().then(
    () => expect.fail('it started'),
    (reason: unknown) => reason,
  )
  expect(seen.reasons).toEqual([{ kind: 'error', message: (error as Error).message, cause: error }])
  await transport.close()
  expect(seen.reasons).toHaveLength(1)
  return { error: error as Error, failure: classifyFailure(error) }
}

describe('an opening that is refused', () => {
  test.each([
    [401, 'secret-unavailable'],
    [403, 'secret-unavailable'],
    [404, 'backend-spawn-failed'],
    [302, 'backend-spawn-failed'],
    [200, 'backend-spawn-failed'],
    [503, 'server-overloaded'],
  ])('with HTTP status %i tells the status, and where it fails', async (status, kind) => {
    const asked: (string | undefined)[] = []
    const url = await serveHttp((request, response) => {
      asked.push(request.url)
      response.writeHead(status, { location: '/elsewhere' }).end('because\n  it is so')
    })
    const { error, failure } = await failedStart(`${url}/path?key=value`)
    expect(error).toBeInstanceOf(WebSocketRefusedError)
    expect(error).toMatchObject({ code: 'WEBSOCKET_REFUSED', statusCode: status, url: `${url}/path` })
    expect(error.message).toContain('(because it is so)')
    expect(failure).toMatchObject({ kind, httpStatus: status, retrySafety: 'not-sent' })
    expect(asked).toEqual(['/path?key=value'])
  })

  test('never shows the token, even when the answer quotes it', async () => {
    const token = 'tok-Zq81-Zq82-Zq83'
    const url = await serveHttp((request, response) => {
      response.writeHead(401).end(`no: ${request.headers.authorization} ${token}`)
    })
    const { error, failure } = await failedStart(url, { token })
    expect(error.message).toContain('no: ')
    expect(error.message + JSON.stringify(failure)).not.toContain('Zq81')
  })

  test.each(['ab', 'x'.repeat(9_000)])(
    'quotes nothing to hide a token that cannot be found',
    async (token) => {
      const url = await serveHttp((_, response) => void response.writeHead(401).end(`no: ${token}`))
      const { error } = await failedStart(url, { token })
      expect(error.message).toMatch(/unexpected server response: 401$/)
    },
  )

  test('says when to try again', async () => {
    const url = await serveHttp((_, response) => void response.writeHead(503, { 'retry-after': '7' }).end())
    const { error, failure } = await failedStart(url)
    expect(error).toMatchObject({ retryAfterMs: 7_000 })
    expect(failure).toMatchObject({ retryable: true, retryAfterMs: 7_000 })
  })

  test('with a body that never ends, or that breaks off, still tells the status', async () => {
    const url = await serveHttp((_, response) => void response.writeHead(403).write('x'.repeat(5_000)))
    expect((await failedStart(url)).error).toMatchObject({ statusCode: 403 })
    const other = await serveHttp((_, response) => {
      response.writeHead(403, { 'content-length': 100 }).write('half', () => response.destroy())
    })
    expect((await failedStart(other)).error).toMatchObject({ statusCode: 403 })
  })
})

describe('a connection that cannot be made', () => {
  test.each([
    ['127.0.0.1', 'ECONNREFUSED'],
    ['localhost', 'ECONNREFUSED'],
  ])('to %s says that nobody listens there', async (host, errno) => {
    const { error, failure } = await failedStart(`ws://${host}:${await freePort()}/?token=hush`, {
      token: 'hush-hush',
    })
    expect(error).toBeInstanceOf(WebSocketConnectError)
    expect(error).toMatchObject({ code: 'WEBSOCKET_CONNECT_FAILED', errno, cause: { code: errno } })
    expect(error.message).toContain(errno)
    expect(error.message).not.toContain('hush')
    expect(failure).toMatchObject({ kind: 'backend-spawn-failed', retryable: true, retrySafety: 'not-sent' })
  })

  test('to a unix socket says that there is none', async () => {
    const path = join(temporaryFolder(), 'none.sock')
    const { error, failure } = await failedStart(`unix://${path}`)
    expect(error).toMatchObject({ errno: 'ENOENT', url: `unix://${path}` })
    expect(failure.kind).toBe('backend-spawn-failed')
  })

  test('because the other side never answers ends at the deadline, and the connection with it', async () => {
    const sockets: Socket[] = []
    const url = await serveRaw((socket) => sockets.push(socket.resume()))
    const { error, failure } = await failedStart(url, { connectTimeoutMs: 50 })
    expect(error).toMatchObject({ code: 'WEBSOCKET_CONNECT_FAILED', errno: 'ETIMEDOUT' })
    expect(failure).toMatchObject({ kind: 'backend-timeout' })
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close')
  })

  test('because the answer comes in drops ends at the deadline too', async () => {
    const url = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-drops: ')
      const drip = setInterval(() => socket.write('x'), 5)
      socket.once('close', () => clearInterval(drip))
    })
    const { error } = await failedStart(url, { connectTimeoutMs: 100 })
    expect(error).toMatchObject({ code: 'WEBSOCKET_CONNECT_FAILED', errno: 'ETIMEDOUT' })
  })

  test.each([
    ['is closed at once', (socket: Socket) => void socket.end()],
    ['is reset', (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy())],
    ['speaks another protocol', (socket: Socket) => void socket.write('220 mail.example ESMTP\r\n')],
    [
      'is upgraded to something else',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: tcp\r\nconnection: upgrade\r\n\r\n'),
    ],
    [
      'proves nothing',
      (socket: Socket) =>
        void socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: no\r\n\r\n',
        ),
    ],
  ])('because it %s says so', async (_, onConnection) => {
    const { error } = await failedStart(await serveRaw(onConnection))
    expect(error).toBeInstanceOf(WebSocketConnectError)
    expect(error.cause).toHaveProperty(
      'code',
      expect.stringMatching(/^(?:ECONNRESET|HPE_.*|PROTOCOL_VIOLATION)$/),
    )
  })

  test('with a certificate that nobody vouches for, or without TLS at all', async () => {
    const { port } = await serve()
    const { error } = await failedStart(`wss://127.0.0.1:${port}`, { token: 'tok-12345' })
    expect(error).toBeInstanceOf(WebSocketConnectError)
    expect(error).toHaveProperty('errno', expect.stringMatching(/./))
  })
})

/** Starts a transport and waits until it ends by itself. */
async function endOf(url: string, options = {}) {
  const transport = webSocket(url, options)
  const seen = record(transport)
  await transport.start()
  const reason = await seen.closed
  await transport.close()
  expect(seen.reasons).toHaveLength(1)
  return { ...seen, reason }
}

describe('a connection that ends', () => {
  test.each([
    [1000, 'bye', 'the other side closed the connection (1000: bye)'],
    [1001, '', 'the other side closed the connection (1001)'],
    [1011, 'oh', 'the other side closed the connection (1011: oh)'],
    [4321, 'own', 'the other side closed the connection (4321: own)'],
  ])('with code %i and reason %j keeps both', async (code, text, message) => {
    const { url } = await serve((socket) => socket.close(code, text))
    expect((await endOf(url)).reason).toEqual({ kind: 'remote', message, closeCode: code })
  })

  test('without a code, or with a secret in its reason', async () => {
    const plain = await serve((socket) => socket.close())
    expect((await endOf(plain.url)).reason).toEqual({
      kind: 'remote',
      message: 'the other side closed the connection',
      closeCode: 1005,
    })
    const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
    const telling = await serve((socket) => socket.close(1008, secret))
    expect((await endOf(telling.url)).reason.message).not.toContain('Z9y8')
  })

  test('without a closing handshake, in the middle of a frame, keeps what came before', async () => {
    const url = await serveRaw((socket) => {
      accept(socket, () => {
        socket.write(frame('{"a":1}'))
        socket.end(frame('{"b":2}').subarray(0, 5))
      })
    })
    const { reason, messages } = await endOf(url)
    expect(reason).toEqual({
      kind: 'remote',
      message: 'the other side ended the connection without a closing handshake',
      closeCode: 1006,
    })
    expect(messages).toEqual([{ a: 1 }])
  })

  test('by a reset rejects what was pending, and tells of the reset', async () => {
    const { url } = await serve((socket, request) => {
      socket.on('message', () => request.socket.resetAndDestroy())
    })
    const { peer } = await peerOver(webSocket(url))
    const error = await peer.request('m').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConnectionClosedError)
    expect(error).toMatchObject({ reason: { kind: 'error', cause: { code: 'ECONNRESET' } } })
    expect(classifyFailure(error).kind).toBe('transport-closed-before-turn-completed')
  })

  test('because nothing comes any more, not even the answer to a ping', async () => {
    const { url } = await serve(() => {}, { autoPong: false })
    const { reason } = await endOf(url, { pingIntervalMs: 10, pongTimeoutMs: 20 })
    expect(reason).toMatchObject({ kind: 'error', message: expect.stringContaining('half-open') })
    expect(reason.cause).toBeInstanceOf(WebSocketPingTimeoutError)
    expect(classifyFailure(reason).kind).toBe('transport-closed-before-turn-completed')
  })

  test('because the other side stopped to read, with much still to be sent', async () => {
    const { url } = await serve((socket) => socket.pause())
    const transport = webSocket(url, { pingIntervalMs: 20, pongTimeoutMs: 50 })
    const seen = record(transport)
    await transport.start()
    const waits = Array.from({ length: 30 }, () => transport.send({ text: 'x'.repeat(1_000_000) }))
    expect((await seen.closed).cause).toBeInstanceOf(WebSocketPingTimeoutError)
    await Promise.all(waits)
  })

  test('does not, as long as pings are answered', async () => {
    let pings = 0
    const { url } = await serve((socket) => {
      socket.on('ping', () => {
        pings += 1
        if (pings === 5) socket.close(4000)
      })
    })
    const { reason } = await endOf(url, { pingIntervalMs: 5, pongTimeoutMs: 5_000 })
    expect(reason).toMatchObject({ kind: 'remote', closeCode: 4000 })
  })
})

describe('messages that are none', () => {
  test.each([
    ['two in one frame', '{"a":1}{"b":2}'],
    ['two lines in one frame', '{"a":1}\n{"b":2}\n'],
    ['half of one', '{"a":'],
  ])('%s end the connection, with the cause and a code for the other side', async (_, text) => {
    const server = await serve((socket) => {
      socket.send('{"before":1}')
      socket.send(text)
      socket.send('{"after":1}')
    })
    const connected = server.next()
    const ended = endOf(server.url)
    const [code] = await once(await connected, 'close')
    const { reason, messages } = await ended
    expect(reason).toMatchObject({ kind: 'error', closeCode: 1007, cause: { code: 'MESSAGE_PARSE' } })
    expect(messages).toEqual([{ before: 1 }])
    expect(code).toBe(1007)
  })

  test('that are no objects are reported and skipped', async () => {
    const { url } = await serve((socket) => {
      for (const text of ['hello', '"text"', '42', 'null', '[info] ready']) socket.send(text)
      socket.send('{"a":1}')
      socket.close(1000)
    })
    const { errors, messages } = await endOf(url)
    expect(errors.map((error) => 'code' in error && error.code)).toEqual(Array(5).fill('NOISE_LINE'))
    expect(messages).toEqual([{ a: 1 }])
  })

  test('and come without end, end the connection', async () => {
    const { url } = await serve((socket) => {
      for (let n = 0; n <= 100; n += 1) socket.send(`line ${n}`)
    })
    const { reason, errors } = await endOf(url)
    expect(reason).toMatchObject({ kind: 'error', cause: { code: 'NOISE_LINE' } })
    expect(errors).toHaveLength(100)
  })

  test('that are too long end the connection with 1009', async () => {
    const server = await serve((socket) => socket.send(JSON.stringify('x'.repeat(2_000))))
    const connected = server.next()
    const ended = endOf(server.url, { maxMessageBytes: 1_000 })
    const [code] = await once(await connected, 'close')
    const { reason } = await ended
    expect(reason).toMatchObject({ kind: 'error', closeCode: 1009, cause: { maxBytes: 1_000 } })
    expect(reason.cause).toBeInstanceOf(OversizeMessageError)
    expect(code).toBe(1009)
  })

  test('that break the protocol of WebSockets end the connection', async () => {
    const url = await serveRaw((socket) => accept(socket, () => socket.write(Buffer.from([0xf1, 0x00]))))
    const { reason } = await endOf(url)
    expect(reason.cause).toBeInstanceOf(ProtocolViolationError)
    const invalid = await serveRaw((socket) => {
      accept(socket, () => socket.write(Buffer.from([0x81, 0x02, 0xc3, 0x28])))
    })
    expect((await endOf(invalid)).reason.cause).toBeInstanceOf(ProtocolViolationError)
  })
})

test('a server that comes back is reached again by a new transport', async () => {
  const first = await serve(echo)
  const { peer } = await peerOver(webSocket(first.url))
  for (const socket of first.sockets) socket.terminate()
  expect(await peer.closed).toMatchObject({ kind: 'remote', closeCode: 1006 })
  const again = await peerOver(webSocket(first.url))
  expect(await again.peer.request('echo', 1)).toBe(1)
})

/** Accepts a WebSocket by hand, then goes on. */
function accept(socket: Socket, then: () => void): void {
  socket.once('data', (request: Buffer) => {
    const key = /sec-websocket-key: (\S+)/i.exec(String(request))?.[1]
    const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade']
    socket.write(`${[...lines, `sec-websocket-accept: ${proof}`].join('\r\n')}\r\n\r\n`)
    then()
  })
}

/** A short text in one frame, as a server sends it. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)])
}

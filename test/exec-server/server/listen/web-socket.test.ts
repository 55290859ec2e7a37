import { createHash, createHmac } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { on } from 'node:events'
import { truncate, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { ExecServer, type ListenWebSocketOptions } from '../../../../src/exec-server/index.js'
import { isValidSignedToken } from '../../../../src/exec-server/server/listen/signed-token.js'
import { temporaryFolder, testServer } from '../../support.js'

const TOKEN = 'correct-horse-battery-staple'
const SECRET = 'x'.repeat(32)

/** What a WebSocket handshake with these headers ends with: `open`, or the HTTP status. */
async function dial(url: string, headers: Record<string, string> = {}): Promise<'open' | number> {
  const socket = new WebSocket(url, { headers })
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'))
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
  })
}

const listen = (options: ListenWebSocketOptions = {}) => testServer().listenWebSocket(options)

/** A text or bytes are signed as they are. */
function signed(
  claims: object | string,
  { secret = SECRET, header = { alg: 'HS256', typ: 'JWT' } as object | string } = {},
): string {
  const raw = (value: object | string) => (typeof value === 'string' ? value : JSON.stringify(value))
  const encode = (value: object | string) =>
    Buffer.from(Buffer.isBuffer(value) ? value : Buffer.from(raw(value))).toString('base64url')
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** The same bytes in other words: of the last character of 32 bytes, two bits mean nothing. */
function withOtherEnd(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const other = alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1] ?? ''
  const changed = token.slice(0, -1) + other
  const signature = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url')
  expect(signature(changed)).toEqual(signature(token))
  return changed
}

describe('a listener', () => {
  it('lets clients in at / only, and no web page', async () => {
    const { url } = await listen()
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
    expect(await dial(url)).toBe('open')
    expect(await dial(`${url}/other`)).toBe(404)
    expect(await dial(url, { origin: 'http://localhost' })).toBe(403)
  })

  it('says that it is ready, but not to a web page', async () => {
    const { port } = await listen()
    const status = (path: string, headers = {}) =>
      new Promise((resolve) => {
        request({ port, path, headers, host: '127.0.0.1' }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).end()
      })
    expect(await status('/readyz')).toBe(200)
    expect(await status('/readyz', { origin: 'null' })).toBe(403)
    expect(await status('/')).toBe(404)
  })

  it('refuses to be reached from elsewhere without auth', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
      await expect(listen({ host })).rejects.toMatchObject({ code: 'INVALID_INPUT', option: 'host' })
    }
    const { url } = await listen({ host: '0.0.0.0', auth: { token: TOKEN } })
    expect(url).toContain('0.0.0.0')
  })

  it('listens on IPv6 and names it as a URL does', async () => {
    const { url } = await listen({ host: '::1' })
    expect(url).toMatch(/^ws:\/\/\[::1\]:\d+$/)
    expect(await dial(url)).toBe('open')
  })

  it('tells when the address is taken', async () => {
    const { port } = await listen()
    await expect(listen({ port })).rejects.toMatchObject({ code: 'LISTEN_FAILED', errno: 'EADDRINUSE' })
  })

  it('refuses one connection too many', async () => {
    const { url } = await listen({ maxConnections: 1 })
    expect(await dial(url)).toBe('open')
    expect(await dial(url)).toBe(503)
  })

  it('answers what is no JSON with id -1 and keeps the connection, and reads binary frames', async () => {
    const { url } = await listen()
    const socket = new WebSocket(url)
    onTestFinished(() => socket.terminate())
    const answers: unknown[] = []
    socket.on('message', (data) => answers.push(JSON.parse(String(data))))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('{bad')
    socket.send('5')
    socket.send(Buffer.from('{"id":1,"method":"environment/status"}'))
    await expect
      .poll(() => answers)
      .toMatchObject([
        { id: -1, error: { code: -32600 } },
        { id: -1, error: { code: -32600 } },
        { id: 1, error: { code: -32600 } },
      ])
  })

  it('sends what it reads, also when that is longer than clients usually send', async () => {
    const path = join(await temporaryFolder(), 'long')
    await writeFile(path, '')
    // In base64 a little more than 64 MiB.
    await truncate(path, 51_000_000)
    const { url } = await listen()
    const socket = new WebSocket(url, { maxPayload: 0 })
    onTestFinished(() => socket.terminate())
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('{"id":1,"method":"initialize","params":{"clientName":"x"}}')
    socket.send('{"method":"initialized"}')
    socket.send(JSON.stringify({ id: 2, method: 'fs/readFile', params: { path } }))
    const lengths = on(socket, 'message')
    await lengths.next()
    const [data] = (await lengths.next()).value as [Buffer]
    expect(data.length).toBeGreaterThan(64 * 1024 * 1024)
  })

  it('ends its connections when it is closed, and takes no more', async () => {
    const server = testServer()
    const listener = await server.listenWebSocket()
    const socket = new WebSocket(listener.url)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    await listener.close()
    await closed
    await listener.closed
    await expect(
      new Promise((_, reject) => new WebSocket(listener.url).once('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(server.connections).toBe(0)
  })

  it('can be closed while somebody whom it refused stays on', async () => {
    const listener = await listen()
    const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    const headers = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: x'
    socket.write(`GET / HTTP/1.1\r\n${headers}\r\n\r\n`)
    const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    await listener.close()
  })

  it('that a server was closed over does not begin to listen', async () => {
    const server = new ExecServer()
    const listening = server.listenWebSocket()
    await server.close()
    await expect(listening).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('a connection that is no WebSocket', () => {
  /** A socket of a client that has connected, and when it has ended. */
  async function raw(port: number, text = ''): Promise<{ socket: Socket; ended: Promise<void> }> {
    const socket = connect({ port, host: '127.0.0.1' })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.resume()
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await new Promise((resolve) => socket.once('connect', resolve))
    if (text !== '') socket.write(text)
    return { socket, ended }
  }

  it.each([
    ['says nothing', ''],
    ['never finishes its head', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['never sends the body that it promised', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n'],
  ])('and %s is broken off after a while', async (_, text) => {
    const { port } = await listen({ upgradeTimeoutMs: 50 })
    await (await raw(port, text)).ended
  })

  it('and goes on sending its head, byte by byte, is broken off too', async () => {
    const { port } = await listen({ upgradeTimeoutMs: 200 })
    const { socket, ended } = await raw(port, 'GET / HTTP/1.1\r\nX: ')
    const timer = setInterval(() => socket.write('x'), 5)
    await ended
    clearInterval(timer)
  })

  it('makes room for one more, the oldest first, and keeps nobody out', async () => {
    const { url, port } = await listen({ maxConnections: 2, upgradeTimeoutMs: Infinity })
    const idle: Awaited<ReturnType<typeof raw>>[] = []
    for (let count = 0; count < 5; count += 1) idle.push(await raw(port, 'GET / HTTP/1.1\r\n'))
    await Promise.all(idle.slice(0, 3).map(({ ended }) => ended))
    expect(await dial(url)).toBe('open')
    await idle[3]?.ended
    expect(idle[4]?.socket.destroyed).toBe(false)
    expect(await dial(url)).toBe('open')
    expect(await dial(url)).toBe(503)
  })

  it('does not hold up the end of the listener, and one that has become a WebSocket is left alone', async () => {
    const listener = await listen({ upgradeTimeoutMs: 1_000 })
    const socket = new WebSocket(listener.url)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    await (await raw(listener.port)).ended
    // Broken off after the same time, which began later.
    expect(socket.readyState).toBe(WebSocket.OPEN)
    const last = await raw(listener.port)
    await listener.close()
    await last.ended
    await closed
  })
})

it('an error of the listening socket ends nothing, and is told', async () => {
  const errors: Error[] = []
  const onError = (error: Error) => {
    errors.push(error)
    throw new Error('what an observer throws is dropped')
  }
  const listener = await testServer({ onError }).listenWebSocket()
  const taken = new Promise<Server>((resolve) => {
    // Node tells of each socket that a server takes: the only way to the server behind the listener.
    const channel = 'net.server.socket'
    const take = (message: unknown) => resolve((message as { socket: { server: Server } }).socket.server)
    subscribe(channel, take)
    onTestFinished(() => void unsubscribe(channel, take))
  })
  expect(await dial(listener.url)).toBe('open')
  const fault = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' })
  ;(await taken).emit('error', fault)
  expect(errors).toEqual([fault])
  expect(await dial(listener.url)).toBe('open')
})

describe('auth', () => {
  it.each([
    ['a token', { token: TOKEN }],
    ['the digest of a token', { tokenSha256: createHash('sha256').update(TOKEN).digest('hex') }],
  ])('by %s lets in who shows it, and nobody else', async (_, auth) => {
    const { url } = await listen({ auth })
    expect(await dial(url, { authorization: `Bearer ${TOKEN}` })).toBe('open')
    expect(await dial(url, { authorization: `bearer ${TOKEN}` })).toBe('open')
    for (const authorization of [`Bearer ${TOKEN}x`, 'Bearer', 'Bearer ', `Basic ${TOKEN}`, TOKEN]) {
      expect(await dial(url, { authorization })).toBe(401)
    }
    expect(await dial(url)).toBe(401)
  })

  it('by signed tokens lets in who has one in force', async () => {
    const { url } = await listen({ auth: { sharedSecret: SECRET, issuer: 'me' } })
    const now = Date.now() / 1000
    const bearer = (token: string) => dial(url, { authorization: `Bearer ${token}` })
    expect(await bearer(signed({ exp: now + 60, iss: 'me' }))).toBe('open')
    expect(await bearer(signed({ exp: now + 60, iss: 'you' }))).toBe(401)
  })

  const rules = { sharedSecret: SECRET, issuer: 'me', audience: 'you', maxClockSkewSeconds: 30 }
  const good = { exp: 1_000, iss: 'me', aud: ['them', 'you'] }
  it.each([
    ['is whole', signed(good), true],
    ['has ended within the skew', signed({ ...good, exp: 471 }), true],
    ['has ended', signed({ ...good, exp: 470 }), false],
    ['never ends', signed({ ...good, exp: undefined }), false],
    ['ends at a text', signed({ ...good, exp: '1000' }), false],
    ['is not yet in force', signed({ ...good, nbf: 531 }), false],
    ['comes into force within the skew', signed({ ...good, nbf: 530 }), true],
    ['is for somebody else', signed({ ...good, aud: 'them' }), false],
    ['is by nobody', signed({ ...good, iss: undefined }), false],
    ['is signed with another secret', signed(good, { secret: 'y'.repeat(32) }), false],
    ['names no algorithm', signed(good, { header: { alg: 'none' } }), false],
    ['has no signature', signed(good).replace(/[^.]*$/, ''), false],
    ['is no token', 'a.b', false],
    ['is endless', `${'a'.repeat(20_000)}.b.c`, false],
    ['is whole but endless', signed({ ...good, padding: 'x'.repeat(16 * 1024) }), false],
    ['has one part too many', `${signed(good)}.x`, false],
    [
      'names a critical extension',
      signed(good, { header: { alg: 'HS256', crit: ['b64'], b64: true } }),
      false,
    ],
    [
      'names no critical extension in a list of them',
      signed(good, { header: { alg: 'HS256', crit: [] } }),
      false,
    ],
    ['names an extension that is not critical', signed(good, { header: { alg: 'HS256', kid: 'x' } }), true],
    ['names the algorithm otherwise', signed(good, { header: { alg: 'hs256' } }), false],
    ['names another algorithm', signed(good, { header: { alg: 'HS512' } }), false],
    ['names several algorithms', signed(good, { header: { alg: ['HS256'] } }), false],
    ['names its algorithm in a list', signed(good, { header: [{ alg: 'HS256' }] }), false],
    ['has its algorithm from elsewhere', signed(good, { header: '{"__proto__":{"alg":"HS256"}}' }), false],
    ['has a header that is no JSON', signed(good, { header: 'HS256' }), false],
    ['never ends, in other words', signed('{"exp":1e999,"iss":"me","aud":"you"}'), false],
    ['ends at nothing', signed({ ...good, exp: null }), false],
    ['comes into force at a text', signed({ ...good, nbf: '0' }), false],
    ['comes into force at nothing', signed({ ...good, nbf: null }), false],
    ['comes into force before all times', signed('{"exp":1000,"nbf":-1e999,"iss":"me","aud":"you"}'), false],
    ['is by several', signed({ ...good, iss: ['me'] }), false],
    ['is for nobody', signed({ ...good, aud: [] }), false],
    ['is for somebody in a list in a list', signed({ ...good, aud: [['you']] }), false],
    ['has claims in a list', signed([good]), false],
    [
      'has claims that are no UTF-8',
      signed(Buffer.from('{"exp":1000,"iss":"me","aud":"you","x":"\xff"}', 'latin1')),
      false,
    ],
    ['is padded', `${signed(good)}=`, false],
    [
      'is written in the other alphabet',
      signed(good).replace(/[^.]*$/, (part) => `+${part.slice(1)}`),
      false,
    ],
    ['has a line feed in its signature', `${signed(good)}\n`, false],
    ['ends with bits that mean nothing', withOtherEnd(signed(good)), false],
  ])('judges a signed token that %s', (_, token, isValid) => {
    expect(isValidSignedToken(token, rules, 500)).toBe(isValid)
  })

  it.each([
    ['auth', {}],
    ['auth', { token: TOKEN, tokenSha256: 'x' }],
    ['auth.token', { token: '' }],
    ['auth.token', { token: 'two words' }],
    ['auth.tokenSha256', { tokenSha256: 'abc' }],
    ['auth.sharedSecret', { sharedSecret: 'short' }],
    ['auth.maxClockSkewSeconds', { sharedSecret: SECRET, maxClockSkewSeconds: -1 }],
  ])('that is wrong is refused, naming %s and no secret', async (option, auth) => {
    const error = await listen({ auth } as never).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'INVALID_INPUT', option })
    expect(String(error)).not.toMatch(/short|two words|correct-horse/)
  })
})

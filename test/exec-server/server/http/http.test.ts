import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { WireMessage } from '../../../../src/rpc/index.js'
import { deferred } from '../../../../src/util/deferred.js'
import { ManualTransport } from '../../../rpc/helpers.js'
import { base64, connectedClient, eventually, testServer } from '../../support.js'

/** A web server for one test; its address. */
async function webServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const get = (url: string, more: object = {}) => ({ method: 'GET', url, requestId: 'r', ...more })

describe('http/request', () => {
  it('is refused unless it was enabled', async () => {
    const client = await connectedClient()
    await expect(client.call('http/request', get('http://127.0.0.1:9/'))).rejects.toThrow('not enabled')
  })

  it('sends what it is told and answers with all of it', async () => {
    const seen: unknown[] = []
    const url = await webServer((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        const { method, url: path, headers } = request
        seen.push([method, path, body, headers['x-a'], headers['x-secret'], headers['content-length']])
        response.writeHead(201, { 'x-multi': ['a', 'b'] }).end('answer')
      })
    })
    const client = await connectedClient({ http: { headerVariables: ['SECRET'] }, env: { SECRET: 's3cret' } })
    const headers = [
      { name: 'X-A', value: '1' },
      { name: 'x-secret', value: '', valueEnvVar: 'SECRET' },
      { name: 'Content-Length', value: '999' },
    ]
    const answer = await client.call(
      'http/request',
      get(`${url}/p?q`, { method: 'POST', headers, bodyBase64: base64('hi') }),
    )
    expect(answer).toMatchObject({ status: 201, bodyBase64: base64('answer') })
    expect(answer.headers.filter(({ name }: { name: string }) => name === 'x-multi')).toEqual([
      { name: 'x-multi', value: 'a' },
      { name: 'x-multi', value: 'b' },
    ])
    expect(seen).toEqual([['POST', '/p?q', 'hi', '1', 's3cret', '2']])
  })

  it.each([
    [{ url: 'ftp://x/' }, -32602, 'http/request only supports http and https URLs, got ftp'],
    [{ url: 'nope' }, -32602, 'http/request url is invalid'],
    [{ method: 'GE T' }, -32602, 'http/request method is invalid'],
    [{ headers: [{ name: 'bad name', value: '' }] }, -32602, 'http/request header name is invalid'],
    [{ headers: [{ name: 'x', value: 'a\nb' }] }, -32602, 'http/request header value is invalid'],
    [{ headers: [{ name: 'x', value: '', valueEnvVar: 'PATH' }] }, -32600, 'not set or not allowed'],
    [{ bodyBase64: '!!' }, -32602, 'base64'],
    [{ url: 'http://127.0.0.1:1/' }, -32603, 'error sending request for url (http://127.0.0.1:1/)'],
  ])('refuses %j', async (more, rpcCode, message) => {
    const client = await connectedClient({ http: true })
    await expect(client.call('http/request', get('http://127.0.0.1:1/', more))).rejects.toMatchObject({
      rpcCode,
      message: expect.stringContaining(message),
    })
  })

  it('asks the policy about every hop, and keeps credentials from another origin', async () => {
    const seen: string[] = []
    const target = await webServer(({ headers, method }, response) => {
      seen.push(`${method} ${headers.authorization}`)
      response.end('there')
    })
    const first = await webServer(
      (_, response) => void response.writeHead(302, { location: `${target}/x` }).end(),
    )
    const headers = [{ name: 'authorization', value: 'Bearer x' }]
    const asked: string[] = []
    const allow = (url: URL) => asked.push(url.origin) < 3
    const client = await connectedClient({ http: { allowUrl: allow } })
    const followed = await client.call(
      'http/request',
      get(first, { headers, method: 'POST', bodyBase64: '' }),
    )
    expect(followed).toMatchObject({ status: 200, bodyBase64: base64('there') })
    expect([seen, asked]).toEqual([['GET undefined'], [first, target]])
    await expect(client.call('http/request', get(first))).rejects.toThrow('is not allowed')
    const stopped = await (await connectedClient({ http: true })).call(
      'http/request',
      get(first, { redirectPolicy: 'stop' }),
    )
    expect(stopped).toMatchObject({ status: 302 })
  })

  it('is given up when the policy never answers, and refused when it throws', async () => {
    const never = await connectedClient({ http: { allowUrl: () => new Promise<never>(() => {}) } })
    const request = never.call('http/request', get('http://127.0.0.1:1/', { timeoutMs: 20 }))
    await expect(request).rejects.toThrow('is not allowed')
    const allowUrl = () => {
      throw new Error('secret')
    }
    const broken = await connectedClient({ http: { allowUrl } })
    const refused = broken.call('http/request', get('http://127.0.0.1:1/'))
    await expect(refused).rejects.toThrow(/^http\/request: 127.0.0.1:1 is not allowed$/)
  })

  it('keeps a value that the client may not see from another origin', async () => {
    const seen: unknown[] = []
    const target = await webServer(({ headers }, response) => {
      seen.push([headers['x-key'], headers['x-open']])
      response.end()
    })
    const first = await webServer(
      (_, response) => void response.writeHead(307, { location: `${target}/x` }).end(),
    )
    const client = await connectedClient({ http: { headerVariables: ['SECRET'] }, env: { SECRET: 's3cret' } })
    const headers = [
      { name: 'x-key', value: '', valueEnvVar: 'SECRET' },
      { name: 'x-open', value: 'open' },
    ]
    await client.call('http/request', get(first, { headers }))
    await client.call('http/request', get(target, { headers }))
    expect(seen).toEqual([
      [undefined, 'open'],
      ['s3cret', 'open'],
    ])
  })

  it.each(['CONNECT', 'connect', 'TRACE'])('refuses the method %s', async (method) => {
    const client = await connectedClient({ http: true })
    await expect(client.call('http/request', get('http://127.0.0.1:1/', { method }))).rejects.toMatchObject({
      rpcCode: -32602,
    })
  })

  it('fails when the server changes the protocol', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      )
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => void server.close())
    const client = await connectedClient({ http: true })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const headers = [{ name: 'upgrade', value: 'x' }]
    for (const more of [{}, { headers }]) {
      await expect(client.call('http/request', get(url, more))).rejects.toMatchObject({
        rpcCode: -32603,
        message: expect.stringContaining('error sending request'),
      })
    }
  })

  it('gives up a loop of redirects', async () => {
    const url = await webServer((_, response) => void response.writeHead(302, { location: '/' }).end())
    const client = await connectedClient({ http: true })
    await expect(client.call('http/request', get(url))).rejects.toThrow('too many redirects')
  })

  it('streams a body in order, whole, and tells of its end', async () => {
    const body = Buffer.alloc(3_000_000, 'x')
    const url = await webServer((_, response) => void response.end(body))
    const client = await connectedClient({ http: { maxBodyBytes: 10 } })
    await expect(client.call('http/request', get(url))).rejects.toThrow('stream it')
    expect(await client.call('http/request', get(url, { streamResponse: true }))).toMatchObject({
      bodyBase64: '',
    })
    const last = await client.until(({ params }) => params.done === true)
    expect(last.params).toMatchObject({ requestId: 'r', deltaBase64: '', error: null })
    const deltas = client.notified.map(({ params }) => params)
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index + 1))
    const bytes = deltas.reduce((sum, { deltaBase64 }) => sum + Buffer.byteLength(deltaBase64, 'base64'), 0)
    expect(bytes).toBe(body.length)
  })

  it('tells when a streamed body breaks off', async () => {
    const url = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('part', () => response.destroy())
    })
    const client = await connectedClient({ http: true })
    await client.call('http/request', get(url, { streamResponse: true }))
    const last = await client.until(({ params }) => params.done === true)
    expect(last.params).toMatchObject({ error: expect.stringContaining('broke off') })
  })

  it('is given up in time, and with its connection', async () => {
    let [came, gone] = [0, 0]
    const url = await webServer((request) => {
      came += 1
      request.socket.once('close', () => {
        gone += 1
      })
    })
    const client = await connectedClient({ http: true })
    await expect(client.call('http/request', get(url, { timeoutMs: 300 }))).rejects.toMatchObject({
      rpcCode: -32603,
    })
    const before = came
    const pending = client.call('http/request', get(url)).catch(() => {})
    await eventually(() => came).toBe(before + 1)
    await client.peer.close()
    await pending
    await eventually(() => gone).toBe(came)
  })
})

describe('many requests of one connection', () => {
  it('are refused beyond a limit, those counted whose bodies are still streamed', async () => {
    const open: ServerResponse[] = []
    const url = await webServer((_, response) => {
      open.push(response)
      response.write('begin')
    })
    const client = await connectedClient({ http: true })
    const stream = (requestId: string) =>
      client.call('http/request', get(url, { requestId, streamResponse: true }))
    await Promise.all(Array.from({ length: 256 }, (_, index) => stream(`r${index}`)))
    await expect(stream('more')).rejects.toMatchObject({
      rpcCode: -32600,
      message: 'too many HTTP requests: the limit is 256',
    })
    expect(open).toHaveLength(256)
    open[0]?.end()
    await client.until(({ params }) => params.done === true)
    await stream('more')
    // Refused ones leave nothing behind: there is room for one after each of them.
    const unreachable = get('http://127.0.0.1:1/')
    open[1]?.end()
    await client.until(({ params }) => params.done === true && params.seq > 1)
    for (let count = 0; count < 3; count += 1) {
      await eventually(() => client.call('http/request', unreachable).catch(String)).toContain(
        'error sending',
      )
    }
  })

  it('are refused when what is held of their bodies is too long together', async () => {
    const open: ServerResponse[] = []
    const url = await webServer((_, response) => {
      open.push(response)
      response.write(Buffer.alloc(40 * 1024 * 1024))
    })
    const client = await connectedClient({ http: { maxBodyBytes: 60 * 1024 * 1024 } })
    const [first, second] = ['1', '2'].map((requestId) =>
      client.call('http/request', get(url, { requestId })).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
    )
    const refused = await Promise.race([first, second])
    expect(refused).toContain('too much is held of the bodies under way: the limit is 67108864 bytes')
    for (const response of open) response.end()
    expect([await first, await second].sort()).toEqual(['answered', refused])
    expect(await client.call('http/request', get('http://127.0.0.1:1/')).catch(String)).toContain(
      'error sending',
    )
  })
})

it('a body that is streamed to a client that does not read waits where it comes from', async () => {
  let written = 0
  const url = await webServer((_, response) => {
    const chunk = Buffer.alloc(64 * 1024)
    const write = () => {
      for (written += chunk.length; response.write(chunk); written += chunk.length);
    }
    response.on('drain', write)
    response.on('error', () => {})
    write()
  })
  const drained = deferred<void>()
  class DeafTransport extends ManualTransport {
    override send(message: WireMessage): void | Promise<void> {
      super.send(message)
      return (message as { id?: number }).id === 1 ? undefined : drained.promise
    }
  }
  const transport = new DeafTransport()
  testServer({ http: true }).accept(transport)
  transport.deliver(
    { id: 1, method: 'initialize', params: { clientName: 'deaf', resumeSessionId: null } },
    { method: 'initialized' },
  )
  const count = 50
  for (let id = 2; id < count + 2; id += 1) {
    transport.deliver({
      id,
      method: 'http/request',
      params: get(url, { requestId: `${id}`, streamResponse: true }),
    })
  }
  await eventually(() => transport.sent.length).toBeGreaterThan(count)
  let before = -1
  await eventually(() => {
    const isStill = written === before
    before = written
    return isStill
  }).toBe(true)
  // The answers, and one part of each body.
  expect(transport.sent.length).toBeLessThanOrEqual(1 + 2 * count)
  transport.end()
})

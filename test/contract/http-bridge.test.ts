import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startModelStub, stubCodexHome } from '../../src/testing/index.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const TOKEN = 'the token of this test'
const closers: (() => PromiseLike<unknown>)[] = []
let url = ''

beforeAll(async () => {
  const stub = await startModelStub()
  closers.unshift(() => stub[Symbol.asyncDispose]())
  const home = await stubCodexHome(stub)
  closers.unshift(() => home[Symbol.asyncDispose]())
  const bridge = spawn(process.execPath, ['--import', 'tsx', 'examples/http-bridge.ts', '--serve'], {
    cwd: root,
    env: { ...process.env, ...home.env, BRIDGE_TOKEN: TOKEN, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(bridge, 'exit')
  closers.unshift(async () => {
    bridge.kill('SIGINT')
    expect(await exited).toEqual([0, null])
  })
  for await (const text of createInterface(bridge.stdout)) {
    url = /listening │ (\S+)/.exec(text)?.[1] ?? url
    if (text.includes('token │')) break
  }
})
afterAll(async () => {
  for (const close of closers) await close()
})

interface Question {
  readonly method?: string
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(path: string, { method = 'GET', body, headers }: Question = {}) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  return {
    status: response.status,
    allow: response.headers.get('allow'),
    body: (await response.json()) as unknown,
  }
}

const post = (path: string, value: unknown) => ask(path, { method: 'POST', body: JSON.stringify(value) })

describe('the bridge of the examples', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['no JSON', '{"sandbox":', 'BODY_NOT_JSON'],
    ['no text', new Uint8Array([0x22, 0xff, 0x22]), 'BODY_NOT_JSON'],
    ['an array', '[]', 'BODY_NOT_AN_OBJECT'],
    ['null', 'null', 'BODY_NOT_AN_OBJECT'],
    ['a text', '"x"', 'BODY_NOT_AN_OBJECT'],
    ['a wrong type', '{"sandbox":7}', 'INVALID_INPUT'],
    ['an unknown member', '{"sandboxes":"read-only"}', 'INVALID_INPUT'],
    ['a function’s place', '{"signal":{}}', 'INVALID_INPUT'],
  ])('answers 400 to a body with %s, and says why', async (_what, body, code) => {
    expect(await ask('/sessions', { method: 'POST', body })).toMatchObject({
      status: 400,
      body: { error: { code, message: expect.stringMatching(/./) } },
    })
    expect(await ask('/sessions')).toMatchObject({ status: 200, body: [] })
  })

  it.each([
    ['no input', { sessionId: 's' }],
    ['a number for input', { sessionId: 's', input: 7 }],
    ['a number for a session', { sessionId: 7, input: 'x' }],
    ['text for a listener', { sessionId: 's', input: 'x', onEvent: 'x' }],
  ])('answers 400 to a turn with %s', async (_what, body) => {
    expect(await post('/turns', body)).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT' } },
    })
  })

  it('answers 413 to a body that is too large, whether its length is told or not', async () => {
    const large = JSON.stringify({ purpose: 'x'.repeat(1_000_000) })
    const refused = { status: 413, body: { error: { code: 'BODY_TOO_LARGE' } } }
    expect(await ask('/sessions', { method: 'POST', body: large })).toMatchObject(refused)
    const { hostname, port } = new URL(url)
    const headers = { authorization: `Bearer ${TOKEN}` }
    const chunked = httpRequest({ hostname, port, path: '/sessions', method: 'POST', headers })
    const answered = once(chunked, 'response')
    chunked.write(large)
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    response.resume()
    chunked.end()
    await once(response, 'end')
    expect(await ask('/sessions')).toMatchObject({ status: 200, body: [] })
  })

  it.each([
    '/',
    '/nothing',
    '/sessions/s/turns',
    '/toString',
    '/__proto__',
    '/status/x',
    '/turns/unknown',
    '/sessions/unknown',
  ])('answers 404 to %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
  })

  it('answers 404 with what was not found', async () => {
    expect(await post('/turns', { sessionId: 'unknown', input: 'x' })).toMatchObject({
      status: 404,
      body: { error: { code: 'SESSION_NOT_FOUND' } },
    })
    expect(await post('/approvals/unknown', { decision: 'accept' })).toMatchObject({
      status: 404,
      body: { error: { code: 'APPROVAL_NOT_FOUND' } },
    })
  })

  it.each([
    ['POST', '/status', 'GET'],
    ['DELETE', '/sessions', 'GET, POST'],
    ['PUT', '/sessions/s', 'GET, DELETE'],
    ['GET', '/turns', 'POST'],
    ['OPTIONS', '/approvals/a', 'POST'],
    ['POST', '/events', 'GET'],
  ])('answers 405 to %s %s, and tells what it takes', async (method, path, allow) => {
    expect(await ask(path, { method })).toMatchObject({
      status: 405,
      allow,
      body: { error: { code: 'METHOD_NOT_ALLOWED' } },
    })
  })

  it('answers 400 to a path and to a number of an event that are none', async () => {
    expect(await ask('/sessions/%zz')).toMatchObject({ status: 400, body: { error: { code: 'BAD_PATH' } } })
    expect(await ask('/events?after=x')).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT' } },
    })
    expect(await ask('/events?after=999999')).toMatchObject({ status: 400 })
  })

  it('answers 401 to strangers and to pages of a browser, whatever they ask', async () => {
    for (const headers of [{ authorization: 'Bearer wrong' }, { origin: 'http://127.0.0.1' }]) {
      expect(await ask('/nothing', { headers })).toMatchObject({
        status: 401,
        body: { error: { code: 'UNAUTHORIZED' } },
      })
    }
  })

  it('serves those who ask rightly after all of that', async () => {
    const made = await post('/sessions', { sandbox: 'read-only', sessionId: 'mine' })
    expect(made).toMatchObject({ status: 200, body: { sessionId: 'mine', status: 'idle' } })
    expect(await ask('/sessions/mine')).toMatchObject({ status: 200, body: { sessionId: 'mine' } })
    expect(await post('/sessions', { sessionId: 'mine' })).toMatchObject({
      status: 409,
      body: { error: { code: 'SESSION_EXISTS' } },
    })
    expect(await ask('/sessions/mine', { method: 'DELETE' })).toMatchObject({ body: { status: 'closed' } })
    expect(await post('/turns', { sessionId: 'mine', input: 'x' })).toMatchObject({ status: 409 })
  })
})

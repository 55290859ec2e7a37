import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { webSocket, wrapWebSocket } from '../../src/transports/websocket.js'
import { InvalidInputError } from '../../src/util/errors.js'

const token = 'tok-hidden-77'

/** What a call is refused with. */
function refusal(call: () => unknown): InvalidInputError {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError)
    return error as InvalidInputError
  }
  return expect.fail('it was accepted')
}

test.each([
  [undefined],
  [42],
  [''],
  ['127.0.0.1:4500'],
  ['ftp://host'],
  ['stdio://'],
  ['ws://'],
  ['ws://host:99999'],
  ['ws://host/#part'],
  ['ws://127.0.0.1:0'],
  ['ws://%zz@host'],
  ['ws://a:%ff@127.0.0.1'],
  ['unix://'],
  ['unix://relative/path'],
  ['unix:///nul\0'],
  [`unix:///${'x'.repeat(200)}`],
  ['ws+unix:///tmp/a.sock:no-slash'],
])('the URL %j is refused at once', (url) => {
  expect(refusal(() => webSocket(url as never)).option).toBe('url')
})

test.each([
  [{ token: '' }, 'token'],
  [{ token: 'two words' }, 'token'],
  [{ token: 'line\nfeed' }, 'token'],
  [{ token: 'é' }, 'token'],
  [{ token: 5 }, 'token'],
  [{ token, headers: { Authorization: 'Basic x' } }, 'token'],
  [{ headers: { Origin: 'http://localhost' } }, 'headers.origin'],
  [{ headers: { 'Sec-WebSocket-Protocol': 'x' } }, 'headers.sec-websocket-protocol'],
  [{ headers: { upgrade: 'x' } }, 'headers.upgrade'],
  [{ headers: { 'a b': 'x' } }, 'headers'],
  [{ headers: { a: 'x\r\ny: z' } }, 'headers.a'],
  [{ headers: { a: 5 } }, 'headers.a'],
  [{ headers: [] }, 'headers'],
  [{ allowInsecureToken: 'yes' }, 'allowInsecureToken'],
  [{ connectTimeoutMs: 0 }, 'connectTimeoutMs'],
  [{ pingIntervalMs: -1 }, 'pingIntervalMs'],
  [{ pongTimeoutMs: Number.NaN }, 'pongTimeoutMs'],
  [{ closeTimeoutMs: '1' }, 'closeTimeoutMs'],
  [{ maxMessageBytes: 0 }, 'maxMessageBytes'],
  [{ maxMessageBytes: 2 ** 32 }, 'maxMessageBytes'],
  [{ maxSendBytes: 1.5 }, 'maxSendBytes'],
  [{ tls: { ca: 'x' } }, 'tls'],
  // A check under another name would not be made.
  [{ tls: { checkServerIdentify: () => undefined } }, 'tls.checkServerIdentify'],
  [{ allowInsecureTokens: true }, 'allowInsecureTokens'],
  [{ connectTimeout: 1 }, 'connectTimeout'],
  [{ invalidJson: 'report' }, 'invalidJson'],
  [5, 'options'],
])('the options %# are refused at once, naming what is wrong and no secret', (options, option) => {
  const error = refusal(() => webSocket('ws://127.0.0.1:4500', options as never))
  expect(error.option).toBe(option)
  expect(error.message).not.toContain(token)
})

describe('a token', () => {
  test.each([
    'ws://example.com',
    'http://example.com:4500',
    'ws://localhost.evil.com',
    'ws://127.0.0.1.nip.io',
    'ws://127.0.0.1@evil.com',
    'ws://0.0.0.0:1',
    'ws://[::]:1',
    'ws://[::2]:1',
    'ws://192.168.0.1',
    'ws://128.0.0.1',
    'ws://localhost.',
    'ws://xn--lcalhost-f0a.com',
  ])('never leaves unencrypted for %s', (url) => {
    const bare = url.replace('127.0.0.1@', '')
    expect(refusal(() => webSocket(bare, { token })).option).toBe('token')
    expect(refusal(() => webSocket(url, { token })).option).toBe('token')
    webSocket(bare, { token, allowInsecureToken: true })
    webSocket(bare)
  })

  test.each([
    'wss://example.com',
    'https://example.com',
    'ws://localhost:1',
    'ws://LOCALHOST:1',
    'ws://127.0.0.1',
    'ws://127.255.1.2',
    'ws://127.1',
    'ws://2130706433',
    'ws://[::1]:4500',
    'ws://[0:0:0:0:0:0:0:1]:4500',
    'unix:///run/codex.sock',
    'ws+unix:///run/codex.sock:/path',
    new URL('unix:///run/co%20dex.sock'),
    new URL('wss://example.com'),
  ])('may go to %s', (url) => {
    webSocket(url, { token })
  })

  test.each([
    [{ headers: { authorization: 'Bearer x' } }, 'ws://example.com', 'headers.authorization'],
    [{ headers: { Cookie: 'session=1' } }, 'ws://example.com', 'headers.cookie'],
    [{}, 'ws://user:pass@example.com', 'url'],
  ])('by another name is held to the same rule: %j', (options, url, option) => {
    expect(refusal(() => webSocket(url, options)).option).toBe(option)
    webSocket(url, { ...options, allowInsecureToken: true })
    webSocket(url.replace('ws:', 'wss:'), options)
  })
})

test.each([undefined, null, {}, { send() {}, close() {} }, 'ws://127.0.0.1'])(
  'a host’s socket that is none is refused: %j',
  (socket) => {
    expect(refusal(() => wrapWebSocket(socket as never)).option).toBe('socket')
  },
)

test('a mistyped option for a host’s socket is refused', () => {
  const socket = Object.assign(new EventTarget(), { send() {}, close() {} })
  const options = { maxMessageByte: 5 }
  expect(refusal(() => wrapWebSocket(socket as never, options as never)).option).toBe('maxMessageByte')
})

test('the package ws is loaded by the first start, not by the import', async () => {
  const program = `
    import { createRequire } from 'node:module'
    import { webSocket } from './src/transports/websocket.ts'
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('/node_modules/ws/'))
    const transport = webSocket('ws://127.0.0.1:1', { connectTimeoutMs: 5000 })
    const before = loaded()
    await transport.start().catch(() => {})
    await transport.close()
    console.log(before, loaded())
  `
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  expect(stdout.trim()).toBe('false true')
})

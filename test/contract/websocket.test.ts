import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Codex } from '../../src/client/codex.js'
import { classifyFailure } from '../../src/failures/index.js'
import { RpcPeer, type Transport } from '../../src/rpc/index.js'
import {
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import {
  type AppServerHandle,
  type LaunchAppServerOptions,
  launchAppServer,
} from '../../src/transports/app-server/launch.js'
import { type WebSocketOptions, webSocket } from '../../src/transports/websocket.js'
import { isAlive, readAll, readUntil, textOf } from './client-support.js'

const MIB = 1024 * 1024

let stub: ModelStub
let home: StubCodexHome
let folder: string
let shared: AppServerHandle
beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
  folder = await mkdtemp(join(tmpdir(), 'websocket-'))
  shared = await launch({ listen: 'ws://127.0.0.1:0' })
})
afterAll(async () => {
  await shared?.close()
  await stub?.close()
  await home?.dispose()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => stub.reset())

function launch(options: LaunchAppServerOptions): Promise<AppServerHandle> {
  return launchAppServer({ env: home.env, cwd: folder, ...options })
}

/** A client that is closed when the test is over. */
async function connect(url: string, options?: WebSocketOptions): Promise<Codex> {
  const codex = await Codex.connect(webSocket(url, options))
  onTestFinished(() => codex.close())
  return codex
}

describe('a turn', () => {
  it('runs over a port', async () => {
    expect(shared.url).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*$/)
    const codex = await connect(shared.url)
    stub.enqueue(reply.text('Hello there', { chunks: ['Hello', ' there'] }))
    const turn = (await codex.startThread()).stream('hi')
    const events = await readAll(turn)
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', status: 'completed' })
    expect(textOf(events)).toBe('Hello there')
  })

  it('runs over a unix socket, which is gone after close()', async () => {
    const path = join(folder, 'app server.sock')
    const server = await launch({ listen: `unix://${path}` })
    try {
      for (const url of [server.url, `ws+unix://${path}`]) {
        const codex = await connect(url)
        expect((await (await codex.startThread()).run('hi')).text).toBe('ok')
        await codex.close()
      }
      const again = launch({ listen: `unix://${path}` })
      await expect(again).rejects.toMatchObject({ code: 'SOCKET_IN_USE' })
    } finally {
      await server.close()
    }
    expect(existsSync(path)).toBe(false)
    expect(isAlive(server.pid)).toBe(false)
  })

  it('of 20,000 deltas is read to its end', async () => {
    const codex = await connect(shared.url)
    const chunks = Array.from({ length: 20_000 }, (_, n) => `${n}`.padStart(20, '.'))
    stub.enqueue(reply.text(chunks.join(''), { chunks }))
    const result = await (await codex.startThread({ ephemeral: true })).run('flood')
    expect(result.text === chunks.join('')).toBe(true)
    expect(result.status).toBe('completed')
  })

  it('of one client goes on when another one leaves', async () => {
    const [stays, leaves] = await Promise.all([connect(shared.url), connect(shared.url)])
    const slow = reply.hold(reply.text('for both', { chunks: ['for ', 'both'] }), { afterDeltas: 1 })
    stub.enqueue(slow)
    const turn = (await stays.startThread()).stream('hi')
    await slow.reached
    await leaves.close()
    slow.release()
    expect(await turn.result).toMatchObject({ status: 'completed', text: 'for both' })
  })
})

describe('a token', () => {
  let server: AppServerHandle
  const token = 'contract-token-4711'
  beforeAll(async () => {
    server = await launch({ listen: 'ws://127.0.0.1:0', auth: { token } })
  })
  afterAll(() => server?.close())

  it('that is right is accepted', async () => {
    const codex = await connect(server.url, { token })
    expect((await (await codex.startThread()).run('hi')).text).toBe('ok')
  })

  it.each([
    ['wrong', { token: 'contract-token-0000' }],
    ['missing', {}],
  ])('that is %s is refused with 401, and is in no message', async (_, options) => {
    const error = await connect(server.url, options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'WEBSOCKET_REFUSED', statusCode: 401 })
    expect(String(error)).not.toContain('contract-token')
    expect(classifyFailure(error)).toMatchObject({ kind: 'secret-unavailable', httpStatus: 401 })
  })
})

it('an Origin would be refused, and none is sent', async () => {
  const port = shared.url.split(':').at(-1)
  const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/readyz`, { headers })
  expect((await ask({})).status).toBe(200)
  expect((await ask({ origin: 'http://localhost' })).status).toBe(403)
  await connect(shared.url)
})

describe('a message', () => {
  it('of 40 MiB arrives: it is refused by its content, and the connection lives', async () => {
    const codex = await connect(shared.url)
    const thread = await codex.startThread()
    const text = 'x'.repeat(40 * MIB)
    const input = [{ type: 'text' as const, text, text_elements: [] }]
    const sent = codex.request('turn/start', { threadId: thread.id, input })
    await expect(sent).rejects.toMatchObject({ code: 'RPC_ERROR', data: { actual_chars: 40 * MIB } })
    expect((await thread.run('and now')).text).toBe('ok')
  })

  it('of over 64 MiB is an error of its sender, and the connection lives', async () => {
    const peer = new RpcPeer(webSocket(shared.url), { jsonrpcHeader: false })
    onTestFinished(() => peer.close())
    await peer.start()
    const big = peer.request('initialize', { text: 'x'.repeat(65 * MIB) })
    await expect(big).rejects.toMatchObject({ code: 'MESSAGE_ENCODE' })
    const clientInfo = { name: 'test', version: '1' }
    expect(await peer.request('initialize', { clientInfo })).toHaveProperty('userAgent')
  })
})

describe('a server that ends', () => {
  it('by a kill in mid-turn fails the turn', async () => {
    const server = await launch({ listen: 'ws://127.0.0.1:0' })
    onTestFinished(() => server.close())
    const codex = await connect(server.url)
    const answer = reply.hold(reply.text('half and half', { chunks: ['half', ' and half'] }), {
      afterDeltas: 1,
    })
    stub.enqueue(answer)
    const turn = (await codex.startThread()).stream('hi')
    await readUntil(turn[Symbol.asyncIterator](), 'message.delta')
    process.kill(server.pid, 'SIGKILL')
    expect(await turn.result).toMatchObject({
      status: 'failed',
      text: 'half',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
    expect(await server.exited).toMatchObject({ signal: 'SIGKILL' })
  })

  it('by close() does not wait for a turn that never does', async () => {
    const server = await launch({ listen: 'ws://127.0.0.1:0', termination: { termGraceMs: 200 } })
    onTestFinished(() => server.close())
    const codex = await connect(server.url)
    stub.enqueue(reply.silence())
    const turn = (await codex.startThread()).stream('hi')
    await stub.waitForRequest()
    await server.close()
    expect(await turn.result).toMatchObject({ status: 'failed' })
    expect(isAlive(server.pid)).toBe(false)
  })

  it('leaves its unix socket to the next one, even when it was killed', async () => {
    const path = join(folder, 'killed.sock')
    const first = await launch({ listen: `unix://${path}` })
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const second = await launch({ listen: `unix://${path}` })
    onTestFinished(() => second.close())
    expect((await (await (await connect(second.url)).startThread()).run('hi')).text).toBe('ok')
  })
})

it('a server that refuses its settings says why', async () => {
  const error = await launch({ listen: 'ws://0.0.0.0:0' }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'CODEX_EXITED', exitCode: 1 })
  expect(String(error)).toContain('refusing to start non-loopback')
})

it('connections leave no socket and no timer behind', async () => {
  const resources = () =>
    process.getActiveResourcesInfo().filter((kind) => /TCPSocketWrap|PipeWrap|ProcessWrap/.test(kind)).length
  const before = resources()
  for (let round = 0; round < 3; round += 1) {
    const transport: Transport = webSocket(shared.url)
    const codex = await Codex.connect(transport)
    await codex.close()
  }
  await expect.poll(resources).toBeLessThanOrEqual(before)
})

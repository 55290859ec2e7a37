import { once } from 'node:events'
import { request } from 'node:http'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Codex } from '../../../src/client/index.js'
import { createFakeAppServer, runFakeAppServer } from '../../../src/testing/index.js'
import { stdio } from '../../../src/transports/stdio.js'
import { streams } from '../../../src/transports/streams.js'
import { webSocket } from '../../../src/transports/websocket.js'

const kit = new URL('../../../src/testing/index.ts', import.meta.url).href
const scriptPath = fileURLToPath(new URL('script.ts', import.meta.url))

describe('over a WebSocket', () => {
  it('serves several clients, and ends their connections when it closes', async () => {
    const fake = createFakeAppServer((one) => one.onTurn('hi', (turn) => turn.say('from afar')))
    const { url } = await fake.listenWebSocket()
    const clients = [await Codex.connect(webSocket(url)), await Codex.connect(webSocket(url))]
    for (const codex of clients) {
      const thread = await codex.startThread()
      expect((await thread.run('hi')).text).toBe('from afar')
    }
    expect(fake.threads).toHaveLength(2)
    await fake.close()
    for (const codex of clients) {
      expect(await codex.closed).not.toMatchObject({ kind: 'local' })
      await codex.close()
    }
  })

  it('is well, and refuses pages of a browser', async () => {
    await using fake = createFakeAppServer()
    const { url, close } = await fake.listenWebSocket({ port: 0 })
    const http = url.replace('ws:', 'http:')
    expect((await fetch(`${http}/readyz`)).status).toBe(200)
    expect((await fetch(`${http}/elsewhere`)).status).toBe(404)
    const upgrade = request(http, {
      headers: { connection: 'upgrade', upgrade: 'websocket', origin: 'https://example.com' },
    })
    upgrade.end()
    const [response] = (await once(upgrade, 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    expect(response.statusCode).toBe(403)
    await close()
    await expect(fetch(`${http}/readyz`)).rejects.toThrow()
  })

  it('refuses a port that is none, and rejects for one that is taken', async () => {
    await using fake = createFakeAppServer()
    await expect(fake.listenWebSocket({ port: -1 })).rejects.toMatchObject({ option: 'port' })
    const { url } = await fake.listenWebSocket()
    const taken = fake.listenWebSocket({ port: Number(new URL(url).port) })
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('over streams', () => {
  it('says nothing to lines that are no messages, and serves on', async () => {
    await using fake = createFakeAppServer()
    const [input, output] = [new PassThrough(), new PassThrough({ encoding: 'utf8' })]
    await fake.serve(streams({ readable: input, writable: output, invalidJson: 'report' }))
    input.write('hello\n{"id":1,"method":\n[]\n\n"text"\n{"id":2,"method":"no/such"}\n')
    const [line] = (await once(output, 'data')) as [string]
    expect(JSON.parse(line)).toMatchObject({ id: 2, error: { code: -32600 } })
    expect(fake.received).toHaveLength(1)
  })
})

describe('as a process', () => {
  it('plays the script of a module over its standard streams, and ends with its input', async () => {
    const program = `import(${JSON.stringify(kit)}).then((kit) => kit.runFakeAppServer(${JSON.stringify(scriptPath)}))`
    const transport = stdio({ command: process.execPath, args: ['--import', 'tsx', '-e', program] })
    const codex = await Codex.connect(transport, { onApproval: () => 'accept' })
    const thread = await codex.startThread()
    expect((await thread.run('ask me')).text).toBe('decided: accept')
    expect((await thread.run('hi')).text).toBe('ok')
    await codex.close()
    expect(await transport.exited).toEqual({ code: 0, signal: null })
    expect(transport.stderrTail()).toBe('')
  })

  it('refuses a module without a script', async () => {
    const running = runFakeAppServer(new URL('support.ts', import.meta.url))
    await expect(running).rejects.toMatchObject({ code: 'INVALID_INPUT', option: 'modulePath' })
  })
})

import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectWebSocket, spawnLocalExecServer } from '../../../src/exec-server/index.js'
import { locateCodex, spawnChild } from '../../../src/process/index.js'
import { temporaryFolder, testServer } from '../support.js'
import { closing, ENV, listening, OPTIONS, reader } from './support.js'

const PROCESSES = 64
const BYTES = 400_000

const URLS = {
  ours: async () => (await testServer().listenWebSocket()).url,
  'the real one': () => listening(locateCodex().path, ['exec-server', '--listen', 'ws://127.0.0.1:0']),
}

describe.each(Object.entries(URLS))('a server, %s,', (_, serverUrl) => {
  it(`streams from ${PROCESSES} processes at the same time and loses nothing`, async () => {
    const client = closing(await connectWebSocket({ ...OPTIONS, url: await serverUrl() }))
    const counts = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, index) => {
        const argv = ['/bin/sh', '-c', `yes ${index} | head -c ${BYTES}; exit ${index}`]
        const process = await client.exec({ argv, cwd: '/tmp', env: ENV })
        const expected = Buffer.from(`${index}\n`)
        let count = 0
        for await (const chunk of process.stdout) {
          for (const byte of chunk)
            if (byte !== expected[count++ % expected.length]) throw new Error('wrong byte')
        }
        expect((await process.wait()).exitCode).toBe(index)
        return count
      }),
    )
    expect(counts).toEqual(Array.from({ length: PROCESSES }, () => BYTES))
    expect(client.processes).toBe(0)
  })
})

it('keeps no process of a client that was killed for longer than its session', async () => {
  const folder = await temporaryFolder()
  const fifo = `${folder}/fifo`
  await promisify(execFile)('mkfifo', [fifo])
  const { url } = await testServer({ detachedSessionMs: 30 }).listenWebSocket()
  const program = fileURLToPath(new URL('../../fixtures/exec-server-client.ts', import.meta.url))
  const child = spawnChild({ command: process.execPath, args: ['--import', 'tsx', program, url, fifo] })
  onTestFinished(async () => {
    await child.terminate({ force: true })
  })
  const alive = reader(createReadStream(fifo))
  await alive.until('started')
  process.kill(child.pid as number, 'SIGKILL')
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
  // The last one that holds the other end of the FIFO is the process itself, or a child of it.
  await alive.end()
})

it('ends a local server, and what it has started, with its client', async () => {
  const folder = await temporaryFolder()
  const fifo = `${folder}/fifo`
  await promisify(execFile)('mkfifo', [fifo])
  const client = await spawnLocalExecServer()
  const script = 'exec 3> "$0"; echo started >&3; sleep 600 & wait'
  await client.exec({ argv: ['/bin/sh', '-c', script, fifo], cwd: '/tmp', env: ENV })
  const alive = reader(createReadStream(fifo))
  await alive.until('started')
  await client.close()
  await alive.end()
})

it('refuses to start a local server by options that are wrong or mean nothing', async () => {
  const wrong: [string, object][] = [
    ['server', { server: 'other' }],
    ['binary', { server: 'conduit', binary: '/bin/true' }],
    ['listen', { listen: 'stdio' }],
    ['clientName', { clientName: '' }],
  ]
  for (const [option, options] of wrong) {
    await expect(spawnLocalExecServer(options)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
  }
  await expect(spawnLocalExecServer({ binary: '/bin/true' })).rejects.toMatchObject({
    code: 'CONNECTION_CLOSED',
  })
  await expect(connectWebSocket({ ...OPTIONS } as never)).rejects.toMatchObject({ option: 'url' })
})

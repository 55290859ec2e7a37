import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  connectWebSocket,
  type ExecServer,
  ExecServerClient,
  type ExecServerOptions,
  type ManagedProcess,
  ProcessLostError,
  type ResumeOptions,
} from '../../../src/exec-server/index.js'
import { locateCodex } from '../../../src/process/index.js'
import type { Transport } from '../../../src/rpc/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { webSocket } from '../../../src/transports/websocket.js'
import { deferred } from '../../../src/util/deferred.js'
import { temporaryFolder, testServer } from '../support.js'
import { closing, ENV, listening, OPTIONS, reader, textOf } from './support.js'

const sh = (script: string) => ({ argv: ['/bin/sh', '-c', script], cwd: '/tmp', env: ENV })

/** A server whose connections break when the test wants it, and a client that connects again. */
async function breakable(
  open: () => Transport,
  resume: ResumeOptions = { intervalMs: 1 },
): Promise<{ client: ExecServerClient; cut: () => void; transports: Transport[] }> {
  const transports: Transport[] = []
  const client = closing(
    await ExecServerClient.connect(
      () => {
        const transport = open()
        transports.push(transport)
        return transport
      },
      { ...OPTIONS, resume },
    ),
  )
  return { client, transports, cut: () => void transports.at(-1)?.close() }
}

const overMemory = (server: ExecServer) => () => {
  const [ours, theirs] = memoryPair()
  server.accept(theirs)
  return ours
}

const SERVERS = [
  {
    name: 'our server',
    isReal: false,
    open: async () => overMemory(testServer()),
  },
  {
    name: 'our server over WebSocket',
    isReal: false,
    open: async () => {
      const { url } = await testServer().listenWebSocket()
      return () => webSocket(url)
    },
  },
  {
    name: 'the real server over WebSocket',
    isReal: true,
    open: async () => {
      const url = await listening(locateCodex().path, ['exec-server', '--listen', 'ws://127.0.0.1:0'])
      return () => webSocket(url)
    },
  },
]

describe.each(SERVERS)('a connection to $name that is lost', ({ open, isReal }) => {
  it('is made again: output is neither lost nor repeated, writes are done once', async () => {
    const { client, cut, transports } = await breakable(await open())
    const echo = await client.exec({
      ...sh('while read -r line; do echo "got $line"; done'),
      pipeStdin: true,
    })
    const ticking = await client.exec(
      sh('i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; sleep 0.002; done'),
    )
    const output = reader(echo.stdout)
    const ticks = textOf(ticking.stdout)
    let expected = ''
    for (let round = 1; round <= 5; round += 1) {
      const written = echo.write(`line ${round}\n`)
      cut()
      await written
      expected += `got line ${round}\n`
      expect(await output.until(`line ${round}`)).toBe(expected)
    }
    expect(await ticks).toBe(Array.from({ length: 300 }, (_, index) => `${index + 1}\n`).join(''))
    expect((await ticking.wait()).exitCode).toBe(0)
    expect(transports.length).toBe(6)
    expect(client.processes).toBe(1)
  })

  it('finishes what ended meanwhile, and starts what was being started', async () => {
    const { client, cut } = await breakable(await open())
    const process = await client.exec(sh('read -r x; echo over >&2; exit 9'))
    const starting = client.exec(sh('echo begun; exit 8'))
    cut()
    const started = await starting.catch((error: unknown) => error)
    if (started instanceof ProcessLostError) {
      // The real server never finishes a start in the middle of which the connection broke.
      expect([isReal, started.message]).toEqual([true, expect.stringContaining('is starting')])
    } else {
      const { stdout, exit } = started as ManagedProcess
      expect(await textOf(stdout)).toBe('begun\n')
      expect((await exit).exitCode).toBe(8)
    }
    expect(await textOf(process.stderr)).toBe('over\n')
    expect(await process.wait()).toMatchObject({ exitCode: 9 })
  })
})

describe('a session', () => {
  const serve = (options: ExecServerOptions = {}) => overMemory(testServer(options))

  it('is left to a later client, which attaches to its processes', async () => {
    const open = serve()
    const first = closing(await ExecServerClient.connect(open(), OPTIONS))
    const process = await first.exec({
      ...sh('echo one; read -r x; echo "two $x"; exit 6'),
      pipeStdin: true,
      processId: 'job',
    })
    await reader(process.stdout).until('one')
    await first.close()
    expect(await process.exit).toMatchObject({ failure: { kind: 'transport-closed-before-turn-completed' } })
    const { sessionId } = first
    const second = closing(await ExecServerClient.connect(open(), { ...OPTIONS, resumeSessionId: sessionId }))
    expect(second.sessionId).toBe(sessionId)
    const attached = await second.attach('job')
    await attached.write('input\n')
    expect(await textOf(attached.stdout)).toBe('one\ntwo input\n')
    expect((await attached.wait()).exitCode).toBe(6)
    await expect(second.attach('nothing')).rejects.toMatchObject({ code: 'RPC_ERROR' })
    for (const wrong of [{ afterSeq: -1 }, { isTerminal: 'no' }, { after: 1 }]) {
      const [option] = Object.keys(wrong)
      await expect(second.attach('job', wrong as never)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        option,
      })
    }
    const again = await second.attach('job', { afterSeq: 1 })
    expect(await textOf(again.stdout)).toBe('two input\n')
  })

  it('is given up when the server does not know it any more: processes fail, classified', async () => {
    let server = testServer()
    const { client, cut } = await breakable(() => overMemory(server)())
    const process = await client.exec(sh('sleep 60'))
    server = testServer()
    cut()
    expect(await client.closed).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('unknown session id'),
    })
    expect(await process.exit).toMatchObject({
      exitCode: null,
      failure: { kind: 'transport-closed-before-turn-completed', retrySafety: 'side-effects-possible' },
    })
    await expect(process.wait()).rejects.toMatchObject({ code: 'EXEC_PROCESS_LOST' })
    await expect(textOf(process.stdout)).rejects.toMatchObject({ code: 'EXEC_PROCESS_LOST' })
  })

  it('is given up at the deadline when nothing can be reached', async () => {
    const open = serve()
    let isUp = true
    const { client, cut } = await breakable(
      () => {
        const transport = open()
        return isUp
          ? transport
          : {
              ...transport,
              start: () => Promise.reject(new Error('unreachable')),
              close: () => transport.close(),
              send: () => {},
            }
      },
      { timeoutMs: 30, intervalMs: 1 },
    )
    isUp = false
    cut()
    expect(await client.closed).toMatchObject({ message: expect.stringContaining('unreachable') })
  })

  it('is not made again without leave, or over a transport that cannot be', async () => {
    const client = closing(await ExecServerClient.connect(serve(), { ...OPTIONS, resume: false }))
    const [ours, theirs] = memoryPair()
    testServer().accept(theirs)
    const single = closing(await ExecServerClient.connect(ours, OPTIONS))
    const process = await single.exec(sh('sleep 60'))
    await ours.close()
    expect(await single.closed).toMatchObject({ kind: 'local' })
    expect(await process.exit).toMatchObject({ exitCode: null, failure: {} })
    expect(client.closeReason).toBeUndefined()
  })

  it('loses a process whose missed output the server has dropped, and only that', async () => {
    const folder = await temporaryFolder()
    await promisify(execFile)('mkfifo', [`${folder}/go`, `${folder}/done`])
    const open = serve({ retainedOutputBytes: 1000 })
    const gate = deferred<void>()
    let isCut = false
    const transports: Transport[] = []
    const client = closing(
      await ExecServerClient.connect(async () => {
        if (isCut) await gate.promise
        transports.push(open())
        return transports.at(-1) as Transport
      }, OPTIONS),
    )
    const other = await client.exec({ ...sh('read -r x; echo "$x"'), pipeStdin: true })
    const process = await client.exec(
      sh(`read -r x < ${folder}/go; seq 1 20000; echo > ${folder}/done; sleep 60`),
    )
    isCut = true
    await transports[0]?.close()
    await writeFile(`${folder}/go`, '\n')
    await readFile(`${folder}/done`)
    gate.resolve()
    expect(await process.exit).toMatchObject({
      exitCode: null,
      failure: { kind: 'backend-response-invalid', details: { errorCode: 'EXEC_PROCESS_LOST' } },
    })
    await other.write('on\n')
    expect(await textOf(other.stdout)).toBe('on\n')
  })

  it('closed by this side while it is being resumed ends at once', async () => {
    const open = serve()
    let hang = false
    const { client, cut } = await breakable(() => {
      const transport = open()
      if (!hang) return transport
      return { start: () => new Promise(() => {}), send: () => {}, close: () => transport.close() }
    })
    const process = await client.exec(sh('sleep 60'))
    hang = true
    cut()
    const refused = client.environment.info()
    refused.catch(() => {})
    await client.close()
    expect(await client.closed).toMatchObject({ kind: 'local' })
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/CLOSED/) })
    expect(await process.exit).toMatchObject({ exitCode: null })
  })

  it('resumes over WebSocket by itself', async () => {
    const server = testServer()
    const first = await server.listenWebSocket()
    const { port, url } = first
    const client = closing(await connectWebSocket({ ...OPTIONS, url, resume: { intervalMs: 5 } }))
    const process = await client.exec({ ...sh('read -r x; echo "$x"'), pipeStdin: true })
    await first.close()
    const info = client.environment.status()
    const second = await server.listenWebSocket({ port })
    onTestFinished(() => second.close())
    expect(await info).toEqual({ status: 'ready' })
    await process.write('still here\n')
    expect(await textOf(process.stdout)).toBe('still here\n')
  })
})
